import { createHash } from 'node:crypto'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { mkdirSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { parseEntryName, printOwner } from './entry-name.ts'
import type { LockFact } from './facts.ts'
import { dead, elsewhere, engines, living, putHolder, putLock, tokenOf } from './holders.fixture.ts'
import { acquireLock, tryLock, type Lock } from './lock.ts'
import type { AcquireLockOptions } from './options.ts'
import type { LockOwner } from './owner.ts'

const fresh = scratch()
/** The first ten digits of SHA-256 of `state.json.lock`. */
const HASH = createHash('sha256').update('state.json.lock').digest('hex').slice(0, 10)
const leftBy = (owner: LockOwner): string => `.new-lock.${HASH}.${printOwner(owner)}`

const HOUR_MS = 3_600_000
/** Longer than two pauses of one who has long been waiting, at the slowest. */
const LOOKS_MS = 80

/** One who waits for the lock of `path`, by a clock that the test moves. */
function waiter(path: string, options: AcquireLockOptions) {
  const clock = new VirtualClock()
  const facts = recordedFacts<LockFact>()
  const controller = new AbortController()
  const waiting = acquireLock(path, {
    staleMs: 2_000,
    waitMs: 60_000,
    signal: controller.signal,
    clock,
    observe: facts.observe,
    ...options,
  })
  return {
    clock,
    facts,
    waiting,
    hasIt: (): boolean => facts.ofKind('lock.won').length > 0,
    async [Symbol.asyncDispose](): Promise<void> {
      controller.abort()
      const lock = await waiting.catch(() => null)
      await lock?.release()
    },
  }
}

/** A sign of life, stamped with whatever its owner's clock shows. */
function touch(path: string, atMs: number): void {
  utimesSync(join(`${path}.lock`, tokenOf(path).name), atMs / 1000, atMs / 1000)
}

const leases: readonly [who: string, options: AcquireLockOptions, owner: () => LockOwner][] = [
  ['an owner elsewhere', {}, elsewhere],
  ['a living owner, with takeover: lease', { takeover: 'lease' }, living],
]

describe.each(engines)('a lease, with the engine %s', (engine) => {
  it.each(leases)(
    'of %s is over after staleMs without a sign of life, and not before',
    async (_, options, owner) => {
      const path = join(fresh(), 'state.json')
      const left = putHolder(path, owner(), 41)
      await using contender = waiter(path, { engine, ...options })
      const { clock, facts, hasIt } = contender
      await clock.advance(1_999)
      expect(hasIt()).toBe(false)
      await clock.advance(LOOKS_MS)
      expect(facts.all).toMatchObject([
        { kind: 'lock.taken-over', fence: 42, because: 'lease', from: left.owner },
        { kind: 'lock.won', fence: 42 },
      ])
    },
  )

  it.each(leases)('of %s begins anew with every sign of life', async (_, options, owner) => {
    const path = join(fresh(), 'state.json')
    putHolder(path, owner())
    await using contender = waiter(path, { engine, ...options })
    const { clock, hasIt } = contender
    // The stamps jump about: only that they change is a sign of life.
    for (const atMs of [5, 4 * HOUR_MS, 0, -HOUR_MS, 1]) {
      await clock.advance(1_900)
      touch(path, atMs)
    }
    await clock.advance(1_999)
    expect(hasIt()).toBe(false)
    await clock.advance(LOOKS_MS)
    expect(hasIt()).toBe(true)
  })

  it.each([HOUR_MS, -HOUR_MS])(
    'is neither longer nor shorter when the wall clock jumps by %i ms',
    async (jumpMs) => {
      const path = join(fresh(), 'state.json')
      putHolder(path, elsewhere())
      await using contender = waiter(path, { engine })
      const { clock, hasIt } = contender
      await clock.advance(1_000)
      clock.setWallMs(clock.wallMs() + jumpMs)
      await clock.advance(999)
      expect(hasIt()).toBe(false)
      await clock.advance(LOOKS_MS)
      expect(hasIt()).toBe(true)
    },
  )

  it('never ends for a living owner of this machine, with takeover: dead', async () => {
    const path = join(fresh(), 'state.json')
    const held = putHolder(path, living())
    const { clock, waiting } = waiter(path, { engine, waitMs: 30_000 })
    const outcome = waiting.catch((error: unknown) => error)
    clock.setWallMs(clock.wallMs() + HOUR_MS)
    await clock.advance(30_000)
    expect(await outcome).toMatchObject({ code: 'LOCK_TIMEOUT', owner: held.owner })
    expect(tokenOf(path)).toEqual(held)
  })

  it('is measured from one call to the next', async () => {
    const path = join(fresh(), 'state.json')
    putHolder(path, elsewhere())
    const clock = new VirtualClock()
    const once = (): Promise<Lock> => tryLock(path, { engine, clock, staleMs: 2_000 })
    await expect(once()).rejects.toMatchObject({ code: 'LOCK_EXISTS' })
    await clock.advance(1_999)
    await expect(once()).rejects.toMatchObject({ code: 'LOCK_EXISTS' })
    await clock.advance(1)
    await (await once()).release()
  })
})

describe.each(engines)('a lock of proper-lockfile by itself, with the engine %s', (engine) => {
  it('is waited for while it is kept, and had as soon as it is given back', async () => {
    const path = join(fresh(), 'state.json')
    putLock(path)
    await using contender = waiter(path, { engine })
    const { clock, hasIt } = contender
    for (let beat = 1; beat <= 10; beat += 1) {
      await clock.advance(1_000)
      utimesSync(`${path}.lock`, beat, beat)
    }
    expect([hasIt(), namesIn(`${path}.lock`)]).toEqual([false, []])
    rmdirSync(`${path}.lock`)
    await clock.advance(LOOKS_MS)
    expect(hasIt()).toBe(true)
  })

  it('is replaced once it was not kept for staleMs, and not before', async () => {
    const path = join(fresh(), 'state.json')
    putLock(path)
    await using contender = waiter(path, { engine })
    const { clock, hasIt } = contender
    await clock.advance(1_999)
    expect([hasIt(), namesIn(`${path}.lock`)]).toEqual([false, []])
    await clock.advance(LOOKS_MS)
    expect(hasIt()).toBe(true)
  })

  it('is told to a second start as one that left no record, and left as it was', async () => {
    const path = join(fresh(), 'state.json')
    putLock(path)
    await expect(tryLock(path, { engine })).rejects.toMatchObject({
      code: 'LOCK_EXISTS',
      owner: null,
      message: `${path}: already locked by a holder that left no record`,
    })
    expect(namesIn(`${path}.lock`)).toEqual([])
  })
})

describe('a new lock directory', () => {
  it('comes with those cleared away that makers who died left beside it, and no others', async () => {
    const directory = fresh()
    const path = join(directory, 'state.json')
    const others = [leftBy(living()), leftBy(elsewhere()), '.new-lock.mine', 'b.json.lock']
    for (const name of [leftBy(dead()), ...others]) {
      mkdirSync(join(directory, name))
      writeFileSync(join(directory, name, 'f1.1.b'), '')
    }
    await using lock = await acquireLock(path, { engine: 'direct' })
    expect(namesIn(directory)).toEqual([...others, 'state.json.lock'].toSorted())
    expect(lock.isValid()).toBe(true)
  })

  it('begins with a number above all that were given out before it', async () => {
    const path = join(fresh(), 'state.json')
    const clock = new VirtualClock()
    const making = acquireLock(path, { engine: 'direct', clock })
    await clock.advance(2)
    await using lock = await making
    expect(lock.fence).toBe((Date.UTC(2026, 0, 1) + 1) * 1000 + 1)
    expect(namesIn(`${path}.lock`).map((name) => parseEntryName(name)?.kind)).toEqual(['held'])
  })
})
