import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { freeToken, ticketOf } from './entry-name.ts'
import type { LockFact } from './facts.ts'
import {
  dead,
  elsewhere,
  engines,
  living,
  putFree,
  putHolder,
  putLock,
  tokenOf,
  traceOf,
} from './holders.fixture.ts'
import { identity } from './identity.ts'
import { breakLock, inspectLock } from './inspect.ts'
import { acquireLock } from './lock.ts'

const fresh = scratch()
const freshPath = (): string => join(fresh(), 'state.json')

const nobody = {
  fence: null,
  owner: null,
  liveness: null,
  heldMs: null,
  quietMs: null,
  waiters: [],
}

describe.each(engines)('inspectLock, with the engine %s', (engine) => {
  const inspect = (path: string) => inspectLock(path, { engine })

  it('finds nothing where nobody ever locked, and leaves nothing there', async () => {
    const path = freshPath()
    expect(await inspect(path)).toEqual({ ...nobody, lock: `${path}.lock`, state: 'absent' })
    expect(namesIn(join(path, '..'))).toEqual([])
  })

  it('shows the last fence of a free lock', async () => {
    const path = freshPath()
    putFree(path)
    expect(await inspect(path)).toEqual({
      ...nobody,
      lock: `${path}.lock`,
      state: 'free',
      fence: 7,
    })
  })

  it.each([
    ['alive', living],
    ['dead', dead],
    ['unknown', elsewhere],
  ] as const)(
    'shows a holder that is %s, for how long, and how long it was quiet',
    async (liveness, owner) => {
      const path = freshPath()
      const clock = new VirtualClock()
      const held = putHolder(path, owner({ sinceMs: clock.wallMs() - 5_000 }))
      const beatAt = (clock.wallMs() - 1_500) / 1000
      utimesSync(join(`${path}.lock`, held.name), beatAt, beatAt)
      const before = traceOf(path)
      expect(await inspectLock(path, { engine, clock })).toEqual({
        lock: `${path}.lock`,
        state: 'held',
        fence: 7,
        owner: held.owner,
        liveness,
        heldMs: 5_000,
        quietMs: 1_500,
        waiters: [],
      })
      expect(traceOf(path)).toEqual(before)
    },
  )

  it('shows no length below 0 where the clocks disagree', async () => {
    const path = freshPath()
    const clock = new VirtualClock()
    putHolder(path, living({ sinceMs: clock.wallMs() + 60_000 }))
    expect(await inspectLock(path, { engine, clock })).toMatchObject({ heldMs: 0, quietMs: 0 })
  })

  it('takes no earlier holder’s sign of life for this one’s', async () => {
    const path = freshPath()
    const clock = new VirtualClock()
    const held = putHolder(path, living({ sinceMs: clock.wallMs() - 100 }))
    utimesSync(join(`${path}.lock`, held.name), 1, 1)
    expect(await inspectLock(path, { engine, clock })).toMatchObject({ heldMs: 100, quietMs: 100 })
  })

  it('shows who waits, the longest waiting first, and nobody who died', async () => {
    const path = freshPath()
    const [first, second] = [living({ nonce: 'a' }), elsewhere({ nonce: 'b' })]
    const names = [ticketOf(9, second), ticketOf(5, dead()), ticketOf(2, first)]
    putLock(path, freeToken(7, 'b').name, ...names.map(({ name }) => name))
    expect(await inspect(path)).toMatchObject({ state: 'free', waiters: [first, second] })
  })

  it('shows a lock of proper-lockfile by itself, and damage', async () => {
    const path = freshPath()
    putLock(path)
    expect(await inspect(path)).toEqual({ ...nobody, lock: `${path}.lock`, state: 'foreign' })
    for (const name of [ticketOf(1, dead()).name, 'h2.9.someone', 'thesis.tex']) {
      const damaged = freshPath()
      putLock(damaged, name)
      expect(await inspect(damaged)).toEqual({
        ...nobody,
        lock: `${damaged}.lock`,
        state: 'damaged',
      })
    }
  })

  it('shows a lock that this process holds', async () => {
    const path = freshPath()
    await using lock = await acquireLock(path, { engine })
    expect(await inspect(path)).toMatchObject({
      state: 'held',
      fence: lock.fence,
      owner: lock.owner,
      liveness: 'alive',
    })
  })

  it('is refused where there is no directory to lock in, or a file in place of the lock', async () => {
    const path = freshPath()
    const missing = join(path, 'not', 'there')
    await expect(inspect(missing)).rejects.toMatchObject({
      code: 'LOCK_DIRECTORY_MISSING',
      path: missing,
    })
    writeFileSync(`${path}.lock`, '')
    await expect(inspect(path)).rejects.toMatchObject({ code: 'LOCK_NOT_A_DIRECTORY', path })
  })
})

