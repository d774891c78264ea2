/** What a ledger tells. `directory` and `path` are as the caller gave them. */
export type LedgerFact =
  /** Lines are on disk. */
  | {
      readonly kind: 'ledger.written'
      readonly directory: string
      readonly lines: number
      readonly sizeBytes: number
      readonly tookMs: number
    }
  /** Lines could not be written, and are given up: those who wait for theirs were told. */
  | {
      readonly kind: 'ledger.write-failed'
      readonly directory: string
      readonly lines: number
      readonly error: unknown
    }
  /** Lines that nobody waits for were not taken, because too much waits already. */
  | { readonly kind: 'ledger.dropped'; readonly directory: string; readonly lines: number }
  /** A segment was sealed under its writer, which writes the batch at hand once more, to another. */
  | {
      readonly kind: 'ledger.segment-taken'
      readonly directory: string
      readonly segment: string
      readonly lines: number
    }
  /** A segment's head could not be written, or its file not be sealed; its lines are safe. */
  | { readonly kind: 'ledger.head-failed'; readonly segment: string; readonly error: unknown }
  /** A reading has come to its end. */
  | {
      readonly kind: 'ledger.read'
      readonly path: string
      readonly rows: number
      readonly lines: number
      readonly rejected: number
      readonly tookMs: number
    }
  | {
      readonly kind: 'ledger.archived'
      readonly directory: string
      readonly segments: number
      /** Of torn tails, which are not archived. */
      readonly cutBytes: number
      readonly pruned: number
    }
  /** A month so far after all others that a clock may be ahead: nothing is removed because of it. A dry run tells it, too. */
  | { readonly kind: 'ledger.month-doubted'; readonly directory: string; readonly month: string }
