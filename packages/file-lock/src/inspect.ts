import { ignore, systemClock, type Clock, type Observe } from '@holdfast/seams'
import type { BreakResult, LockEngine, LockInspection } from './engine.ts'
import { lockFailure, LockFailedError } from './errors.ts'
import type { LockFact } from './facts.ts'
import { checkPath, engineOf, type EngineName } from './options.ts'

export interface InspectLockOptions {
  /** Which engine to ask. Those of this package see each other's locks. Default `proper-lockfile`. */
  readonly engine?: EngineName | LockEngine
  readonly clock?: Clock
}

export interface BreakLockOptions {
  /** The number under which the lock to be broken is held, as `inspectLock` showed it. */
  readonly fence: number
  readonly engine?: EngineName | LockEngine
  readonly observe?: Observe<LockFact>
}

/**
 * What is known of the lock of `path`: its state, holder and waiters. Changes nothing.
 * @throws {LockFailedError} if the system refuses.
 */
export async function inspectLock(
  path: string,
  options: InspectLockOptions = {},
): Promise<LockInspection> {
  const { clock = systemClock } = options
  checkPath(path)
  const engine = engineOf(options.engine)
  try {
    return await engine.inspect(engine.locate(path, { createDirectory: false }), clock)
  } catch (error) {
    throw lockFailure(path, error)
  }
}

/**
 * Takes the lock of `path` from its holder, and leaves it free, if it is still held under `fence`; nobody else's lock
 * is broken by mistake. The holder learns of it within its next heartbeat. Until then it may work on: make sure that
 * it is stopped, or that what it writes is protected by the fence.
 * @throws {LockFailedError} if the system refuses. Nothing was changed.
 */
export async function breakLock(path: string, options: BreakLockOptions): Promise<BreakResult> {
  const { fence, observe = ignore } = options
  if (!Number.isSafeInteger(fence)) {
    throw new RangeError(`fence must be the number inspectLock shows, got ${String(fence)}`)
  }
  checkPath(path)
  const engine = engineOf(options.engine)
  try {
    const result = await engine.breakIf(engine.locate(path, { createDirectory: false }), fence)
    if (result.kind === 'broken') observe({ kind: 'lock.broken', path, fence, owner: result.owner })
    return result
  } catch (error) {
    const failure = lockFailure(path, error)
    if (failure instanceof LockFailedError)
      observe({ kind: 'lock.failed', path, code: failure.code })
    throw failure
  }
}
