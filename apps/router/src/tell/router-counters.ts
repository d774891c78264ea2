import { counterRows, type CounterRow } from '@holdfast/seams'
import type { RouterFact } from './facts.ts'

/** How the facts of the router feed counters. What is counted under a condition, or as more than a sum, is in `metrics.ts`. */
export const routerCounters: readonly CounterRow[] = counterRows<RouterFact>(
  {
    name: 'holdfast_router_calls_total',
    help: 'Calls to upstreams.',
    kind: 'router.called',
    labels: ['route', 'status'],
  },
  {
    name: 'holdfast_router_cost_usd_total',
    help: 'Spent on upstreams, in USD.',
    kind: 'router.called',
    labels: ['route'],
    amount: 'costUsd',
  },
  {
    name: 'holdfast_router_answers_total',
    help: 'Requests for an answer that got one, or an error after their decision.',
    kind: 'router.answered',
    labels: ['route', 'status'],
  },
  {
    name: 'holdfast_router_refused_total',
    help: 'Requests answered with an error.',
    kind: 'router.refused',
    labels: ['code'],
  },
  {
    name: 'holdfast_router_upstream_failures_total',
    help: 'Calls that failed.',
    kind: 'router.upstream-failed',
    labels: ['route', 'status'],
  },
  {
    name: 'holdfast_router_retries_total',
    help: 'Calls to a route that had just failed.',
    kind: 'router.retried',
    labels: ['route'],
  },
  {
    name: 'holdfast_router_fallbacks_total',
    help: 'Attempts by a route that stood in for another.',
    kind: 'router.fallback',
    labels: ['from', 'route'],
  },
  {
    name: 'holdfast_router_cache_answers_total',
    help: 'Earlier answers that were given again because nobody answered.',
    kind: 'router.answered-from-cache',
    labels: ['route'],
  },
  {
    name: 'holdfast_router_clients_gone_total',
    help: 'Clients that left before their answer was complete.',
    kind: 'router.client-gone',
    labels: ['route'],
  },
  {
    name: 'holdfast_router_feedback_total',
    help: 'Feedback received.',
    kind: 'router.feedback',
    labels: ['result'],
  },
  {
    name: 'holdfast_router_feedback_expired_total',
    help: 'Decisions without feedback in time.',
    kind: 'bandit-store.decisions-given-up',
    amount: 'count',
  },
  {
    name: 'holdfast_router_anomalies_total',
    help: 'Times the anomaly switch engaged.',
    kind: 'router.anomaly-engaged',
  },
  {
    name: 'holdfast_router_decision_errors_total',
    help: 'Decisions that the guardrail made because the policy failed.',
    kind: 'router.decision-failed',
  },
  {
    name: 'holdfast_router_worker_ends_total',
    help: 'Processes that ended untold.',
    kind: 'router.worker-ended',
  },
)
