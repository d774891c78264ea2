import type { PolicyEstimate, WeightCheck } from './estimators.ts'
import type { RouteRow } from './routes.ts'

/**
 * What a window of decisions amounts to. The names are those of the files the operators know; rates have four decimals, and the counts that they
 * come from stand beside them.
 */
export interface DailyReport {
  readonly version: 1
  readonly window_minutes: number
  /** ISO 8601, UTC; `to` is just outside. */
  readonly window: { readonly from: string; readonly to: string }
  readonly generated_at: string
  readonly decisions: number
  readonly live_decisions: number
  /** Live decisions ÷ decisions; null without decisions. */
  readonly live_rate: number | null
  /** Live decisions that took the route which the policy thought best, and their share; null without live decisions. */
  readonly agreeing: number
  readonly rsi: number | null
  /** Of all decisions, and of live ones. */
  readonly rollbacks: number
  readonly live_rollbacks: number
  /** Rollbacks · 1000 ÷ live decisions; null when not one live decision's outcome is known. */
  readonly rollbacks_per_1k: number | null
  readonly tri_median: number | null
  readonly tri: {
    readonly count: number
    readonly negative: number
    readonly zero: number
    readonly positive: number
  }
  readonly missing_outcomes: {
    /** Decisions without a reward. */
    readonly reward: number
    /** Live decisions of which it is not known whether they were rolled back. */
    readonly deployment: number
    /** Live decisions without a TRI Δ. */
    readonly tri: number
  }
  /** Rows that were not counted, by reason. */
  readonly rejected: {
    readonly undated: number
    readonly outside: number
    readonly malformed: number
  }
  readonly fast_cap: {
    readonly cap: number
    /** Decisions under an anomaly. */
    readonly anomalous: number
    /** Those that gave the fast route more than the cap, and those of which it is not known. */
    readonly breaches: number
    readonly unknown: number
    readonly highest: number | null
  }
  readonly stage_split: {
    readonly subjects: number
    readonly live: number
    readonly expected: number
    readonly variance: number
  }
  readonly routes: readonly RouteRow[]
  /** What the learned policy would earn if it answered for everyone, by the decisions of this window. */
  readonly policy_value: PolicyEstimate
  readonly quality: QualityEvidence
}

/** What all reports of the rollout together say of policy and baseline. */
export interface QualityEvidence {
  readonly baseline: string
  readonly margin: number
  readonly since: string
  readonly compared: number
  readonly missing: number
  readonly unusable: number
  readonly impossible: number
  /** Evidence that the policy is better than the baseline less the margin, and that it is worse than that: 20 is proof at level .05. */
  readonly e_value: number
  readonly harm_e_value: number
  /** Policy less baseline in units of reward, at all times at once with the given confidence; null before the first decision. */
  readonly confidence_sequence: {
    readonly lower: number
    readonly upper: number
    readonly confidence: number
  } | null
  readonly weights: WeightCheck
  /** Live decisions of the rollout with a known outcome, and the rollbacks among them. */
  readonly exposed: number
  readonly rollbacks: number
  /** Slope of the medians of TRI Δ, per day; null for fewer than two. */
  readonly tri_trend: number | null
}
