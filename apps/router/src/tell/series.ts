import type { Status } from '@holdfast/health'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

// Where the added latency lies: tenths of a millisecond to a stalled event loop.
const ADDED_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1]
const UPSTREAM_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
// Symmetric, and without a border at 0: what is exactly 0 is then in a bucket whose middle is 0, so that the median of
// answers that all are as usual is 0, and not a little below.
const DELTAS = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1]
const TRI_DELTAS = [...DELTAS.map((delta) => -delta).toReversed(), ...DELTAS]

/** What `holdfast_circuit_breaker_state` says; a state that refuses nothing is 0. */
export const BREAKER_STATES: ReadonlyMap<string, number> = new Map([
  ['probing', 1],
  ['open', 2],
  ['isolated', 3],
])

/** What the metrics of health say: the worse, the more. */
export const HEALTH: Readonly<Record<Status, number>> = {
  ok: 0,
  degraded: 1,
  unknown: 2,
  critical: 3,
}

/** How the values of several processes become one. */
type Together = 'sum' | 'max' | 'first'

/** The metrics that are more than a sum of facts of one kind. */
export interface Series {
  readonly decisions: Counter
  readonly live: Counter
  readonly agreeing: Counter
  readonly rollbacks: Counter
  readonly triDelta: Histogram
  readonly lastUpdate: Gauge
  readonly fastUnderAnomaly: Gauge
  readonly anomalyEngaged: Gauge
  readonly pilotFraction: Gauge
  readonly buildInfo: Gauge
  readonly tokens: Counter
  readonly probes: Counter
  readonly rewards: Counter
  readonly rewardSum: Gauge
  readonly awaiting: Gauge
  readonly unsaved: Gauge
  readonly breakerState: Gauge
  readonly checkHealth: Gauge
  readonly groupHealth: Gauge
  readonly added: Histogram
  readonly upstreamTime: Histogram
}

export function createSeries(registry: Registry): Series {
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
    new Counter({ name, help, labelNames, registers })
  const gauge = (
    name: string,
    help: string,
    aggregator: Together = 'sum',
    labelNames: string[] = [],
  ): Gauge => new Gauge({ name, help, aggregator, labelNames, registers })
  const histogram = (
    name: string,
    help: string,
    buckets: number[],
    labelNames: string[] = [],
  ): Histogram => new Histogram({ name, help, buckets, labelNames, registers })

  return {
    decisions: counter('nova_anr_total_decisions_total', 'Decisions made.'),
    live: counter('nova_anr_live_decisions_total', 'Decisions that the learned policy answered.'),
    agreeing: counter(
      'nova_anr_live_decisions_agree_total',
      'Live decisions whose route scored highest.',
    ),
    rollbacks: counter(
      'nova_anr_rollbacks_total',
      'Answers whose deployment feedback said that what was deployed had to be rolled back, each once.',
    ),
    triDelta: histogram(
      'nova_anr_tri_delta',
      'How much better answers were than the usual: quality of feedback less the mean quality of the guardrail before it, or its tri_delta, over 0.2 and clipped to -1 to 1.',
      TRI_DELTAS,
    ),
    lastUpdate: gauge(
      'nova_anr_bandit_last_update',
      'When a lesson was last saved, in seconds since 1970; 0 when none was since the start.',
      'max',
    ),
    fastUnderAnomaly: gauge(
      'nova_anr_r3_prob_under_anomaly',
      'Highest probability that the fast route had in a decision since the anomaly switch engaged; 0 while it is not.',
      'max',
    ),
    anomalyEngaged: gauge(
      'holdfast_router_anomaly_engaged',
      'Whether the anomaly switch is engaged: 1 or 0.',
      'max',
    ),
    pilotFraction: gauge(
      'nova_anr_pilot_fraction',
      'Share of subjects that the learned policy answers for. The highest of all processes.',
      'max',
    ),
    buildInfo: gauge('nova_build_info', 'Always 1; the labels tell the build.', 'first', ['build']),
    tokens: counter(
      'holdfast_router_tokens_total',
      'Tokens of prompts (input) and answers (output), as upstreams report them, or guessed.',
      ['route', 'direction'],
    ),
    probes: counter(
      'holdfast_router_probes_total',
      'Questions to a route that rests, whether it is well.',
      ['route', 'well'],
    ),
    rewards: counter('holdfast_router_rewards_total', 'Rewards learned.', ['route']),
    rewardSum: gauge('holdfast_router_reward_sum', 'Sum of the rewards learned.', 'sum', ['route']),
    awaiting: gauge(
      'holdfast_router_awaiting_feedback',
      'Decisions whose feedback may still come.',
    ),
    unsaved: gauge(
      'holdfast_bandit_store_unsaved_lessons',
      'Lessons that are learned and wait to be written.',
    ),
    breakerState: gauge(
      'holdfast_circuit_breaker_state',
      '0 calls go through, 1 probing, 2 open, 3 isolated. The worst of all processes.',
      'max',
      ['breaker'],
    ),
    checkHealth: gauge(
      'holdfast_health_check_status',
      '0 ok, 1 degraded, 2 unknown, 3 critical. The worst of all processes.',
      'max',
      ['name'],
    ),
    groupHealth: gauge(
      'holdfast_health_group_status',
      'The worst of a group of checks: 0 ok, 1 degraded, 2 unknown, 3 critical.',
      'max',
      ['group'],
    ),
    added: histogram(
      'holdfast_router_added_seconds',
      'What the router adds to a call: all of its time but the wait for the upstream.',
      ADDED_SECONDS,
    ),
    upstreamTime: histogram(
      'holdfast_router_upstream_seconds',
      'Time that upstreams took.',
      UPSTREAM_SECONDS,
      ['route'],
    ),
  }
}
