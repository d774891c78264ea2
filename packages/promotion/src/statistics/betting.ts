/**
 * Evidence that grows by betting. Someone doubts that a mean is above zero; whoever believes it bets on each
 * observation, at odds that are fair if the doubter is right. If the doubter is right, the capital reaches 20 with a chance of at most 1/20, however
 * often one looks and whenever one stops. So capital ≥ 1/α is a test of level α that may be looked at every day.
 *
 * Ten players bet each its own fixed stake, and their mean is the capital: nothing has to be tuned to the data, the order of the observations does
 * not matter, and the right stake costs at most the factor ten.
 *
 * Source: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024; the mixture over stakes is
 * Robbins' method.
 */
export interface Wager {
  readonly observations: number
  /** ln of each player's capital; the players are those of `STAKES`, in their order. */
  readonly logCapitals: readonly number[]
}

/** What each player bets on each observation, unless the lower bound of the observations forbids so much. */
export const STAKES: readonly number[] = Array.from({ length: 10 }, (_, i) => 2 ** -(i + 1))

/** Of the largest stake that cannot lose everything, how much is bet at most: one bad observation halves the capital. */
const MOST_OF_THE_ALLOWED = 0.5

/** Nobody has bet yet: everyone's capital is 1. */
export const newWager: Wager = { observations: 0, logCapitals: STAKES.map(() => 0) }

/** Takes observations in, one by one. */
export class Betting {
  #observations: number
  readonly #logs: Float64Array
  /** Products since the last logarithm: a multiplication is a tenth of the cost of a logarithm. */
  readonly #products: Float64Array = new Float64Array(STAKES.length).fill(1)
  readonly #stakes = Float64Array.from(STAKES)

  constructor(wager: Wager = newWager) {
    if (wager.logCapitals.length !== STAKES.length) {
      throw new RangeError(
        `logCapitals must be ${STAKES.length} numbers, got ${wager.logCapitals.length}`,
      )
    }
    this.#observations = wager.observations
    this.#logs = Float64Array.from(wager.logCapitals)
  }

  /**
   * Bets that the mean of such observations is above zero.
   * @param observation ≥ −`mostLoss`; it may be as large as it likes.
   * @param mostLoss    how far below zero an observation can be, > 0, known before it was made.
   * @throws {RangeError} for an observation below that: the odds would not have been fair.
   */
  observe(observation: number, mostLoss: number): void {
    if (!(observation >= -mostLoss && observation < Infinity)) {
      throw new RangeError(`observation must be finite and ≥ ${-mostLoss}, got ${observation}`)
    }
    this.#observations += 1
    if (observation === 0) return
    const most = MOST_OF_THE_ALLOWED / mostLoss
    const [products, stakes] = [this.#products, this.#stakes]
    for (let i = 0; i < stakes.length; i += 1) {
      const product = (products[i] ?? 1) * (1 + Math.min(stakes[i] ?? 0, most) * observation)
      products[i] = product
      if (product > 1e100 || product < 1e-100) this.#settle(i)
    }
  }

  wager(): Wager {
    for (let i = 0; i < this.#logs.length; i += 1) this.#settle(i)
    return { observations: this.#observations, logCapitals: [...this.#logs] }
  }

  #settle(i: number): void {
    this.#logs[i] = (this.#logs[i] ?? 0) + Math.log(this.#products[i] ?? 1)
    this.#products[i] = 1
  }
}

/** The capital: the evidence against the doubter. 1 at first; 20 is proof at level .05. At most 1e300. */
export function capitalOf({ logCapitals }: Wager): number {
  const most = Math.max(...logCapitals)
  const sum = logCapitals.reduce((total, log) => total + Math.exp(log - most), 0)
  return Math.min(1e300, Math.exp(most + Math.log(sum / logCapitals.length)))
}