describe.each(engines)('breakLock, with the engine %s', (engine) => {
  it('frees a lock that is held under that fence, and tells', async () => {
    const path = freshPath()
    const { owner } = putHolder(path, living(), 41)
    const facts = recordedFacts<LockFact>()
    const result = await breakLock(path, { engine, fence: 41, observe: facts.observe })
    expect(result).toEqual({ kind: 'broken', fence: 41, owner })
    expect(tokenOf(path)).toEqual(freeToken(41, identity().boot))
    expect(facts.all).toEqual([{ kind: 'lock.broken', path, fence: 41, owner }])
    await using next = await acquireLock(path, { engine })
    expect(next.fence).toBe(42)
  })

  it('touches no other holder, and tells nothing', async () => {
    const path = freshPath()
    putHolder(path, living(), 41)
    const before = traceOf(path)
    const facts = recordedFacts<LockFact>()
    for (const fence of [40, 42, 0]) {
      expect(await breakLock(path, { engine, fence, observe: facts.observe })).toEqual({
        kind: 'refused',
        found: 'held',
        fence: 41,
      })
    }
    expect([facts.all, traceOf(path)]).toEqual([[], before])
  })

  it('does nothing to a lock that is free, even under that fence', async () => {
    const path = freshPath()
    putFree(path)
    const result = await breakLock(path, { engine, fence: 7 })
    expect(result).toEqual({ kind: 'refused', found: 'free', fence: 7 })
  })

  it('does nothing where there is no lock of ours', async () => {
    const refused = { kind: 'refused', fence: null }
    const path = freshPath()
    expect(await breakLock(path, { engine, fence: 7 })).toEqual({ ...refused, found: 'absent' })
    expect(namesIn(join(path, '..'))).toEqual([])
    mkdirSync(`${path}.lock`)
    expect(await breakLock(path, { engine, fence: 7 })).toEqual({ ...refused, found: 'foreign' })
    writeFileSync(join(`${path}.lock`, 'h2.7.someone'), '')
    expect(await breakLock(path, { engine, fence: 7 })).toEqual({ ...refused, found: 'damaged' })
    expect(namesIn(`${path}.lock`)).toEqual(['h2.7.someone'])
  })

  it('breaks one lock once', async () => {
    const path = freshPath()
    putHolder(path, living(), 41)
    const results = await Promise.all([41, 41].map((fence) => breakLock(path, { engine, fence })))
    expect(results.map(({ kind }) => kind).toSorted()).toEqual(['broken', 'refused'])
  })

  it('wants a fence that can be one', async () => {
    const path = freshPath()
    for (const fence of [Number.NaN, 1.5, 2 ** 53]) {
      await expect(breakLock(path, { engine, fence })).rejects.toThrow(
        new RangeError(`fence must be the number inspectLock shows, got ${fence}`),
      )
    }
  })

  it('tells what the system refuses', async () => {
    const path = join(freshPath(), 'not', 'there')
    const facts = recordedFacts<LockFact>()
    const done = breakLock(path, { engine, fence: 7, observe: facts.observe })
    await expect(done).rejects.toMatchObject({ code: 'LOCK_DIRECTORY_MISSING', path })
    expect(facts.all).toEqual([{ kind: 'lock.failed', path, code: 'LOCK_DIRECTORY_MISSING' }])
  })
})
