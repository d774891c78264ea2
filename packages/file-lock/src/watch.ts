import { systemClock, type Clock } from '@holdfast/seams'
import { LockLostError } from './errors.ts'
import type { Lock } from './lock.ts'

export interface WatchLockOptions {
  /** How often to look, in ms, finite and > 0. Default 1000. */
  readonly intervalMs?: number
  readonly clock?: Clock
}

/**
 * Looks every `intervalMs` whether `lock` is still held, and calls `onLost` once when it is not, unless it was given back. A
 * look that fails tells nothing and is repeated; each look costs one call of the system. Every lock looks for itself once a
 * second (`lock.signal`); this is for those who need to know sooner, or want a call. Does not keep the process alive.
 * @returns what ends the watch.
 */
export function watchLock(
  lock: Lock,
  onLost: (loss: LockLostError) => void,
  options: WatchLockOptions = {},
): Disposable {
  const { intervalMs = 1_000, clock = systemClock } = options
  if (!(intervalMs > 0 && intervalMs < Infinity)) {
    throw new RangeError(`intervalMs must be finite and > 0, got ${String(intervalMs)}`)
  }
  if (typeof onLost !== 'function') {
    throw new TypeError(`onLost must be a function, got ${typeof onLost}`)
  }
  const { signal } = lock
  const look = (): void => {
    try {
      if (!lock.isValid()) return // It was given back; or it is lost, and that aborted the signal.
    } catch {
      // The system would not say. It was told as a fact, and the next look asks again.
    }
    timer = clock.after(intervalMs, look, { keepsAlive: false })
  }
  const tell = (): void => {
    timer.cancel()
    onLost(signal.reason as LockLostError)
  }
  let timer = clock.after(intervalMs, look, { keepsAlive: false })
  if (signal.aborted) tell()
  else signal.addEventListener('abort', tell, { once: true })
  return {
    [Symbol.dispose]() {
      timer.cancel()
      signal.removeEventListener('abort', tell)
    },
  }
}
