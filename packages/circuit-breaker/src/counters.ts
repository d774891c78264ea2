import { counterRows, type CounterRow } from '@holdfast/seams'
import type { BreakerFact } from './facts.ts'

/** How the facts of this package feed counters. */
export const circuitBreakerCounters: readonly CounterRow[] = counterRows<BreakerFact>(
  {
    name: 'holdfast_circuit_breaker_openings_total',
    help: 'Times a breaker opened, by cause.',
    kind: 'breaker.opened',
    labels: ['breaker', 'because'],
  },
  {
    name: 'holdfast_circuit_breaker_probe_rounds_total',
    help: 'Times a breaker began to probe.',
    kind: 'breaker.probing',
    labels: ['breaker'],
  },
  {
    name: 'holdfast_circuit_breaker_closings_total',
    help: 'Times a breaker closed.',
    kind: 'breaker.closed',
    labels: ['breaker', 'because'],
  },
  {
    name: 'holdfast_circuit_breaker_failures_total',
    help: 'Calls that failed, by the way they did.',
    kind: 'breaker.failure',
    labels: ['breaker', 'failure'],
  },
  {
    name: 'holdfast_circuit_breaker_slow_calls_total',
    help: 'Calls that took too long, whatever came of them.',
    kind: 'breaker.slow',
    labels: ['breaker'],
  },
  {
    name: 'holdfast_circuit_breaker_refusals_total',
    help: 'Calls that were not let through, by state.',
    kind: 'breaker.refused',
    labels: ['breaker', 'state'],
  },
  {
    name: 'holdfast_circuit_breaker_stale_results_total',
    help: 'Results dropped because they came from an earlier era.',
    kind: 'breaker.stale',
    labels: ['breaker'],
  },
  {
    name: 'holdfast_circuit_breaker_fallbacks_total',
    help: 'Callers who got their fallback.',
    kind: 'breaker.fallback',
    labels: ['breaker', 'because'],
  },
  {
    name: 'holdfast_circuit_breaker_would_open_total',
    help: 'Times an observing breaker would have opened.',
    kind: 'breaker.would-open',
    labels: ['breaker', 'because'],
  },
  {
    name: 'holdfast_circuit_breaker_isolations_total',
    help: 'Isolations begun by hand.',
    kind: 'breaker.isolated',
    labels: ['breaker'],
  },
  {
    name: 'holdfast_circuit_breaker_releases_total',
    help: 'Isolations ended, by handle or because their time ran out.',
    kind: 'breaker.released',
    labels: ['breaker', 'because'],
  },
  {
    name: 'holdfast_circuit_breaker_mode_changes_total',
    help: 'Changes of mode.',
    kind: 'breaker.mode-set',
    labels: ['breaker', 'to'],
  },
  {
    name: 'holdfast_circuit_breaker_open_ms_failures_total',
    help: 'Times the function openMs gave no length of time, or chance no number.',
    kind: 'breaker.open-ms-failed',
    labels: ['breaker'],
  },
  {
    name: 'holdfast_circuit_breaker_judge_failures_total',
    help: 'Times the judge threw, or said what is no judgement.',
    kind: 'breaker.judge-failed',
    labels: ['breaker'],
  },
)
