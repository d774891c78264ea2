import { Betting, capitalOf, newWager, type Wager } from '../statistics/betting.ts'
import { newSequence, Sequencing, type Sequence } from '../statistics/confidence-sequence.ts'
import { noSums, OffPolicy, type OffPolicySums } from './estimators.ts'
import { numberIn } from './fields.ts'
import type { EvidenceRow } from './row.ts'

/** How the learned policy is compared with the route that answers without it. */
export interface ComparisonSettings {
  /** The route that answers for everyone who is not in the pilot. Default R4. */
  readonly baseline: string
  /** What a reward can be. One outside counts as missing. Default 0 to 1. */
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
  /** Bets that the policy is better than the baseline less the margin, and that it is worse than that. */
  readonly gain: Wager
  readonly harm: Wager
  readonly difference: Sequence
  /** The weights of the policy on the same decisions. */
  readonly weights: OffPolicySums
  /** Decisions whose outcome is missing; each counts as the worst that it can have been. */
  readonly missing: number
  /** Decisions that lack a probability or the policy's proposal, and are not compared. */
  readonly unusable: number
  /** Decisions with a weight that cannot be: then the recorded probabilities are wrong, and nothing follows from them. */
  readonly impossible: number
}

export const nothingCompared: Compared = {
  gain: newWager,
  harm: newWager,
  difference: newSequence,
  weights: noSums,
  missing: 0,
  unusable: 0,
  impossible: 0,
}

/** The first and last stage between 0 and 100 bound the weights of a split: 1 ÷ .10. */
const MOST_OF_ALL_STAGES = 10
const ROUNDING = 1e-6
/** Half of the range: the guess for a route without an estimate. */
const NO_GUESS = 0.5

/**
 * Compares decision by decision: ψ = Σ (π_new − π_base) q̂ + (w_new − w_base)(r − q̂), of which the mean is the difference of
 * the two policies whatever the estimates q̂ are, and which is zero wherever both agree. Rewards are scaled to 0..1.
 */
export class Comparison {
  readonly #settings: ComparisonSettings
  readonly #gain: Betting
  readonly #harm: Betting
  readonly #difference: Sequencing
  readonly #weights: OffPolicy
  #missing: number
  #unusable: number
  #impossible: number

  /** @param alpha the chance to be wrong of the confidence sequence. */
  constructor(settings: ComparisonSettings, alpha: number, compared: Compared = nothingCompared) {
    this.#settings = settings
    const most = (1 + (settings.weightBound ?? MOST_OF_ALL_STAGES)) * (1 + ROUNDING)
    this.#gain = new Betting(compared.gain)
    this.#harm = new Betting(compared.harm)
    this.#difference = new Sequencing({ least: -most, most }, alpha, compared.difference)
    this.#weights = new OffPolicy(compared.weights)
    this.#missing = compared.missing
    this.#unusable = compared.unusable
    this.#impossible = compared.impossible
  }

  add(row: EvidenceRow): void {
    const { p, route, probabilities } = row
    const bound = this.#boundOf(row)
    if (bound === null) return
    if (p === null || route === null || probabilities === undefined) {
      this.#unusable += 1
      return
    }
    const wNew = (numberIn(probabilities, route) ?? 0) / p
    const wBase = route === this.#settings.baseline ? 1 / p : 0
    if (Math.max(wNew, wBase) > bound * (1 + ROUNDING)) this.#impossible += 1
    else this.#compare(row, { route, probabilities, wNew, wBase, bound: bound * (1 + ROUNDING) })
  }

  compared(): Compared {
    return {
      gain: this.#gain.wager(),
      harm: this.#harm.wager(),
      difference: this.#difference.sequence(),
      weights: this.#weights.sums(),
      missing: this.#missing,
      unusable: this.#unusable,
      impossible: this.#impossible,
    }
  }

  /** The confidence sequence of the difference, in units of reward. */
  interval(): { readonly lower: number; readonly upper: number } {
    const { lower, upper } = this.#difference.interval()
    const span = this.#settings.rewardMost - this.#settings.rewardLeast
    return { lower: lower * span, upper: upper * span }
  }

  #compare(row: EvidenceRow, terms: Terms): void {
    const { route, wNew, wBase, bound } = terms
    const span = this.#settings.rewardMost - this.#settings.rewardLeast
    const direct = this.#direct(row, terms)
    const guess = this.#guess(row, route)
    const psi = (reward: number): number => direct + (wNew - wBase) * (reward - guess)
    const margin = this.#settings.margin / span
    const reward = this.#scaled(row.reward)
    // Without an outcome each test hears the worst for what it wants to prove.
    const [worst, best] = wNew >= wBase ? [0, 1] : [1, 0]
    this.#gain.observe(psi(reward ?? worst) + margin, 1 + bound)
    this.#harm.observe(-psi(reward ?? best) - margin, 1 + bound + margin)
    if (reward === null) {
      this.#missing += 1
      return
    }
    this.#difference.observe(psi(reward))
    this.#weights.add({ weight: wNew, reward })
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
  readonly bound: number
}

/** The capital of both bets: 20 is proof at level .05. */
export function capitalsOf({ gain, harm }: Compared): {
  readonly gain: number
  readonly harm: number
} {
  return { gain: capitalOf(gain), harm: capitalOf(harm) }
}
