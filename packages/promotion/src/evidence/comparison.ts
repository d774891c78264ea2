import { bothBuckets, Buckets, noBuckets, type BucketSums } from './buckets.ts'
import { bothSums, noSums, OffPolicy, type OffPolicySums } from './estimators.ts'
import { numberIn } from './fields.ts'
import type { EvidenceRow } from './row.ts'

/** How the learned policy is compared with the route that answers without it. */
export interface ComparisonSettings {
  /** The route that answers for everyone who is not in the pilot. Default R4. */
  readonly baseline: string
  /** What a reward can be. One outside is taken for a missing one, and counted apart. Default 0 to 1. */
  readonly rewardLeast: number
  readonly rewardMost: number
  /** How much worse than the baseline the policy may be, in units of reward ≥ 0. Default 0. */
  readonly margin: number
  /**
   * The highest weight that a decision can have, under both policies, > 0. Null, for a split by subjects: at share s,
   * max(1/s, 1/(1 − s)), and decisions of which everyone's or nobody's were live tell nothing. Default null.
   */
  readonly weightBound: number | null
}

export const COMPARISON: ComparisonSettings = {
  baseline: 'R4',
  rewardLeast: 0,
  rewardMost: 1,
  margin: 0,
  weightBound: null,
}

/** What was learned of the difference so far; plain data, to go on another day. */
export interface Compared {
  readonly decisions: number
  readonly buckets: BucketSums
  /** The weights of the policy on those of them whose outcome is known. */
  readonly weights: OffPolicySums
  /** Decisions without a reward; each counts as the worst that it can have been for whatever it would prove. */
  readonly missing: number
  /** Decisions with a reward that is not from `rewardLeast` to `rewardMost`; they count like missing ones. */
  readonly outOfRange: number
  /** Decisions that lack a probability or the policy's proposal, and are not compared. */
  readonly unusable: number
  /** Decisions with a weight that cannot be: then the recorded probabilities are wrong, and nothing follows from them. */
  readonly impossible: number
}

export const nothingCompared: Compared = {
  decisions: 0,
  buckets: noBuckets,
  weights: noSums,
  missing: 0,
  outOfRange: 0,
  unusable: 0,
  impossible: 0,
}

/** What was learned of two sets of decisions that have none in common. */
export function bothCompared(one: Compared, other: Compared): Compared {
  return {
    decisions: one.decisions + other.decisions,
    buckets: bothBuckets(one.buckets, other.buckets),
    weights: bothSums(one.weights, other.weights),
    missing: one.missing + other.missing,
    outOfRange: one.outOfRange + other.outOfRange,
    unusable: one.unusable + other.unusable,
    impossible: one.impossible + other.impossible,
  }
}

const ROUNDING = 1e-6
/** Half of the range: the guess for a route without an estimate. */
const NO_GUESS = 0.5

/**
 * Compares decision by decision: ψ = Σ (π_new − π_base) q̂ + (w_new − w_base)(r − q̂), of which the mean is the difference of
 * the two policies whatever the estimates q̂ are, and which is zero wherever both agree. Rewards are scaled to 0..1.
 */
export class Comparison {
  readonly #settings: ComparisonSettings
  readonly #buckets: Buckets
  readonly #weights: OffPolicy
  readonly #counts: { decisions: number } & Record<
    'missing' | 'outOfRange' | 'unusable' | 'impossible',
    number
  >

  constructor(settings: ComparisonSettings, compared: Compared = nothingCompared) {
    const { decisions, missing, outOfRange, unusable, impossible } = compared
    this.#settings = settings
    this.#buckets = new Buckets(compared.buckets)
    this.#weights = new OffPolicy(compared.weights)
    this.#counts = { decisions, missing, outOfRange, unusable, impossible }
  }

  add(row: EvidenceRow): void {
    const { p, route, probabilities } = row
    const bound = this.#boundOf(row)
    if (bound === null) return
    if (p === null || route === null || probabilities === undefined) {
      this.#counts.unusable += 1
      return
    }
    const wNew = (numberIn(probabilities, route) ?? 0) / p
    const wBase = route === this.#settings.baseline ? 1 / p : 0
    if (Math.max(wNew, wBase) > bound * (1 + ROUNDING)) this.#counts.impossible += 1
    else this.#compare(row, { route, probabilities, wNew, wBase })
  }

  compared(): Compared {
    return {
      ...this.#counts,
      buckets: this.#buckets.sums(),
      weights: this.#weights.sums(),
    }
  }

  #compare(row: EvidenceRow, terms: Terms): void {
    const { route, wNew, wBase } = terms
    const direct = this.#direct(row, terms)
    const guess = this.#guess(row, route)
    const pull = wNew - wBase
    const psi = (reward: number): number => direct + pull * (reward - guess)
    const reward = this.#scaled(row.reward)
    // Without an outcome each test hears the worst for what it wants to prove.
    const [worst, best] = pull >= 0 ? [0, 1] : [1, 0]
    this.#counts.decisions += 1
    this.#buckets.add(row.subject ?? row.id, {
      worst: psi(reward ?? worst),
      best: psi(reward ?? best),
      pull,
      weight: wNew,
      lever: this.#lever(row, terms),
      rest: reward === null ? null : reward - guess,
    })
    if (reward !== null) this.#weights.add({ weight: wNew, reward })
    else if (row.reward === null) this.#counts.missing += 1
    else this.#counts.outOfRange += 1
  }

  /** The most a weight of such a row can be; null when the row tells nothing of the difference. */
  #boundOf({ stage }: EvidenceRow): number | null {
    const { weightBound } = this.#settings
    if (weightBound !== null) return weightBound
    // The share that a live decision names is no help: those that were not live name none, and one side alone compares nothing.
    if (stage === null || stage < 10 || stage > 90) return null
    const share = stage / 100
    return Math.max(1 / share, 1 / (1 - share))
  }

  /** The standard deviation that the side of the subject gives to w_new − w_base. */
  #lever({ stage }: EvidenceRow, { probabilities }: Terms): number {
    const { weightBound, baseline } = this.#settings
    if (weightBound !== null || stage === null) return 0
    const share = stage / 100
    const byPolicy = numberIn(probabilities, baseline) ?? 0
    return ((1 - byPolicy) * Math.sqrt((1 - share) / share)) / (share * byPolicy + 1 - share)
  }

  #direct(row: EvidenceRow, { probabilities }: Terms): number {
    if (row.estimates === undefined) return 0
    let sum = -this.#guess(row, this.#settings.baseline)
    for (const [route, share] of Object.entries(probabilities))
      sum += share * this.#guess(row, route)
    return Math.min(1, Math.max(-1, sum))
  }

  #guess({ estimates = {} }: EvidenceRow, route: string): number {
    const estimate = numberIn(estimates, route)
    if (estimate === undefined) return NO_GUESS
    const { rewardLeast, rewardMost } = this.#settings
    return Math.min(1, Math.max(0, (estimate - rewardLeast) / (rewardMost - rewardLeast)))
  }

  #scaled(reward: number | null): number | null {
    if (reward === null) return null
    const { rewardLeast, rewardMost } = this.#settings
    const scaled = (reward - rewardLeast) / (rewardMost - rewardLeast)
    return scaled >= 0 && scaled <= 1 ? scaled : null
  }
}

interface Terms {
  readonly route: string
  readonly probabilities: Readonly<Record<string, number>>
  readonly wNew: number
  readonly wBase: number
}
