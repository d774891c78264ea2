import { counterRows, type CounterRow } from '@holdfast/seams'
import type { RunStateOwnFact } from './facts.ts'

/** How the facts of this package feed counters. Those of the lock and the file have counters of their own. */
export const runStateCounters: readonly CounterRow[] = counterRows<RunStateOwnFact>(
  {
    name: 'holdfast_run_state_writes_total',
    help: 'Durable writes, each of one batch of results.',
    kind: 'run-state.recorded',
  },
  {
    name: 'holdfast_run_state_results_total',
    help: 'Results that are in their file.',
    kind: 'run-state.recorded',
    amount: 'results',
  },
  {
    name: 'holdfast_run_state_failed_results_total',
    help: 'Results of these that were failures.',
    kind: 'run-state.recorded',
    amount: 'failed',
  },
  {
    name: 'holdfast_run_state_retried_runs_total',
    help: 'Failed runs that someone wanted tried anew.',
    kind: 'run-state.recorded',
    amount: 'retried',
  },
  {
    name: 'holdfast_run_state_write_milliseconds_total',
    help: 'Time that batches took, waiting for the lock included.',
    kind: 'run-state.recorded',
    amount: 'tookMs',
  },
  {
    name: 'holdfast_run_state_write_errors_total',
    help: 'Batches that could not be written.',
    kind: 'run-state.record-failed',
    labels: ['code'],
  },
  {
    name: 'holdfast_run_state_log_errors_total',
    help: 'Failure logs that could not be written after their state.',
    kind: 'run-state.log-behind',
    labels: ['code'],
  },
  {
    name: 'holdfast_run_state_adoptions_total',
    help: 'Files of two marks that trackers took over.',
    kind: 'run-state.adopted',
  },
  {
    name: 'holdfast_run_state_recoveries_total',
    help: 'States made anew from listings.',
    kind: 'run-state.recovered',
  },
  {
    name: 'holdfast_run_state_kept_aside_total',
    help: 'Bad files that were kept under another name.',
    kind: 'run-state.kept-aside',
  },
)
