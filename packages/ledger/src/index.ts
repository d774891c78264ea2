/** What was decided and what came of it: append-only lines that can be proven whole. */
export { openLedger } from './ledger.ts'
export type { Ledger } from './ledger.ts'
export type { DecisionLine, LedgerLine, OutcomeLine, Rewards } from './line.ts'
export { findInLedger, findInSeedLedger } from './find.ts'
export type { FindOptions, FoundDecision } from './find.ts'
export { readLedger, readSeedLedger, readStats } from './read.ts'
export type { LedgerReading } from './read.ts'
export type { Fields, LedgerRow, OutcomeOf } from './row.ts'
export type { ReadStats } from './tally.ts'
export type {
  ArchiveLedgerOptions,
  LedgerOptions,
  ReadFields,
  ReadLedgerOptions,
  Reject,
  RejectKind,
} from './options.ts'
export { verifyLedger } from './verify.ts'
export type { SegmentReport, VerifyReport } from './verify.ts'
export type { ChainProblem, ChainProblemKind } from './walk.ts'
export { archiveLedger } from './archive.ts'
export type { Archived } from './archive.ts'
export { timestampMs } from './timestamp.ts'
export {
  LedgerArchiveError,
  LedgerClosedError,
  LedgerFullError,
  LedgerLineError,
  LedgerReadError,
  LedgerTamperedError,
  LedgerWriteError,
} from './errors.ts'
export type { LedgerFact } from './facts.ts'
export { ledgerCounters } from './counters.ts'
