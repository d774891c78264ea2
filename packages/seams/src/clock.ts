import { performance } from 'node:perf_hooks'

/** A timer that was set. Cancelling it twice, or after it ran, does nothing. */
export interface Timer extends Disposable {
  cancel(): void
}

export interface TimerOptions {
  /** `false`: a process with nothing else left to do may end before the timer runs. Default true. */
  readonly keepsAlive?: boolean
}

/**
 * Time, as a package is given it. Lengths come from `monotonicMs`; `wallMs` is for records people
 * read, because it may jump.
 */
export interface Clock {
  /** ms ≥ 0 since some fixed moment, with fractions. Never goes back. */
  monotonicMs(): number
  /** ms since 1970-01-01T00:00:00Z, whole. May go back when the machine's clock is set. */
  wallMs(): number
  /**
   * Resolves after `ms`.
   * @param ms length in ms, finite and ≥ 0; 0 lets everything that is already due run first.
   * @throws {RangeError} if `ms` is not such a number.
   * @throws `signal.reason` as soon as `signal` is aborted.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * Calls `run` once after `ms`.
   * @throws {RangeError} if `ms` is not finite and ≥ 0.
   */
  after(ms: number, run: () => void, options?: TimerOptions): Timer
}

// setTimeout holds its delay in 32 bits; a longer one would run at once. About 24.8 days.
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) => sleepWith(systemClock, ms, signal),
  after(ms, run, { keepsAlive = true } = {}) {
    checkDelay(ms)
    let leftMs = ms
    let handle: NodeJS.Timeout
    const wait = (): void => {
      const partMs = Math.min(leftMs, LONGEST_TIMER_MS)
      leftMs -= partMs
      handle = setTimeout(leftMs > 0 ? wait : run, partMs)
      if (!keepsAlive) handle.unref()
    }
    wait()
    const cancel = (): void => clearTimeout(handle)
    return { cancel, [Symbol.dispose]: cancel }
  },
}

/** A sleep made of a timer and a signal. Every `Clock` here sleeps through it. */
export function sleepWith(
  clock: Pick<Clock, 'after'>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    checkDelay(ms)
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const stop = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** @throws {RangeError} if `ms` is not finite and ≥ 0. */
export function checkDelay(ms: number): void {
  if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`ms must be finite and ≥ 0, got ${ms}`)
}
