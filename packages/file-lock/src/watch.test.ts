import { VirtualClock } from '@holdfast/seams/testing'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { engines, putFree } from './holders.fixture.ts'
import { breakLock } from './inspect.ts'
import { acquireLock, type Lock } from './lock.ts'
import type { LockLostError } from './errors.ts'
import type { EngineName } from './options.ts'
import { watchLock } from './watch.ts'

const fresh = scratch()

/** A lock that is watched, each by a clock of its own, so that its heartbeat does not run. */
async function watched(engine: EngineName, intervalMs?: number) {
  const path = join(fresh(), 'state.json')
  putFree(path)
  const lock = await acquireLock(path, { engine, clock: new VirtualClock() })
  const clock = new VirtualClock()
  const losses: LockLostError[] = []
  const watch = watchLock(lock, (loss) => losses.push(loss), {
    clock,
    ...(intervalMs === undefined ? {} : { intervalMs }),
  })
  return { path, lock, clock, losses, watch }
}

const letGo = (lock: Lock): Promise<void> => lock.release().catch(() => {})

describe.each(engines)('a watch over a lock, with the engine %s', (engine) => {
  it('tells within one interval that the lock was broken, and tells once', async () => {
    const { path, lock, clock, losses } = await watched(engine, 200)
    await clock.advance(1_050)
    await breakLock(path, { fence: lock.fence })
    await clock.advance(149)
    expect(losses).toEqual([])
    await clock.advance(1)
    expect(losses).toMatchObject([{ code: 'LOCK_LOST', path, fence: lock.fence }])
    await clock.advance(10_000)
    expect([losses.length, clock.waiting]).toEqual([1, 0])
    await letGo(lock)
  })

  it('tells that the directory was removed', async () => {
    const { path, lock, clock, losses } = await watched(engine, 200)
    rmSync(`${path}.lock`, { recursive: true })
    await clock.advance(200)
    expect(losses).toHaveLength(1)
    await letGo(lock)
  })

  it('looks every second when no interval is given', async () => {
    const { path, lock, clock, losses } = await watched(engine)
    await breakLock(path, { fence: lock.fence })
    await clock.advance(999)
    expect(losses).toEqual([])
    await clock.advance(1)
    expect(losses).toHaveLength(1)
    await letGo(lock)
  })

  it('ends when it is disposed of, and leaves no timer', async () => {
    const { path, lock, clock, losses, watch } = await watched(engine)
    watch[Symbol.dispose]()
    watch[Symbol.dispose]()
    expect(clock.waiting).toBe(0)
    await breakLock(path, { fence: lock.fence })
    await clock.advance(5_000)
    expect(lock.isValid()).toBe(false)
    expect(losses).toEqual([])
    await letGo(lock)
  })

  it('tells nothing of a lock that was given back, and looks no more', async () => {
    const { lock, clock, losses } = await watched(engine)
    await clock.advance(2_500)
    await lock.release()
    await clock.advance(1_000)
    expect([losses, clock.waiting]).toEqual([[], 0])
  })

  it('tells at once of a loss that another look found', async () => {
    const { path, lock, losses, clock } = await watched(engine)
    await breakLock(path, { fence: lock.fence })
    lock.isValid()
    expect([losses.length, clock.waiting]).toEqual([1, 0])
    await letGo(lock)
  })

  it('tells at once of a loss that was known before it began', async () => {
    const { path, lock, watch } = await watched(engine)
    watch[Symbol.dispose]()
    await breakLock(path, { fence: lock.fence })
    lock.isValid()
    const losses: LockLostError[] = []
    const clock = new VirtualClock()
    watchLock(lock, (loss) => losses.push(loss), { clock })
    expect([losses.length, clock.waiting]).toEqual([1, 0])
    await letGo(lock)
  })
})

describe('the interval of a watch', () => {
  it.each([0, -1, Infinity, Number.NaN])('is refused when it is %d', async (intervalMs) => {
    const { lock, watch } = await watched('direct')
    watch[Symbol.dispose]()
    expect(() => watchLock(lock, () => {}, { intervalMs })).toThrow(
      new RangeError(`intervalMs must be finite and > 0, got ${intervalMs}`),
    )
    await lock.release()
  })
})
