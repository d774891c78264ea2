/** Whether a release may reach more users: reports, gates and stages that move only on evidence. */
export { createTally, reportOf } from './evidence/tally.ts'
export type { Tally, TallyOptions } from './evidence/tally.ts'
export type { EvidenceRow, Rejection, Window } from './evidence/row.ts'
export { EVIDENCE_FIELDS, evidenceOf } from './evidence/ledger-rows.ts'
export type { EvidenceOptions, LedgerDecision } from './evidence/ledger-rows.ts'
export type { DailyReport, QualityEvidence } from './evidence/report.ts'
export { isDailyReport } from './evidence/report-form.ts'
export type { RouteRow } from './evidence/routes.ts'
export type { Carry, TriPoint } from './evidence/carry.ts'
export type { Compared, ComparisonSettings } from './evidence/comparison.ts'
export type { BucketSums } from './evidence/buckets.ts'
export { estimateOf, OffPolicy } from './evidence/estimators.ts'
export type {
  OffPolicySums,
  PolicyEstimate,
  PolicyValue,
  Weighed,
  WeightCheck,
  WeightLimits,
} from './evidence/estimators.ts'
export { reportMarkdown } from './evidence/markdown.ts'
export { CSV_HEADER, csvLine } from './evidence/csv.ts'
export { clopperPearson, poissonBounds } from './statistics/intervals.ts'
export type { Count } from './statistics/intervals.ts'
export { judge } from './gates/judge.ts'
export { gateSettings } from './gates/settings.ts'
export { slotsOver } from './gates/slots.ts'
export type { SlotSample } from './gates/slots.ts'
export { createSlotRecord } from './gates/slot-record.ts'
export type { SlotRecord, SlotRecordOptions } from './gates/slot-record.ts'
export { readSlotSamples } from './gates/slot-samples.ts'
export type { ReadSlotsOptions } from './gates/slot-samples.ts'
export type {
  GateInput,
  GateName,
  GateResult,
  GateSettings,
  GateVerdict,
  SlotResult,
  Verdict,
} from './gates/gate.ts'
export { isStage, nextStage, STAGES, stageOfPilot } from './rollout/stage.ts'
export type { Stage } from './rollout/stage.ts'
export { isLive, placeOf } from './rollout/assignment.ts'
export { effectiveRollout, environmentOf, isInForce, switchesOf } from './rollout/effective.ts'
export type {
  EffectiveRollout,
  EnvironmentParts,
  RolloutSight,
  Switches,
} from './rollout/effective.ts'
export type { RolloutState, Standing } from './rollout/state.ts'
export { carryOut } from './rollout/command.ts'
export type { CommandResult, RolloutCommand } from './rollout/command.ts'
export { lackingToLeave } from './rollout/dwell.ts'
export { dwellRules } from './daily/options.ts'
export type { DwellRule, DwellRules } from './rollout/dwell.ts'
export { createRollout } from './rollout/rollout.ts'
export type {
  RollbackRequest,
  RollbackResult,
  Rollout,
  RolloutOptions,
  Vouch,
} from './rollout/rollout.ts'
export type { RolloutFiles } from './rollout/files.ts'
export { watchRollout } from './rollout/watch.ts'
export type { RolloutWatch, WatchRolloutOptions } from './rollout/watch.ts'
export type { Acknowledgement, Awaited } from './rollout/acknowledge.ts'
export { livingWorkers } from './rollout/workers.ts'
export type { LivingWorker, WorkerFile } from './rollout/workers.ts'
export { createReceipts } from './receipts/receipts.ts'
export type { Receipts, ReceiptsOptions } from './receipts/receipts.ts'
export { readReceipt } from './receipts/files.ts'
export { replayReceipt, verifyReceipts } from './receipts/verify.ts'
export type { ChainCheck, ChainFlaw, Replay } from './receipts/verify.ts'
export type {
  Link,
  Receipt,
  ReceiptAction,
  ReceiptBody,
  ReceiptSummary,
} from './receipts/receipt.ts'
export { environmentSnapshot, redacted } from './receipts/redact.ts'
export { createOperator } from './operator.ts'
export type {
  About,
  Judged,
  Operation,
  Operator,
  OperatorCommand,
  OperatorOptions,
} from './operator.ts'
export { runDailyJob } from './daily/job.ts'
export { dailyFindings } from './daily/findings.ts'
export type { DailyFindings } from './daily/findings.ts'
export type { DailyDecision } from './daily/decide.ts'
export type { DailyOptions } from './daily/options.ts'
export { exitCodeOf } from './daily/outcome.ts'
export type { DailyOutcome } from './daily/outcome.ts'
export {
  ReceiptChainError,
  ReceiptFormError,
  ReceiptNotWrittenError,
  RolloutJournalError,
} from './errors.ts'
export type { PromotionFact, PromotionOwnFact } from './facts.ts'
export { promotionCounters } from './counters.ts'
