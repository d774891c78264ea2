import { counterRows, type CounterRow } from '@holdfast/seams'
import type { BanditStoreFact } from './facts.ts'

/** How the facts of this package feed counters. */
export const banditStoreCounters: readonly CounterRow[] = counterRows<BanditStoreFact>(
  {
    name: 'holdfast_bandit_store_rewards_total',
    help: 'Rewards that were answered.',
    kind: 'bandit-store.reward',
    labels: ['result', 'part'],
  },
  {
    name: 'holdfast_bandit_store_decisions_given_up_total',
    help: 'Decisions that never had a reward.',
    kind: 'bandit-store.decisions-given-up',
    amount: 'count',
  },
  {
    name: 'nova_anr_state_write_errors_total',
    help: 'Writes of lessons that failed.',
    kind: 'bandit-store.write-failed',
  },
  {
    name: 'holdfast_bandit_store_unshared_decisions_total',
    help: 'Writes of decisions that failed.',
    kind: 'bandit-store.decisions-not-shared',
  },
  {
    name: 'holdfast_bandit_store_read_errors_total',
    help: 'Looks at what other processes learned that failed.',
    kind: 'bandit-store.read-failed',
  },
  {
    name: 'holdfast_bandit_store_compactions_total',
    help: 'Snapshots made.',
    kind: 'bandit-store.compacted',
  },
  {
    name: 'holdfast_bandit_store_compaction_errors_total',
    help: 'Snapshots that could not be made.',
    kind: 'bandit-store.compaction-failed',
  },
  {
    name: 'holdfast_bandit_store_damaged_bytes_total',
    help: 'Bytes of lessons that could not be read.',
    kind: 'bandit-store.segment-damaged',
    amount: 'bytes',
  },
  {
    name: 'holdfast_bandit_store_reloads_total',
    help: 'Times that everything was read anew.',
    kind: 'bandit-store.reloaded',
  },
  {
    name: 'holdfast_bandit_store_conflicts_total',
    help: 'Decisions that were rewarded in two ways.',
    kind: 'bandit-store.conflict',
  },
  {
    name: 'holdfast_bandit_store_late_total',
    help: 'Lessons that were stored too late to count.',
    kind: 'bandit-store.late',
  },
)
