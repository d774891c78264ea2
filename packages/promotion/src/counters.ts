import { counterRows, type CounterRow } from '@holdfast/seams'
import type { PromotionOwnFact } from './facts.ts'

/** How the facts of this package feed counters. */
export const promotionCounters: readonly CounterRow[] = counterRows<PromotionOwnFact>(
  {
    name: 'holdfast_promotion_moves_total',
    help: 'Changes of the rollout, by command.',
    kind: 'promotion.moved',
    labels: ['command'],
  },
  {
    name: 'holdfast_promotion_held_total',
    help: 'Commands that changed nothing, by command.',
    kind: 'promotion.held',
    labels: ['command', 'how'],
  },
  {
    name: 'holdfast_promotion_rollbacks_total',
    help: 'Rollbacks put in force.',
    kind: 'promotion.rolled-back',
  },
  {
    name: 'holdfast_promotion_repairs_total',
    help: 'States made anew from their journal.',
    kind: 'promotion.repaired',
  },
  {
    name: 'holdfast_promotion_journal_cuts_total',
    help: 'Torn ends of journals that were cut.',
    kind: 'promotion.journal-cut',
  },
  {
    name: 'holdfast_promotion_journals_anew_total',
    help: 'Journals that could not be trusted, and were begun anew.',
    kind: 'promotion.journal-anew',
  },
  {
    name: 'holdfast_promotion_evidence_anew_total',
    help: 'Times that the evidence so far was not gone on with, and summed up anew.',
    kind: 'promotion.evidence-anew',
  },
  {
    name: 'holdfast_promotion_gates_total',
    help: 'Gates judged, by gate and verdict.',
    kind: 'promotion.gate',
    labels: ['gate', 'verdict'],
  },
  {
    name: 'holdfast_promotion_obeyed_total',
    help: 'Changes that a router obeyed.',
    kind: 'promotion.obeyed',
    labels: ['because'],
  },
  {
    name: 'holdfast_promotion_unacknowledged_total',
    help: 'Changes that a router could not acknowledge.',
    kind: 'promotion.not-acknowledged',
  },
  {
    name: 'holdfast_promotion_not_taken_total',
    help: 'Changes that a router was told and could not take.',
    kind: 'promotion.not-taken',
  },
  {
    name: 'holdfast_promotion_put_back_total',
    help: 'Rollbacks that were removed and put back.',
    kind: 'promotion.put-back',
  },
  {
    name: 'holdfast_promotion_slots_unknown_total',
    help: 'Looks at slots that failed.',
    kind: 'promotion.slots-unknown',
  },
  {
    name: 'holdfast_promotion_unreadable_total',
    help: 'States and rollbacks that could not be read.',
    kind: 'promotion.unreadable',
  },
  {
    name: 'holdfast_promotion_slot_record_errors_total',
    help: 'Troubles with writing looks at slots.',
    kind: 'promotion.slot-record-failed',
  },
  {
    name: 'holdfast_promotion_malformed_slot_lines_total',
    help: 'Lines of slot records that readings passed over.',
    kind: 'promotion.slot-lines-malformed',
    amount: 'lines',
  },
  {
    name: 'holdfast_promotion_receipts_total',
    help: 'Receipts written, by action.',
    kind: 'promotion.receipt',
    labels: ['action'],
  },
  {
    name: 'holdfast_promotion_receipt_errors_total',
    help: 'Receipts that could not be written.',
    kind: 'promotion.receipt-failed',
  },
  {
    name: 'holdfast_promotion_daily_jobs_total',
    help: 'Daily jobs, by how they ended.',
    kind: 'promotion.daily',
    labels: ['outcome'],
  },
)
