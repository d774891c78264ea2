import { systemClock, systemRandom } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import type { Attempt, Grip, LockEngine, Terms } from './engine.ts'
import { breakLock, inspectLock } from './inspect.ts'
import { acquireLock, tryLock, type Lock } from './lock.ts'
import type { AcquireLockOptions } from './options.ts'

/** What the suite needs of an implementation: the real thing, and another process that uses it. */
export interface LockEngineUnderTest {
  readonly engine: LockEngine
  /** What to lock; never locked before. */
  readonly freshPath: () => string
  /** Starts another process that takes the lock of `path` with the engine, and resolves when it has it. */
  readonly holdElsewhere: (path: string) => Promise<HolderElsewhere>
}

export interface HolderElsewhere {
  /** Kills the process as `kill -9` does, and resolves when it is gone. */
  kill(): Promise<void>
}

/** Longer than any test may take: whoever waits so long waits for something that does not come. */
const LONG_MS = 600_000

/** What every lock engine must do. Each implementation runs this against a real instance of itself. */
export function lockEngineContract(name: string, open: () => LockEngineUnderTest): void {
  describe(`${name} as a lock engine`, () => {
    const { engine, freshPath, holdElsewhere } = open()
    const options: AcquireLockOptions = { engine, waitMs: LONG_MS }
    const take = (path: string): Promise<Lock> => acquireLock(path, options)
    const attempt = (path: string): Promise<Lock> => tryLock(path, { engine })

    it('gives a lock to one, and tells others who has it', async () => {
      const path = freshPath()
      await using lock = await take(path)
      expect(lock.isValid()).toBe(true)
      await expect(attempt(path)).rejects.toMatchObject({ code: 'LOCK_EXISTS', owner: lock.owner })
      expect(await inspectLock(path, { engine })).toMatchObject({
        state: 'held',
        fence: lock.fence,
        owner: lock.owner,
      })
    })

    it('has each of many callers in turn, one at a time', async () => {
      const path = freshPath()
      let inside = 0
      let most = 0
      const visit = async (): Promise<void> => {
        await using _lock = await take(path)
        inside += 1
        most = Math.max(most, inside)
        await systemClock.sleep(0)
        inside -= 1
      }
      await Promise.all(Array.from({ length: 20 }, visit))
      expect(most).toBe(1)
    })

    it('lets no second contestant in, also one who does not stand in line', async () => {
      const key = engine.locate(freshPath(), { createDirectory: false })
      const first = engine.contend(key, terms)
      const second = engine.contend(key, terms)
      try {
        const grip = gripOf(await first.attempt())
        expect(await second.attempt()).toMatchObject({ kind: 'taken' })
        expect(await grip.release()).toBe(true)
        await gripOf(await second.attempt()).release()
      } finally {
        first.leave()
        second.leave()
      }
    })

    it('keeps locks of different paths apart', async () => {
      await using _one = await take(freshPath())
      await using other = await attempt(freshPath())
      expect(other.isValid()).toBe(true)
    })

    it('ends a wait in time, and when asked', async () => {
      const path = freshPath()
      await using elsewhere = disposable(await holdElsewhere(path))
      await expect(acquireLock(path, { ...options, waitMs: 0 })).rejects.toMatchObject({
        code: 'LOCK_TIMEOUT',
      })
      const reason = new Error('enough')
      const stop = new AbortController()
      const wait = acquireLock(path, { ...options, signal: stop.signal })
      stop.abort(reason)
      await expect(wait).rejects.toBe(reason)
      await elsewhere.kill()
    })

    it('takes a lock back once, and gives it to the next', async () => {
      const path = freshPath()
      const lock = await take(path)
      await lock.release()
      await lock.release()
      expect(lock.isValid()).toBe(false)
      await using next = await attempt(path)
      expect(next.isValid()).toBe(true)
    })

    it('breaks a lock only for one who knows its holder, and its old holder harms no successor', async () => {
      const path = freshPath()
      const lock = await take(path)
      expect(await breakLock(path, { engine, fence: lock.fence + 1 })).toMatchObject({
        kind: 'refused',
      })
      expect(lock.isValid()).toBe(true)
      expect(await breakLock(path, { engine, fence: lock.fence })).toMatchObject({
        kind: 'broken',
        owner: lock.owner,
      })
      const { elsewhere, ...next } = await heldByNext(path)
      expect(lock.isValid()).toBe(false)
      expect(lock.signal.aborted).toBe(true)
      await expect(lock.release()).rejects.toMatchObject({ code: 'LOCK_LOST', fence: lock.fence })
      expect(await inspectLock(path, { engine })).toMatchObject(next)
      await elsewhere.kill()
    })

    it('says nothing about a lock that was never taken, and breaks nothing there', async () => {
      const path = freshPath()
      expect(await inspectLock(path, { engine })).toMatchObject({ state: 'absent', owner: null })
      expect(await breakLock(path, { engine, fence: 1 })).toMatchObject({ kind: 'refused' })
    })

    it.runIf(engine.capabilities.fencing)('numbers its holders upwards', async () => {
      const path = freshPath()
      let last = 0
      for (let holder = 0; holder < 50; holder += 1) {
        await using lock = await take(path)
        expect(lock.fence).toBeGreaterThan(last)
        last = lock.fence
      }
    })

    it.runIf(engine.capabilities.autoRelease === 'process-death')(
      'replaces a holder that was killed, without waiting for a lease',
      async () => {
        const path = freshPath()
        const holder = await holdElsewhere(path)
        await expect(attempt(path)).rejects.toMatchObject({ code: 'LOCK_EXISTS' })
        const before = await inspectLock(path, { engine })
        await holder.kill()
        await using lock = await acquireLock(path, { ...options, staleMs: LONG_MS })
        expect(lock.fence).toBeGreaterThan(before.fence ?? Number.NaN)
      },
    )

    /** Another process has the lock now; and what is seen of it. */
    async function heldByNext(
      path: string,
    ): Promise<{ elsewhere: HolderElsewhere; state: string; fence: number | null }> {
      const elsewhere = await holdElsewhere(path)
      const { state, fence } = await inspectLock(path, { engine })
      expect(state).toBe('held')
      return { elsewhere, state, fence }
    }
  })
}

const terms: Terms = {
  takeover: 'dead',
  staleMs: LONG_MS,
  fairnessMs: 25,
  createDirectory: false,
  clock: systemClock,
  random: systemRandom,
}

function gripOf(attempt: Attempt): Grip {
  if (attempt.kind === 'taken') throw new Error('the lock was free, and yet was not won')
  return attempt.grip
}

function disposable(holder: HolderElsewhere): HolderElsewhere & AsyncDisposable {
  return { kill: () => holder.kill(), [Symbol.asyncDispose]: () => holder.kill() }
}
