import { counterRows, type CounterRow } from '@holdfast/seams'
import type { LedgerFact } from './facts.ts'

/** How the facts of this package feed counters. */
export const ledgerCounters: readonly CounterRow[] = counterRows<LedgerFact>(
  {
    name: 'holdfast_ledger_lines_total',
    help: 'Lines that were brought to disk.',
    kind: 'ledger.written',
    amount: 'lines',
  },
  {
    name: 'holdfast_ledger_lost_lines_total',
    help: 'Lines that could not be written.',
    kind: 'ledger.write-failed',
    amount: 'lines',
  },
  {
    name: 'holdfast_ledger_dropped_lines_total',
    help: 'Lines that were not taken because too much waited.',
    kind: 'ledger.dropped',
    amount: 'lines',
  },
  {
    name: 'holdfast_ledger_head_errors_total',
    help: 'Heads that could not be written, and segments not sealed.',
    kind: 'ledger.head-failed',
  },
  {
    name: 'holdfast_ledger_rejected_lines_total',
    help: 'Lines that readings could not use.',
    kind: 'ledger.read',
    amount: 'rejected',
  },
  {
    name: 'holdfast_ledger_archived_segments_total',
    help: 'Segments that were archived.',
    kind: 'ledger.archived',
    amount: 'segments',
  },
)
