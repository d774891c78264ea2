import type { Clock, Observe } from '@holdfast/seams'
import { anomalyRestrictions, type AnomalyLimits } from '../decide/anomaly-limits.ts'
import { CALM, sampled, type Anomaly, type AnomalyRules } from '../decide/anomaly.ts'
import { NO_DRIFT, drifted } from '../decide/drift.ts'
import { NONE, type Restrictions } from '../decide/restrictions.ts'
import type { AnomalyTold, RouterFact } from '../tell/facts.ts'
import { watchEventLoop, type EventLoop } from './event-loop.ts'

/** What the configuration says of the switch. */
export interface AnomalySettings extends AnomalyRules, AnomalyLimits {
  readonly enabled: boolean
  /** How often a sample is taken, in ms. */
  readonly everyMs: number
}

export interface AnomalySwitchOptions {
  readonly settings: AnomalySettings
  readonly routes: readonly string[]
  readonly guardrail: string
  readonly clock: Clock
  /** Is told when the switch engages and releases. */
  readonly observe: Observe<RouterFact>
  /** Default: this thread's. */
  readonly eventLoop?: EventLoop
}

/** Restricts what decisions may do while something is abnormal. Each process of a router has its own. */
export interface AnomalySwitch extends Disposable {
  /** Of a decision that is made now. */
  restrictions(): Restrictions
  /** What was seen last. */
  reading(): AnomalyTold & { readonly kind: Anomaly['kind'] }
  /** Takes in what is told of calls and feedback. */
  readonly hear: Observe<RouterFact>
}

/** Timers that are so late, in ms, are as bad as can be. */
const LATEST_MS = 100
const MOST_JITTER = 0.5

const NOTHING_SEEN = { driftZ: 0, jitter: 0, pressure: 0 }
/** What was told in one window. */
const emptyWindow = () => ({ called: 0, failed: 0, told: 0, toldSum: 0 })

/**
 * Takes a sample every `everyMs` until it is disposed of; it keeps no process alive. `driftZ` is that of the mean of the
 * feedback of the window, `jitter` grows to 0.5 as timers get 100 ms late, and `pressure` is the larger of the event
 * loop's utilisation and the share of calls to upstreams that failed.
 */
export function createAnomalySwitch(options: AnomalySwitchOptions): AnomalySwitch {
  const { settings, routes, guardrail, clock, observe } = options
  if (!settings.enabled) return ALWAYS_OFF
  const whileEngaged = anomalyRestrictions(settings, routes, guardrail)
  const eventLoop = options.eventLoop ?? watchEventLoop()
  let state = CALM
  let drift = NO_DRIFT
  let seen = NOTHING_SEEN
  let window = emptyWindow()
  const told = (): AnomalyTold => ({ score: state.score, ...seen })

  const tick = (): void => {
    const { lateMs, utilisation } = eventLoop.window()
    const { called, failed, told: count, toldSum } = window
    window = emptyWindow()
    drift = drifted(drift, count === 0 ? null : toldSum / count)
    seen = {
      driftZ: drift.z,
      jitter: MOST_JITTER * Math.min(1, lateMs / LATEST_MS),
      pressure: Math.max(utilisation, Math.min(1, failed / Math.max(1, called))),
    }
    const before = state.kind
    state = sampled(state, seen, settings)
    timer = clock.after(settings.everyMs, tick, { keepsAlive: false })
    if (state.kind === before) return
    const kind = state.kind === 'engaged' ? 'router.anomaly-engaged' : 'router.anomaly-released'
    observe({ kind, ...told() })
  }
  let timer = clock.after(settings.everyMs, tick, { keepsAlive: false })

  return {
    restrictions: () => (state.kind === 'engaged' ? whileEngaged : NONE),
    reading: () => ({ kind: state.kind, ...told() }),
    hear(fact) {
      switch (fact.kind) {
        case 'router.called':
          window.called += 1
          break
        case 'router.upstream-failed':
          window.failed += 1
          break
        case 'router.feedback':
          if (fact.result !== 'learned' || fact.told === null) break
          window.told += 1
          window.toldSum += fact.told
          break
        default:
          break
      }
    },
    [Symbol.dispose]() {
      timer.cancel()
      eventLoop.close()
    },
  }
}

const ALWAYS_OFF: AnomalySwitch = {
  restrictions: () => NONE,
  reading: () => ({ kind: 'calm', score: 0, ...NOTHING_SEEN }),
  hear: () => {},
  [Symbol.dispose]() {},
}
