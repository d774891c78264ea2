import { ignore, systemClock, systemRandom } from '@holdfast/seams'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { inspectLock } from './inspect.ts'
import { acquireLock, tryLock, withLock } from './lock.ts'
import { checkedOptions, engineOf, type AcquireLockOptions } from './options.ts'

const fresh = scratch()

describe('options that are left out', () => {
  it('have their defaults', () => {
    expect(checkedOptions({})).toEqual({
      waitMs: 15_000,
      staleMs: 10_000,
      fairnessMs: 25,
      takeover: 'dead',
      nested: 'refuse',
      createDirectory: false,
      engine: engineOf('proper-lockfile'),
      signal: undefined,
      clock: systemClock,
      random: systemRandom,
      observe: ignore,
    })
  })
})

const wrong: readonly [options: Record<string, unknown>, error: Error][] = [
  [{ waitMs: -1 }, new RangeError('waitMs must be finite and ≥ 0, got -1')],
  [{ waitMs: Infinity }, new RangeError('waitMs must be finite and ≥ 0, got Infinity')],
  [{ waitMs: Number.NaN }, new RangeError('waitMs must be finite and ≥ 0, got NaN')],
  [{ waitMs: '5' }, new RangeError('waitMs must be finite and ≥ 0, got "5"')],
  [{ staleMs: 1_999 }, new RangeError('staleMs must be finite and ≥ 2000, got 1999')],
  [{ staleMs: Infinity }, new RangeError('staleMs must be finite and ≥ 2000, got Infinity')],
  [{ fairnessMs: -1 }, new RangeError('fairnessMs must be ≥ 0, got -1')],
  [{ fairnessMs: Number.NaN }, new RangeError('fairnessMs must be ≥ 0, got NaN')],
  [{ takeover: 'always' }, new TypeError('takeover must be one of dead, lease, got "always"')],
  [{ nested: 'yes' }, new TypeError('nested must be one of refuse, count, wait, got "yes"')],
  [
    { engine: 'flock' },
    new TypeError('engine must be one of proper-lockfile, direct, kernel, got "flock"'),
  ],
]

const wrongKinds: readonly [options: Record<string, unknown>, message: string][] = [
  [{ signal: 5 }, 'signal must be an AbortSignal, got 5'],
  [{ observe: 'x' }, 'observe must be a function, got "x"'],
  [{ engine: {} }, 'engine must be one of proper-lockfile, direct, kernel, got an object'],
  [{ createDirectory: 'yes' }, 'createDirectory must be true or false, got "yes"'],
]

it.each(wrongKinds)('the options %o are refused by name', async (options, message) => {
  const path = join(fresh(), 'state.json')
  await expect(acquireLock(path, options as AcquireLockOptions)).rejects.toThrow(message)
})

it.each([
  ['', '""'],
  [null, 'null'],
  [5, '5'],
])('the path %o is refused', async (path, shown) => {
  const message = `path must be the path of a file, got ${shown}`
  await expect(acquireLock(path as string)).rejects.toThrow(message)
  await expect(inspectLock(path as string)).rejects.toThrow(message)
})

it('work that is no function is refused before anything is locked', async () => {
  const path = join(fresh(), 'state.json')
  await expect(withLock(path, {}, undefined as never)).rejects.toThrow('work, the third argument')
  expect(existsSync(`${path}.lock`)).toBe(false)
})

describe.each(wrong)('the options %o', (options, error) => {
  it('are refused by name, range and value, and nothing is made', async () => {
    const path = join(fresh(), 'state.json')
    const bad = options as AcquireLockOptions
    await expect(acquireLock(path, bad)).rejects.toThrow(error)
    await expect(withLock(path, bad, () => {})).rejects.toThrow(error)
    expect(existsSync(`${path}.lock`)).toBe(false)
  })
})

describe('the outermost values', () => {
  it.each<AcquireLockOptions>([
    { waitMs: 0 },
    { staleMs: 2_000 },
    { fairnessMs: 0 },
    { fairnessMs: Infinity },
  ])('%o are taken', async (options) => {
    await using lock = await acquireLock(join(fresh(), 'state.json'), options)
    expect(lock.isValid()).toBe(true)
  })

  it('waitMs is none of tryLock’s, which never waits', async () => {
    const path = join(fresh(), 'state.json')
    await using lock = await tryLock(path, { waitMs: 5 } as object)
    expect(lock.isValid()).toBe(true)
  })
})
