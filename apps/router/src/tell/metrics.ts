import type { Observe } from '@holdfast/seams'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { RouterFact } from './facts.ts'

/** Facts as Prometheus metrics. */
export interface Metrics {
  readonly observe: Observe<RouterFact>
  readonly contentType: string
  awaitingFeedback(count: number): void
  text(): Promise<string>
}

export interface MetricsOptions {
  /** Share of traffic under the learned policy, 0 to 1; 0 when it only watches. */
  readonly pilot: number
  /** What was built, for example a commit. */
  readonly build: string
}

// Where the added latency lies: tenths of a millisecond to a stalled event loop.
const ADDED_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1]
const UPSTREAM_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** The names of the seed documents (`nova_anr_…`) are kept; the others begin with `holdfast_router_`. */
export function createMetrics({ pilot, build }: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
    new Counter({ name, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers })

  const decisions = counter('nova_anr_total_decisions_total', 'Decisions made.')
  const live = counter(
    'nova_anr_live_decisions_total',
    'Decisions that the learned policy answered.',
  )
  const agreeing = counter(
    'nova_anr_live_decisions_agree_total',
    'Live decisions whose route scored highest.',
  )
  const writeErrors = counter(
    'nova_anr_state_write_errors_total',
    'Saves of the state that failed.',
  )
  const lastUpdate = gauge(
    'nova_anr_bandit_last_update',
    'When the state was last saved, in seconds.',
  )
  const pilotFraction = gauge(
    'nova_anr_pilot_fraction',
    'Share of traffic under the learned policy.',
  )
  const buildInfo = gauge('nova_build_info', 'Always 1; the labels tell the build.', ['build'])
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
  const rewardSum = gauge('holdfast_router_reward_sum', 'Sum of the rewards learned.', ['route'])
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

  const observe = (fact: RouterFact): void => {
    switch (fact.kind) {
      case 'router.called':
        decisions.inc()
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
        rewards.inc({ route: fact.route })
        rewardSum.inc({ route: fact.route }, fact.reward)
        break
      case 'router.feedback':
        feedback.inc({ result: fact.result })
        break
      case 'router.feedback-expired':
        unheard.inc(fact.count)
        break
      case 'router.state-saved':
        lastUpdate.set(fact.atMs / 1000)
        break
      case 'router.state-write-failed':
        writeErrors.inc()
        break
      case 'router.ledger-failed':
        ledgerErrors.inc()
        break
      default:
        break
    }
  }
  return {
    observe,
    contentType: registry.contentType,
    awaitingFeedback: (count) => awaiting.set(count),
    text: () => registry.metrics(),
  }
}
