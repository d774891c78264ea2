import type { Grip } from './engine.ts'
import {
  LockExistsError,
  lockFailure,
  LockFailedError,
  LockLostError,
  LockReentrantError,
  LockTimeoutError,
} from './errors.ts'
import { Holding } from './holding.ts'
import { enter, enterAtOnce, leave, ownerIn, setOwner } from './line.ts'
import { heldAround, runInside } from './nesting.ts'
import {
  checkedOptions,
  checkPath,
  type AcquireLockOptions,
  type CheckedOptions,
  type TryLockOptions,
} from './options.ts'
import type { LockOwner } from './owner.ts'

/** A held lock. Leaving an `await using` block gives it back. */
export interface Lock extends AsyncDisposable {
  readonly path: string
  /** Higher than every earlier holder's. Hand it to what you protect, to refuse late writers. Integer ≥ 1, below 2⁵³. */
  readonly fence: number
  /** This holder, as others see it; seed 003's `getPid()` is `owner.pid`. */
  readonly owner: LockOwner
  /** Aborted with a `LockLostError` when the lock turns out to be lost, at the latest a second after the process runs again. */
  readonly signal: AbortSignal
  /** Looks whether the lock is still held. @throws {LockFailedError} if that cannot be found out. */
  isValid(): boolean
  /** @throws {LockLostError} if the lock is not held any more. */
  assertValid(): void
  /**
   * Gives the lock back. A second call does nothing.
   * @throws {LockLostError} if it was lost before; a successor's lock is untouched.
   */
  release(): Promise<void>
}

/**
 * Waits until this caller is the only holder of `path`. The lock is a directory `<path>.lock`, which stays; `path` itself
 * need not exist, and is not touched.
 * @throws {LockTimeoutError} if others keep it for `waitMs`.
 * @throws {LockReentrantError} if it is called inside the work of a `withLock` that holds it.
 * @throws {LockFailedError} at once, if the system refuses.
 * @throws `signal.reason` if aborted while waiting.
 */
export async function acquireLock(path: string, options: AcquireLockOptions = {}): Promise<Lock> {
  const checked = checkedOptions(options)
  return handleOf(path, await acquire(path, checked, locate(path, checked)))
}

/**
 * Takes the lock of `path` if nobody has it.
 * @throws {LockExistsError} at once if someone has.
 * @throws {LockReentrantError} and {LockFailedError} as `acquireLock`.
 */
export async function tryLock(path: string, options: TryLockOptions = {}): Promise<Lock> {
  // One who does not wait need not stand behind those who do: free is free.
  const checked = { ...checkedOptions(options), waitMs: 0, fairnessMs: Infinity }
  try {
    return handleOf(path, await acquire(path, checked, locate(path, checked)))
  } catch (error) {
    if (error instanceof LockTimeoutError) throw new LockExistsError(path, error.owner)
    throw error
  }
}

/**
 * Runs `work` while holding the lock, and gives the lock back however `work` ends. Code that the work calls, at whatever depth, is
 * inside: see `nested`.
 * @throws what `work` throws; else {LockLostError}, if the lock was lost while it ran; and all that `acquireLock` throws.
 */
export async function withLock<T>(
  path: string,
  options: AcquireLockOptions,
  work: (lock: Lock) => Promise<T> | T,
): Promise<T> {
  if (typeof work !== 'function') {
    throw new TypeError(`work, the third argument, must be a function, got ${typeof work}`)
  }
  const checked = checkedOptions(options)
  const key = locate(path, checked)
  const holding = await acquire(path, checked, key)
  const lock = handleOf(path, holding)
  let result: T
  try {
    result = await runInside(key, holding, () => work(lock))
  } catch (error) {
    await lock.release().catch(() => {}) // What the work threw is told first; a loss was told as a fact.
    throw error
  }
  await lock.release()
  return result
}

function locate(path: string, options: CheckedOptions): string {
  checkPath(path)
  try {
    return options.engine.locate(path, options)
  } catch (error) {
    throw told(path, options, error)
  }
}

async function acquire(path: string, options: CheckedOptions, key: string): Promise<Holding> {
  const outer = options.nested === 'wait' ? null : heldAround(key)
  if (outer !== null && options.nested === 'refuse') throw new LockReentrantError(path)
  if (outer?.loss) throw outer.loss
  if (outer !== null) return outer.share()
  try {
    return await contend(path, options, key)
  } catch (error) {
    throw told(path, options, error)
  }
}

async function contend(path: string, options: CheckedOptions, key: string): Promise<Holding> {
  const { waitMs, signal, clock, observe } = options
  const startMs = clock.monotonicMs()
  signal?.throwIfAborted()
  const isFirst = enterAtOnce(key) || (waitMs > 0 && (await enter(key, waitMs, clock, signal)))
  if (!isFirst) throw timedOut(path, options, startMs, ownerIn(key))
  try {
    const grip = await win(path, options, key, startMs)
    setOwner(key, grip.owner)
    return new Holding({ key, path, grip, clock, observe })
  } catch (error) {
    leave(key)
    throw error
  }
}

/** Contends with other processes until the lock is won or the wait is over. */
async function win(
  path: string,
  options: CheckedOptions,
  key: string,
  startMs: number,
): Promise<Grip> {
  const { engine, waitMs, signal, clock, observe } = options
  const contest = engine.contend(key, options)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const attempt = await contest.attempt()
      const waitedMs = clock.monotonicMs() - startMs
      if (attempt.kind === 'won') {
        const { grip, opening, from } = attempt
        const { fence } = grip
        if (opening !== 'free') {
          observe({ kind: 'lock.taken-over', path, fence, because: opening, from })
        }
        observe({ kind: 'lock.won', path, engine: engine.name, fence, waitedMs })
        return grip
      }
      if (waitedMs >= waitMs) throw timedOut(path, options, startMs, attempt.owner)
      await clock.sleep(Math.min(attempt.pauseMs, waitMs - waitedMs), signal)
    }
  } finally {
    contest.leave()
  }
}

function timedOut(
  path: string,
  { clock, observe }: CheckedOptions,
  startMs: number,
  owner: LockOwner | null,
): LockTimeoutError {
  const waitedMs = clock.monotonicMs() - startMs
  observe({ kind: 'lock.timed-out', path, waitedMs, owner })
  return new LockTimeoutError(path, waitedMs, owner)
}

/** Names a failure of the system, and tells it. */
function told(path: string, { observe }: CheckedOptions, error: unknown): unknown {
  const failure = lockFailure(path, error)
  if (failure instanceof LockFailedError) observe({ kind: 'lock.failed', path, code: failure.code })
  return failure
}

function handleOf(path: string, holding: Holding): Lock {
  const { fence, owner } = holding.grip
  let isReleased = false
  const release = async (): Promise<void> => {
    if (isReleased) return
    isReleased = true
    try {
      await holding.release()
    } catch (error) {
      isReleased = error instanceof LockLostError // The system refused: it can be tried again.
      throw error
    }
  }
  const isValid = (): boolean => !isReleased && holding.isValid()
  return {
    path,
    fence,
    owner,
    get signal() {
      return holding.signal
    },
    isValid,
    assertValid() {
      if (!isValid()) throw holding.loss ?? new LockLostError(path, fence, 'was given back')
    },
    release,
    [Symbol.asyncDispose]: release,
  }
}
