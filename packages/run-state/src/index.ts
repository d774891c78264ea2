/** Where a run stands: what was done, what failed, what is next, whoever was interrupted. */
export {
  getIncrementalStartRun,
  readState,
  updateAttemptedRunState,
  updateContiguousRunState,
  writeState,
} from './state.ts'
export type {
  IncrementalStart,
  MarkUpdate,
  ReplacedState,
  RunStateMissing,
  RunStateOk,
  RunStateRead,
} from './state.ts'
export type { RunState } from './state-file.ts'
export { parseRunRecordsFromFile } from './run-records.ts'
export type { RunRecords } from './run-records.ts'
export type { RunLineProblem, RunLineProblemKind } from './run-lines.ts'
export { appendToFailureLog, writeFailureLog } from './failure-log.ts'
export type { FailureLogWritten } from './failure-log.ts'
export { openRunTracker } from './tracker.ts'
export type { RunTracker } from './tracker.ts'
export type { RunStanding, RunTrackerOptions } from './tracker-options.ts'
export type { RunMarks, RunResult } from './progress.ts'
export type { RunFailure } from './failures.ts'
export { planRetries } from './retry-plan.ts'
export type { RetryPlan, RetryPolicy } from './retry-plan.ts'
export { recoverRunState } from './recover.ts'
export type { RecoveredState, RecoverOptions } from './recover.ts'
export { RunSet } from './run-set.ts'
export type { RunRange } from './run-set.ts'
export { stageFiles } from './stage-files.ts'
export type { RunStage } from './stage-files.ts'
export {
  RunFileError,
  RunStateCorruptError,
  RunStateNotRecordedError,
  RunStateVersionError,
  RunTrackerRefusedError,
} from './errors.ts'
export type { CorruptState, RunFileCode, RunTrackerRefusedCode } from './errors.ts'
export type { RunFileOptions } from './options.ts'
export type { RunStateFact, RunStateOwnFact } from './facts.ts'
export { runStateCounters } from './counters.ts'
