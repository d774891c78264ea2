/** One logged decision, seen from a policy that is to be judged by it. */
export interface Weighed {
  /** Probability of the executed route under the judged policy ÷ under the one that ran. ≥ 0. */
  readonly weight: number
  readonly reward: number
  /** Mean of the estimates under the judged policy. Default 0. */
  readonly direct?: number
  /** The estimate for the executed route. Default 0. */
  readonly estimate?: number
}

/** When an estimate is not worth having. */
export interface WeightLimits {
  /** Least effective sample size. Default 500. */
  readonly leastEss: number
  /** Least effective sample size as a share of the rows. Default .05. */
  readonly leastEssShare: number
  /** Default 50. */
  readonly mostWeight: number
  /** How far the mean weight may be from 1. Default .05. */
  readonly mostMeanWeightError: number
}

export const WEIGHT_LIMITS: WeightLimits = {
  leastEss: 500,
  leastEssShare: 0.05,
  mostWeight: 50,
  mostMeanWeightError: 0.05,
}

/** How well the weights bear an estimate. Numbers are null without rows. */
export interface WeightCheck {
  /** Decisions with a probability, a policy and a known reward; the others are left out. */
  readonly n: number
  /** (Σw)² ÷ Σw²: as many rows of equal weight would be as precise. */
  readonly ess: number | null
  readonly max_weight: number | null
  readonly mean_weight: number | null
  readonly mean_weight_se: number | null
  /** Why no estimate is given; empty when it is. */
  readonly reasons: readonly string[]
}

/** What a policy is worth a decision, of decisions with an outcome, in units of reward, each with its standard error, which is null for one row. */
export interface PolicyValue {
  readonly ips: number
  readonly ips_se: number | null
  readonly snips: number
  readonly snips_se: number | null
  readonly dr: number
  readonly dr_se: number | null
}

/** What `OffPolicy` keeps of the rows: counts and sums. Plain data, to go on another day. */
export interface OffPolicySums {
  readonly n: number
  readonly weights: number
  readonly weightSquares: number
  readonly mostWeight: number
  readonly earned: number
  readonly weightedEarned: number
  readonly earnedSquares: number
  readonly robust: number
  readonly robustSquares: number
}

export const noSums: OffPolicySums = {
  n: 0,
  weights: 0,
  weightSquares: 0,
  mostWeight: 0,
  earned: 0,
  weightedEarned: 0,
  earnedSquares: 0,
  robust: 0,
  robustSquares: 0,
}

/** The sums of two sets of rows that have none in common. */
export function bothSums(one: OffPolicySums, other: OffPolicySums): OffPolicySums {
  return {
    n: one.n + other.n,
    weights: one.weights + other.weights,
    weightSquares: one.weightSquares + other.weightSquares,
    mostWeight: Math.max(one.mostWeight, other.mostWeight),
    earned: one.earned + other.earned,
    weightedEarned: one.weightedEarned + other.weightedEarned,
    earnedSquares: one.earnedSquares + other.earnedSquares,
    robust: one.robust + other.robust,
    robustSquares: one.robustSquares + other.robustSquares,
  }
}

export type PolicyEstimate = WeightCheck &
  (({ readonly kind: 'given' } & { readonly value: PolicyValue }) | { readonly kind: 'refused' })

/**
 * Estimates what a policy would have earned, from decisions that another one made. Constant memory.
 *
 * Sources: Horvitz and Thompson 1952 (IPS); Swaminathan and Joachims, NIPS 2015 (SNIPS); Dudík, Langford and Li, ICML 2011 (doubly
 * robust); Kish 1965 (effective sample size).
 */
export class OffPolicy {
  readonly #sums: { -readonly [K in keyof OffPolicySums]: number }

  constructor(sums: OffPolicySums = noSums) {
    this.#sums = { ...sums }
  }

