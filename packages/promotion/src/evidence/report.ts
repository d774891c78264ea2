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
  /** What the learned policy would earn if it answered for everyone, by the decisions of this window that have an outcome. */
  readonly policy_value: PolicyEstimate
  readonly quality: QualityEvidence
}

/** What all reports of the rollout together say of policy and baseline. */
export interface QualityEvidence {
  readonly baseline: string
  readonly margin: number
  readonly since: string
  /** Reports so far with something new, this one included: the chance to be wrong is shared out among them. */
  readonly looks: number
  readonly compared: number
  /** Of them without a reward, and with one outside of `reward_range`; both count as the worst for whatever they would prove. */
  readonly missing: number
  readonly out_of_range: number
  readonly reward_range: { readonly least: number; readonly most: number }
  readonly unusable: number
  readonly impossible: number
  /** As many subjects of equal weight would be on the smaller of the two sides. */
  readonly subjects: number
  /** The chance of such evidence of a policy that is no better than the baseline less the margin, and of one that is no worse: of this look alone. */
  readonly gain_p: number
  readonly harm_p: number
  /** The same by the decisions of the window alone, which tells what has turned bad since. */
  readonly window: {
    readonly compared: number
    readonly subjects: number
    readonly harm_p: number
  }
  /**
   * Policy less baseline in units of reward, in all reports of the rollout at once with the given confidence, whatever the missing outcomes
   * were; null before there are two subjects on either side.
   */
  readonly confidence_sequence: {
    readonly lower: number
    readonly upper: number
    readonly confidence: number
  } | null
  /** Of the decisions with an outcome. */
  readonly weights: WeightCheck
  /** Live decisions of the rollout with a known outcome, and the rollbacks among them. */
  readonly exposed: number
  readonly rollbacks: number
  /** Slope of the medians of TRI Δ, per day; null for fewer than two. */
  readonly tri_trend: number | null
}
