import { systemClock, type Clock } from '@holdfast/seams'
import type { Check, Finding } from '../check.ts'
import { lengthMs, onlyOptions } from '../option-rules.ts'
import { eventLoopDelays, RESOLUTION_MS, type Delays } from './delays.ts'

export interface EventLoopDelayOptions {
  /** Degraded from this delay, in ms ≥ 0. Default 100. */
  readonly warnAtMs?: number
  /** Critical from this delay, in ms ≥ `warnAtMs`. Default 1000. */
  readonly criticalAtMs?: number
  /** Which percentile of the delays of a window is judged, > 0 to 100. Default 99. */
  readonly percentile?: number
  readonly clock?: Clock
}

/**
 * A check of how late this thread's timers run, over the time since the last look, so that one bad minute is not held
 * against it for ever. Disposing of it ends the measuring, which keeps no process alive.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function eventLoopDelay(options: EventLoopDelayOptions = {}): Check & Disposable {
  onlyOptions('eventLoopDelay', options, ['warnAtMs', 'criticalAtMs', 'percentile', 'clock'])
  const { warnAtMs = 100, criticalAtMs = Math.max(1_000, warnAtMs), percentile = 99 } = options
  const { clock = systemClock } = options
  lengthMs('warnAtMs', warnAtMs)
  lengthMs('criticalAtMs', criticalAtMs, { least: warnAtMs })
  const meter = eventLoopDelays(percentile)
  const check: Check = async ({ signal }) => {
    // A window that has only just begun has nothing to say yet.
    if (meter.count === 0) await clock.sleep(3 * RESOLUTION_MS, signal)
    return delayFinding(meter.window(), { warnAtMs, criticalAtMs, percentile })
  }
  return Object.assign(check, { [Symbol.dispose]: () => meter[Symbol.dispose]() })
}

/** Decides. */
export function delayFinding(
  delays: Delays,
  limits: { readonly warnAtMs: number; readonly criticalAtMs: number; readonly percentile: number },
): Finding {
  const { count, judgedMs, maxMs } = delays
  if (count === 0) return { status: 'unknown', message: 'no delay was measured yet' }
  const { percentile, warnAtMs, criticalAtMs } = limits
  const message = `${percentile} % of the timers ran at most ${rounded(judgedMs)} ms late, the latest ${rounded(maxMs)} ms`
  const details = { ...delays, ...limits }
  if (judgedMs >= criticalAtMs) return { status: 'critical', message, details }
  return { status: judgedMs >= warnAtMs ? 'degraded' : 'ok', message, details }
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10
