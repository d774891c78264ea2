import { VirtualClock } from '@holdfast/seams/testing'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LockFact } from './facts.ts'
import { engines, putFree, tokenOf } from './holders.fixture.ts'
import { breakLock, inspectLock } from './inspect.ts'
import { acquireLock, tryLock, withLock } from './lock.ts'

const fresh = scratch()
const freshPath = (): string => {
  const path = join(fresh(), 'state.json')
  putFree(path)
  return path
}

describe.each(engines)('a listener that throws, with %s', (engine) => {
  const uncaught: unknown[] = []
  const hear = (error: unknown): void => void uncaught.push(error)
  const others = process.listeners('uncaughtException')

  // The test runner's own listeners would fail the test for what it is about.
  beforeEach(() => {
    process.removeAllListeners('uncaughtException').on('uncaughtException', hear)
  })
  afterEach(() => {
    process.off('uncaughtException', hear)
    for (const listener of others) process.on('uncaughtException', listener)
    uncaught.length = 0
  })

  it('costs no lock, and surfaces as the bug it is', async () => {
    const path = freshPath()
    const bug = new Error('bug')
    const observe = (fact: LockFact): void => {
      if (fact.kind !== 'lock.failed') throw bug
    }
    const lock = await acquireLock(path, { engine, observe })
    await lock.release()
    expect(await withLock(path, { engine, observe }, () => 'done')).toBe('done')
    const lost = await acquireLock(path, { engine, observe })
    await breakLock(path, { fence: lost.fence })
    expect([lost.isValid(), lost.signal.aborted]).toEqual([false, true])
    await expect(lost.release()).rejects.toMatchObject({ code: 'LOCK_LOST' })
    expect(tokenOf(path).kind).toBe('free')
    await new VirtualClock().advance(0)
    expect(uncaught.length).toBeGreaterThan(3)
    expect(new Set(uncaught)).toEqual(new Set([bug]))
  })
})

describe.each(engines)('a lock that was lost, with %s', (engine) => {
  it('keeps nobody of its own thread waiting, and its late release harms no successor', async () => {
    const path = freshPath()
    const lost = await acquireLock(path, { engine })
    const waiting = acquireLock(path, { engine })
    await breakLock(path, { fence: lost.fence })
    expect(lost.isValid()).toBe(false)
    const next = await waiting
    expect(next.fence).toBeGreaterThan(lost.fence)
    await expect(lost.release()).rejects.toMatchObject({ code: 'LOCK_LOST' })
    expect(next.isValid()).toBe(true)
    await expect(tryLock(path, { engine })).rejects.toMatchObject({ owner: next.owner })
    await next.release()
    await (await tryLock(path, { engine })).release()
  })
})

describe.each(engines)('a lock that cannot be given back, with %s', (engine) => {
  it('is held on, and can be given back later', async () => {
    const path = freshPath()
    const lock = await acquireLock(path, { engine })
    // A file stands where the directory was: its renames fail, and not because the token moved on.
    renameSync(`${path}.lock`, `${path}.aside`)
    writeFileSync(`${path}.lock`, '')
    await expect(lock.release()).rejects.toMatchObject({ code: 'LOCK_NOT_A_DIRECTORY' })
    renameSync(`${path}.aside`, `${path}.lock.aside`)
    renameSync(`${path}.lock`, `${path}.file`)
    renameSync(`${path}.lock.aside`, `${path}.lock`)
    expect(lock.isValid()).toBe(true)
    await lock.release()
    expect(tokenOf(path)).toMatchObject({ kind: 'free', fence: lock.fence })
    await (await tryLock(path, { engine })).release()
  })
})

describe('a long name', () => {
  it.each(['n'.repeat(250), 'ü'.repeat(125)])('of 250 bytes can be locked', async (name) => {
    const path = join(fresh(), name)
    await using lock = await acquireLock(path, { engine: 'direct' })
    expect((await inspectLock(path)).fence).toBe(lock.fence)
  })

  it('of more is refused for that reason, and nothing is left', async () => {
    const directory = fresh()
    mkdirSync(join(directory, 'd'))
    const path = join(directory, 'd', 'n'.repeat(251))
    await expect(acquireLock(path, { engine: 'direct' })).rejects.toMatchObject({
      code: 'LOCK_IO',
      message: expect.stringContaining('the name is too long') as string,
    })
    expect(existsSync(`${path}.lock`)).toBe(false)
  })
})
