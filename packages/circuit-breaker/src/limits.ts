import { WEIGHT_UNIT } from './kinds.ts'
import type { Sums } from './window.ts'

/** When calls that were looked at are too bad. */
export interface Limits {
  /** Below this many, nothing is decided. Integer ≥ 1. */
  readonly minimumCalls: number
  /** Over 0, to 1. */
  readonly failureRatio: number
  /** Over 0, to 1. */
  readonly slowRatio: number
  /** Whether the calls are a row: then `minimumCalls` failures, or slow calls, are too many, and there are no ratios. */
  readonly isRow: boolean
}

/** What is too much: failures or slow calls, as a share of the calls, in a row, or as a share of the probes. */
export type Crossing =
  | 'failure-ratio'
  | 'slow-ratio'
  | 'consecutive-failures'
  | 'consecutive-slow'
  | 'probes-failed'
  | 'probes-slow'

/** Which limit is reached; null: none, or too few calls. */
export function crossing(sums: Sums, limits: Limits): Crossing | null {
  const { calls, failures, slow } = sums
  // Most calls are good: then there is nothing to divide.
  if (failures === 0 && slow === 0) return null
  const { minimumCalls, failureRatio, slowRatio, isRow } = limits
  if (isRow) {
    if (failures >= minimumCalls * WEIGHT_UNIT) return 'consecutive-failures'
    return slow >= minimumCalls * WEIGHT_UNIT ? 'consecutive-slow' : null
  }
  if (calls < minimumCalls) return null
  // Both sides are whole numbers, so a share of 3 in 10 is exactly the 0.3 that was written.
  if (failures / (calls * WEIGHT_UNIT) >= failureRatio) return 'failure-ratio'
  return slow / (calls * WEIGHT_UNIT) >= slowRatio ? 'slow-ratio' : null
}

/** Shares of failures and of slow calls, 0 to 1; null while there are too few calls. */
export interface Ratios {
  readonly failureRatio: number | null
  readonly slowRatio: number | null
}

export function ratios({ calls, failures, slow }: Sums, { minimumCalls, isRow }: Limits): Ratios {
  const whole = (isRow ? minimumCalls : calls) * WEIGHT_UNIT
  const isKnown = isRow ? Math.max(failures, slow) >= whole : calls >= minimumCalls
  if (!isKnown) return { failureRatio: null, slowRatio: null }
  return { failureRatio: Math.min(1, failures / whole), slowRatio: Math.min(1, slow / whole) }
}
