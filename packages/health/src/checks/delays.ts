import { monitorEventLoopDelay } from 'node:perf_hooks'
import { shown } from '../option-rules.ts'

/** How late timers ran in one window, in ms. */
export interface Delays {
  /** How many were measured. */
  readonly count: number
  /** The percentile that was asked for; 0 when none was measured, as are the others. */
  readonly judgedMs: number
  readonly meanMs: number
  readonly maxMs: number
}

/** Measures without a pause, one window after the other. Disposing of it ends that. */
export interface DelayMeter extends Disposable {
  /** How many were measured since the last window. */
  readonly count: number
  /** What was measured since the last call, or since the start. */
  window(): Delays
}

/** A timer of this many ms is what the delay is measured by. */
export const RESOLUTION_MS = 10

/**
 * Measures how late this thread's timers run. It keeps no process alive.
 *
 * Source: Node.js, `perf_hooks.monitorEventLoopDelay`, which counts the interval of its timer in; it is taken off here.
 * @param percentile which of the delays of a window is `judgedMs`, > 0 to 100.
 * @throws {RangeError} for another percentile.
 */
export function eventLoopDelays(percentile: number = 99): DelayMeter {
  if (!(percentile > 0 && percentile <= 100)) {
    throw new RangeError(`percentile must be > 0 and ≤ 100, got ${shown(percentile)}`)
  }
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  const delayMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
  return {
    get count() {
      return histogram.count
    },
    window() {
      const { count } = histogram
      const delays: Delays = {
        count,
        judgedMs: delayMs(histogram.percentile(percentile)),
        meanMs: count === 0 ? 0 : delayMs(histogram.mean),
        maxMs: delayMs(histogram.max),
      }
      histogram.reset()
      return delays
    },
    [Symbol.dispose]: () => void histogram.disable(),
  }
}
