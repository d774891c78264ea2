/**
 * An interval for a mean that holds at all times at once: the chance that it ever leaves the true mean outside is at most
 * α, however often it is drawn. The observations are bounded; their order matters.
 *
 * Source: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024, Theorem 2: the empirical-Bernstein
 * confidence sequence with predictable plug-in.
 */
export interface Sequence {
  readonly observations: number
  /** Σx and Σ(x − mean before x)², for the predictable mean and variance; x is scaled to 0..1. */
  readonly sum: number
  readonly squares: number
  /** Σλ, Σλx, and Σ 4 (x − mean before x)² ψ(λ). */
  readonly stakes: number
  readonly staked: number
  readonly spread: number
}

export const newSequence: Sequence = {
  observations: 0,
  sum: 0,
  squares: 0,
  stakes: 0,
  staked: 0,
  spread: 0,
}

/** The range of the observations; the same for all of one sequence. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** Takes observations in, one by one. */
export class Sequencing {
  readonly #range: Range
  readonly #level: number
  #state: { -readonly [K in keyof Sequence]: number }

  /** @param alpha the chance to be wrong, shared between the two sides. */
  constructor(range: Range, alpha: number, sequence: Sequence = newSequence) {
    this.#range = range
    this.#level = Math.log(2 / alpha)
    this.#state = { ...sequence }
  }

  /** @throws {RangeError} for an observation out of range. */
  observe(observation: number): void {
    const { least, most } = this.#range
    if (!(observation >= least && observation <= most)) {
      throw new RangeError(`observation must be from ${least} to ${most}, got ${observation}`)
    }
    const state = this.#state
    const x = (observation - least) / (most - least)
    const t = state.observations + 1
    // Both are known before x: half a success in one trial, a variance of a quarter, and what came so far.
    const meanBefore = (0.5 + state.sum) / t
    const varianceBefore = (0.25 + state.squares) / t
    const stake = Math.min(
      0.5,
      Math.sqrt((2 * this.#level) / (varianceBefore * t * Math.log(1 + t))),
    )
    state.observations = t
    state.sum += x
    const meanAfter = (0.5 + state.sum) / (t + 1)
    state.squares += (x - meanAfter) ** 2
    state.stakes += stake
    state.staked += stake * x
    state.spread += (x - meanBefore) ** 2 * (-Math.log(1 - stake) - stake)
  }

  sequence(): Sequence {
    return { ...this.#state }
  }

  /** The interval now; the whole range before the first observation. */
  interval(): { readonly lower: number; readonly upper: number } {
    const { least, most } = this.#range
    const { observations, stakes, staked, spread } = this.#state
    if (observations === 0) return { lower: least, upper: most }
    const centre = staked / stakes
    const half = (this.#level + spread) / stakes
    const scaled = (x: number): number => least + Math.min(1, Math.max(0, x)) * (most - least)
    return { lower: scaled(centre - half), upper: scaled(centre + half) }
  }
}