  /** @throws {RangeError} for a weight that is negative, or a number that is none. */
  add({ weight, reward, direct = 0, estimate = 0 }: Weighed): void {
    const robust = direct + weight * (reward - estimate)
    if (!(weight >= 0) || !Number.isFinite(robust)) {
      throw new RangeError(
        `weight must be ≥ 0 and all finite, got weight ${weight}, reward ${reward}`,
      )
    }
    const sums = this.#sums
    sums.n += 1
    sums.weights += weight
    sums.weightSquares += weight * weight
    sums.mostWeight = Math.max(sums.mostWeight, weight)
    sums.earned += weight * reward
    sums.weightedEarned += weight * weight * reward
    sums.earnedSquares += (weight * reward) ** 2
    sums.robust += robust
    sums.robustSquares += robust * robust
  }

  sums(): OffPolicySums {
    return { ...this.#sums }
  }
}

/** The estimate, or why there is none to be trusted. */
export function estimateOf(
  sums: OffPolicySums,
  limits: WeightLimits = WEIGHT_LIMITS,
): PolicyEstimate {
  const check = weightCheck(sums, limits)
  return check.reasons.length === 0
    ? { kind: 'given', ...check, value: valueOf(sums) }
    : { kind: 'refused', ...check }
}

/**
 * Whether the weights bear an estimate.
 * @param meanError the standard error of the mean weight, where rows are not independent: then three of it are no objection.
 */
export function weightCheck(
  sums: OffPolicySums,
  limits: WeightLimits,
  meanError: number | null = null,
): WeightCheck {
  const { n, weights, weightSquares, mostWeight } = sums
  if (n === 0) {
    const none = { ess: null, max_weight: null, mean_weight: null, mean_weight_se: null }
    return {
      n,
      ...none,
      reasons: ['no decision has a probability, a policy and a reward that counts'],
    }
  }
  const found = {
    n,
    ess: weightSquares === 0 ? 0 : weights ** 2 / weightSquares,
    max_weight: mostWeight,
    mean_weight: weights / n,
  }
  return {
    ...found,
    mean_weight_se: meanError ?? standardError(n, weights, weightSquares),
    reasons: objections(found, limits, meanError ?? 0),
  }
}

function valueOf(sums: OffPolicySums): PolicyValue {
  const { n, weights, weightSquares, earned, weightedEarned, earnedSquares } = sums
  const snips = earned / weights
  const residual = earnedSquares - 2 * snips * weightedEarned + snips * snips * weightSquares
  return {
    ips: earned / n,
    ips_se: standardError(n, earned, earnedSquares),
    snips,
    snips_se: n < 2 ? null : Math.sqrt(Math.max(0, residual)) / weights,
    dr: sums.robust / n,
    dr_se: standardError(n, sums.robust, sums.robustSquares),
  }
}

interface Found {
  readonly n: number
  readonly ess: number
  readonly max_weight: number
  readonly mean_weight: number
}

function objections(found: Found, limits: WeightLimits, meanError: number): string[] {
  const { n, ess, max_weight, mean_weight } = found
  const { leastEss, leastEssShare, mostWeight, mostMeanWeightError } = limits
  const reasons: string[] = []
  if (ess < leastEss) reasons.push(`effective sample size ${shown(ess)} is below ${leastEss}`)
  if (ess < leastEssShare * n) {
    reasons.push(
      `effective sample size ${shown(ess)} is below ${shown(leastEssShare * 100)} % of ${n} decisions`,
    )
  }
  if (max_weight > mostWeight) {
    reasons.push(`one weight is ${shown(max_weight)}, above ${mostWeight}`)
  }
  if (Math.abs(mean_weight - 1) > Math.max(mostMeanWeightError, 3 * meanError)) {
    reasons.push(
      `the mean weight is ${shown(mean_weight)}, more than ${mostMeanWeightError} away from 1: the recorded probabilities are not those of the decisions, or the policies hardly meet`,
    )
  }
  return reasons
}

function standardError(n: number, sum: number, squares: number): number | null {
  if (n < 2) return null
  const mean = sum / n
  return Math.sqrt(Math.max(0, squares / n - mean * mean) / (n - 1))
}

/** Four digits that mean something. */
function shown(value: number): string {
  return String(Number(value.toPrecision(4)))
}
