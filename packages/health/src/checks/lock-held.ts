import type { Check, Finding } from '../check.ts'
import { aFunction, lengthMs, onlyOptions, shown, someText } from '../option-rules.ts'

/** What this check reads of a lock, such as one of @holdfast/file-lock. */
export interface LockLike {
  /** Whether it is ours still. */
  isValid?(): boolean
  /** The same, the other way round. */
  readonly isLost?: boolean
}

/** What an outsider sees of a lock, such as `inspectLock` of @holdfast/file-lock tells. */
export interface LockView {
  /** `held` when it has a holder. */
  readonly state: string
  /** Whether its holder lives, if that is known. */
  readonly liveness?: string | null
  /** How long ago the holder gave the last sign of life, in ms; null when there was none. */
  readonly quietMs: number | null
}

export interface LockHeldOptions {
  /** The name it has in messages. */
  readonly path: string
  /** The lock itself, in the process that holds it. */
  readonly lock?: LockLike
  /** A look at the lock from outside; also in another process. */
  readonly inspect?: () => LockView | Promise<LockView>
  /** Degraded when its holder gave no sign of life for longer, in ms ≥ 0. Default 10 000. */
  readonly staleMs?: number
}

/**
 * A check that a lock is held, by us (`lock`) or by anybody (`inspect`), and that its holder gives signs of life.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function lockHeld(options: LockHeldOptions): Check {
  onlyOptions('lockHeld', options, ['path', 'lock', 'inspect', 'staleMs'])
  const { path, lock, inspect, staleMs = 10_000 } = options
  someText('path', path)
  lengthMs('staleMs', staleMs)
  if (lock === undefined && inspect === undefined) {
    throw new TypeError('lockHeld needs lock or inspect, got neither')
  }
  if (inspect !== undefined) aFunction('inspect', inspect)
  if (lock !== undefined && typeof lock.isValid !== 'function' && lock.isLost === undefined) {
    throw new TypeError(`lock must have isValid or isLost, got ${shown(lock)}`)
  }
  return async () => {
    if (lock !== undefined && isLost(lock)) {
      return { status: 'critical', message: `${path}: the lock is lost` }
    }
    if (inspect === undefined) return { status: 'ok', message: `${path}: held` }
    return viewFinding(path, await inspect(), staleMs)
  }
}

/** Decides. */
function viewFinding(path: string, view: LockView, staleMs: number): Finding {
  const { state, liveness, quietMs } = view
  const details = { state, liveness, quietMs, staleMs }
  if (state !== 'held') return { status: 'critical', message: `${path}: is ${state}`, details }
  if (liveness === 'dead') {
    return { status: 'critical', message: `${path}: its holder is dead`, details }
  }
  if (quietMs !== null && quietMs > staleMs) {
    const message = `${path}: no sign of life from its holder for ${Math.round(quietMs)} ms`
    return { status: 'degraded', message, details }
  }
  return { status: 'ok', message: `${path}: held`, details }
}

const isLost = (lock: LockLike): boolean =>
  lock.isLost === true || (lock.isValid !== undefined && !lock.isValid())
