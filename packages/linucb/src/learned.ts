import type { Sums } from './sums.ts'

/** What a snapshot of any version says was learned. */
export interface Learned {
  readonly version: '1.0' | '2.0'
  /** Length of every context. */
  readonly dim: number
  /** By id of the arm. */
  readonly arms: ReadonlyMap<string, Sums>
  /** Ids of removed arms. */
  readonly retired: readonly string[]
  /** ms since 1970; null before the first update. */
  readonly lastUpdateAtMs: number | null
}
