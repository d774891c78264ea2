import { counterRows, type CounterRow } from '@holdfast/seams'
import type { SharedJsonOwnFact } from './facts.ts'

/** How the facts of this package feed counters. Those of the lock and the file have counters of their own. */
export const sharedJsonCounters: readonly CounterRow[] = counterRows<SharedJsonOwnFact>(
  {
    name: 'holdfast_shared_json_updates_total',
    help: 'Changes that are in their file.',
    kind: 'shared-json.updated',
  },
  {
    name: 'holdfast_shared_json_wait_milliseconds_total',
    help: 'Time that updates waited for the lock.',
    kind: 'shared-json.updated',
    amount: 'waitedMs',
  },
  {
    name: 'holdfast_shared_json_held_milliseconds_total',
    help: 'Time that updates held the lock.',
    kind: 'shared-json.updated',
    amount: 'heldMs',
  },
  {
    name: 'holdfast_shared_json_unchanged_total',
    help: 'Updates that found nothing to change.',
    kind: 'shared-json.unchanged',
  },
  {
    name: 'holdfast_shared_json_unconfirmed_total',
    help: 'Changes that were written without proof that the lock was still held.',
    kind: 'shared-json.unconfirmed',
    labels: ['code'],
  },
  {
    name: 'holdfast_shared_json_adoptions_total',
    help: 'Files without fence that came under fences.',
    kind: 'shared-json.adopted',
  },
)
