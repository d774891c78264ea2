import { banditStoreCounters } from '@holdfast/bandit-store'
import { circuitBreakerCounters } from '@holdfast/circuit-breaker'
import { healthCounters } from '@holdfast/health'
import { ledgerCounters } from '@holdfast/ledger'
import { linucbCounters } from '@holdfast/linucb'
import { promotionCounters } from '@holdfast/promotion'
import { fanOut, type Observe } from '@holdfast/seams'
import { byKind, countFacts } from '@holdfast/telemetry'
import { Registry, collectDefaultMetrics } from 'prom-client'
import { ANOMALY_ENGAGED } from '../decide/anomaly-limits.ts'
import type { RouterFact } from './facts.ts'
import type { MetricValues } from './metric-values.ts'
import { routerCounters } from './router-counters.ts'
import { BREAKER_STATES, HEALTH, createSeries } from './series.ts'

/** Facts as Prometheus metrics. */
export interface Metrics {
  readonly observe: Observe<RouterFact>
  readonly contentType: string
  /** This process's metrics. @param state what is asked for only now. */
  text(state: ScrapedState): Promise<string>
  /** The same as values, to be put together with those of other processes by `aggregated`. */
  values(state: ScrapedState): Promise<MetricValues>
}

/** What nobody tells, because it is only asked for when metrics are. */
export interface ScrapedState {
  /** Decisions of this process that wait for feedback. */
  readonly awaiting: number
  /** Lessons that wait to be written. */
  readonly unsaved: number
  /** When a lesson was last made durable here, in ms since 1970. */
  readonly savedAtMs: number | null
  /** Breakers of this process, each with the state it is in. Default none. */
  readonly breakers?: readonly { readonly name: string; readonly state: string }[]
}

export interface MetricsOptions {
  /** What was built, for example a commit. */
  readonly build: string
  /** The route that an anomaly caps. Default `R3`. */
  readonly fastRoute?: string
  /** Whether to measure the process itself, too: memory, event loop. Default true. */
  readonly ofProcess?: boolean
}

/** The names of the seed documents (`nova_anr_…`) are kept; the others begin with `holdfast_`. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { build, fastRoute = 'R3', ofProcess = true } = options
  const registry = new Registry()
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const series = createSeries(registry)
  series.buildInfo.set({ build }, 1)
  let mostFast = 0

  const count = countFacts(
    [
      ...routerCounters,
      ...circuitBreakerCounters,
      ...healthCounters,
      ...banditStoreCounters,
      ...ledgerCounters,
      ...linucbCounters,
      ...promotionCounters,
    ],
    { registry },
  )
  const measure = byKind<RouterFact>({
    'router.called': ({ route, live, agrees, attempt, inputTokens, outputTokens, upstreamMs }) => {
      series.tokens.inc({ route, direction: 'input' }, inputTokens)
      series.tokens.inc({ route, direction: 'output' }, outputTokens)
      series.upstreamTime.observe({ route }, upstreamMs / 1000)
      // Whoever stands in for a route that failed carries out the same decision.
      if (attempt > 1) return
      series.decisions.inc()
      if (live) series.live.inc()
      if (live && agrees) series.agreeing.inc()
    },
    'router.probed': ({ route, isWell }) => series.probes.inc({ route, well: String(isWell) }),
    'router.answered': ({ addedMs }) => series.added.observe(Math.max(0, addedMs) / 1000),
    'router.learned': ({ route, part, reward, triDelta, said }) => {
      if (part === 'immediate') series.rewards.inc({ route })
      series.rewardSum.inc({ route }, reward)
      if (triDelta !== null) series.triDelta.observe(triDelta)
      if (said?.deployment?.isRollback === true) series.rollbacks.inc()
    },
    'router.restricted': ({ reasons, probabilities }) => {
      if (!reasons.includes(ANOMALY_ENGAGED)) return
      // The highest since it engaged: whoever looks once in a while must not miss one that was too high.
      mostFast = Math.max(mostFast, probabilities[fastRoute] ?? 0)
      series.fastUnderAnomaly.set(mostFast)
    },
    'router.anomaly-engaged': () => series.anomalyEngaged.set(1),
    'router.anomaly-released': () => {
      mostFast = 0
      series.fastUnderAnomaly.set(0)
      series.anomalyEngaged.set(0)
    },
    'promotion.obeyed': ({ pilot }) => series.pilotFraction.set(pilot),
    'health.changed': ({ name, to }) => series.checkHealth.set({ name }, HEALTH[to]),
    'health.group-changed': ({ group, to }) => series.groupHealth.set({ group }, HEALTH[to]),
  })

  const set = ({ awaiting, unsaved, savedAtMs, breakers = [] }: ScrapedState): void => {
    series.awaiting.set(awaiting)
    series.unsaved.set(unsaved)
    if (savedAtMs !== null) series.lastUpdate.set(savedAtMs / 1000)
    for (const { name, state } of breakers) {
      series.breakerState.set({ breaker: name }, BREAKER_STATES.get(state) ?? 0)
    }
  }
  return {
    observe: fanOut<RouterFact>(count, measure),
    contentType: registry.contentType,
    text(state) {
      set(state)
      return registry.metrics()
    },
    values(state) {
      set(state)
      return registry.getMetricsAsJSON()
    },
  }
}
