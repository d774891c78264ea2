import { banditStoreCounters } from '@holdfast/bandit-store'
import { circuitBreakerCounters } from '@holdfast/circuit-breaker'
import { linucbCounters } from '@holdfast/linucb'
import type { CounterRow, Fact, Observe } from '@holdfast/seams'
import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  Registry,
  collectDefaultMetrics,
} from 'prom-client'
import type { RouterFact } from './facts.ts'
import { routeCounters } from './route-counters.ts'

/** Facts as Prometheus metrics. */
export interface Metrics {
  readonly observe: Observe<RouterFact>
  readonly contentType: string
  /** This process's metrics. @param state what is asked for only now. */
  text(state: ScrapedState): Promise<string>
  /** The same as values, to be put together with those of other processes by `aggregated`. */
  values(state: ScrapedState): Promise<MetricValues>
}

/** A process's metrics as they travel to another: each with its name, type and values. */
export type MetricValues = readonly object[]

/** What nobody tells, because it is only asked for when metrics are. */
export interface ScrapedState {
  /** Decisions of this process that wait for feedback. */
  readonly awaiting: number
  /** Lessons that wait to be written. */
  readonly unsaved: number
  /** When a lesson was last made durable here, in ms since 1970. */
  readonly savedAtMs: number | null
}

export interface MetricsOptions {
  /** Share of traffic under the learned policy, 0 to 1; 0 when it only watches. */
  readonly pilot: number
  /** What was built, for example a commit. */
  readonly build: string
  /** Whether to measure the process itself, too: memory, event loop. Default true. */
  readonly ofProcess?: boolean
}

