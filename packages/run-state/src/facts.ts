import type { SharedJsonFact } from '@holdfast/shared-json'

/** All that `observe` hears: what this package tells, and what the lock and the file tell on the way. */
export type RunStateFact = RunStateOwnFact | SharedJsonFact

/** What this package itself tells. `path` is as the caller gave it. */
export type RunStateOwnFact =
  /** Results are in the file, all with one write. */
  | {
      readonly kind: 'run-state.recorded'
      readonly path: string
      readonly results: number
      /** How many of them were failures. */
      readonly failed: number
      /** Failed runs that someone wants tried anew; not among the results. */
      readonly retried: number
      readonly contiguous: number
      readonly attempted: number
      /** Failures there are now. */
      readonly failures: number
      readonly tookMs: number
    }
  /** Results could not be written. They wait. */
  | {
      readonly kind: 'run-state.record-failed'
      readonly path: string
      readonly code: string
      readonly waiting: number
    }
  /** A file that knew only the two marks, or none, became one of a tracker, with so many failures of the log. */
  | {
      readonly kind: 'run-state.adopted'
      readonly path: string
      readonly contiguous: number
      readonly attempted: number
      readonly failures: number
    }
  /** The state was made anew from listings. */
  | {
      readonly kind: 'run-state.recovered'
      readonly path: string
      readonly contiguous: number
      readonly attempted: number
      readonly failures: number
    }
  /** A bad file is about to be replaced; it stays under another name. */
  | {
      readonly kind: 'run-state.kept-aside'
      readonly path: string
      readonly keptAt: string
      readonly reason: string
    }
  /** The results are in the state file, but the failure log could not be written. It is tried again with the next results. */
  | {
      readonly kind: 'run-state.log-behind'
      readonly path: string
      readonly code: string
    }
