/** What a look at all that is stored found. */
export interface VerifyReport {
  /** Whether `problems` is empty. */
  readonly isSound: boolean
  /** Each in a sentence that names the place. */
  readonly problems: readonly string[]
  /** Decisions with a reward that are stored. */
  readonly decisions: number
  readonly sizeBytes: number
}