// Where the added latency lies: tenths of a millisecond to a stalled event loop.
const ADDED_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1]
const UPSTREAM_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** The names of the seed documents (`nova_anr_…`) are kept; the others begin with `holdfast_router_`. */
export function createMetrics({ pilot, build, ofProcess = true }: MetricsOptions): Metrics {
  const registry = new Registry()
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
    new Counter({ name, help, labelNames, registers })
  /** @param aggregator how the values of several processes become one. */
  const gauge = (
    name: string,
    help: string,
    aggregator: 'sum' | 'max' | 'first' = 'sum',
    labelNames: string[] = [],
  ): Gauge => new Gauge({ name, help, aggregator, labelNames, registers })

  const decisions = counter('nova_anr_total_decisions_total', 'Decisions made.')
  const live = counter(
    'nova_anr_live_decisions_total',
    'Decisions that the learned policy answered.',
  )
  const agreeing = counter(
    'nova_anr_live_decisions_agree_total',
    'Live decisions whose route scored highest.',
  )
  const lastUpdate = gauge(
    'nova_anr_bandit_last_update',
    'When a lesson was last saved, in seconds.',
    'max',
  )
  const pilotFraction = gauge(
    'nova_anr_pilot_fraction',
    'Share of traffic under the learned policy.',
    'first',
  )
  const buildInfo = gauge('nova_build_info', 'Always 1; the labels tell the build.', 'first', [
    'build',
  ])
  const calls = counter('holdfast_router_calls_total', 'Calls to upstreams.', ['route', 'status'])
  const cost = counter('holdfast_router_cost_usd_total', 'Spent on upstreams, in USD.', ['route'])
  const refused = counter('holdfast_router_refused_total', 'Requests answered with an error.', [
    'code',
  ])
  const failures = counter('holdfast_router_upstream_failures_total', 'Calls that failed.', [
    'route',
    'status',
  ])
  const rewards = counter('holdfast_router_rewards_total', 'Rewards learned.', ['route'])
  const rewardSum = gauge('holdfast_router_reward_sum', 'Sum of the rewards learned.', 'sum', [
    'route',
  ])
  const feedback = counter('holdfast_router_feedback_total', 'Feedback received.', ['result'])
  const unheard = counter(
    'holdfast_router_feedback_expired_total',
    'Decisions without feedback in time.',
  )
  const ledgerErrors = counter('holdfast_router_ledger_errors_total', 'Ledger writes that failed.')
  const awaiting = gauge(
    'holdfast_router_awaiting_feedback',
    'Decisions whose feedback may still come.',
  )
  const unsaved = gauge(
    'holdfast_bandit_store_unsaved_lessons',
    'Lessons that are learned and wait to be written.',
  )
  const workerEnds = counter('holdfast_router_worker_ends_total', 'Processes that ended untold.')
  const added = new Histogram({
    name: 'holdfast_router_added_seconds',
    help: 'What the router adds to a call: all of its time but the wait for the upstream.',
    buckets: ADDED_SECONDS,
    registers,
  })
  const upstreamTime = new Histogram({
    name: 'holdfast_router_upstream_seconds',
    help: 'Time that upstreams took.',
    labelNames: ['route'],
    buckets: UPSTREAM_SECONDS,
    registers,
  })
  pilotFraction.set(pilot)
  buildInfo.set({ build }, 1)

  const countRows = rowCounters(
    [...banditStoreCounters, ...linucbCounters, ...circuitBreakerCounters, ...routeCounters],
    counter,
  )
  const observe = (fact: RouterFact): void => {
    countRows(fact)
    switch (fact.kind) {
      case 'router.called':
        // Whoever stands in for a route that failed carries out the same decision.
        if (fact.attempt === 1) decisions.inc()
        if (fact.live) live.inc()
        if (fact.live && fact.agrees) agreeing.inc()
        calls.inc({ route: fact.route, status: String(fact.status) })
        cost.inc({ route: fact.route }, fact.costUsd)
        upstreamTime.observe({ route: fact.route }, fact.upstreamMs / 1000)
        break
      case 'router.answered':
        added.observe(Math.max(0, fact.addedMs) / 1000)
        break
      case 'router.refused':
        refused.inc({ code: fact.code })
        break
      case 'router.upstream-failed':
        failures.inc({ route: fact.route, status: String(fact.status) })
        break
      case 'router.learned':
        if (fact.part === 'immediate') rewards.inc({ route: fact.route })
        rewardSum.inc({ route: fact.route }, fact.reward)
        break
      case 'router.feedback':
        feedback.inc({ result: fact.result })
        break
      case 'bandit-store.decisions-given-up':
        unheard.inc(fact.count)
        break
      case 'router.worker-ended':
        workerEnds.inc()
        break
      case 'router.ledger-failed':
        ledgerErrors.inc()
        break
      default:
        break
    }
  }
  const set = (state: ScrapedState): void => {
    awaiting.set(state.awaiting)
    unsaved.set(state.unsaved)
    if (state.savedAtMs !== null) lastUpdate.set(state.savedAtMs / 1000)
  }
  return {
    observe,
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

/** Counters for the rows that a package publishes of its facts. */
function rowCounters(
  rows: readonly CounterRow[],
  counter: (name: string, help: string, labelNames: string[]) => Counter,
): (fact: Fact) => void {
  const counted = rows.map((row) => {
    const labels = [...(row.labels ?? [])]
    return { row, labels, metric: counter(row.name, row.help, labels) }
  })
  return (fact) => {
    for (const { row, labels, metric } of counted) {
      if (row.kind !== fact.kind) continue
      const fields = fact as unknown as Readonly<Record<string, string | number>>
      const values = Object.fromEntries(labels.map((label) => [label, String(fields[label])]))
      metric.inc(values, row.amount === undefined ? 1 : Number(fields[row.amount]))
    }
  }
}

/** The metrics of several processes as one: counters and histograms added up, gauges as each says. */
export function aggregated(all: readonly MetricValues[]): {
  text(): Promise<string>
  values(): Promise<MetricValues>
} {
  const registry = AggregatorRegistry.aggregate([...all])
  return { text: () => registry.metrics(), values: () => registry.getMetricsAsJSON() }
}

/** Those that only ever grow, so that they may outlive their process. */
export const lasting = (values: MetricValues): MetricValues =>
  values.filter((value) => LASTING.has((value as { readonly type?: string }).type ?? ''))

const LASTING = new Set(['counter', 'histogram'])
