import { addObservation, emptySums, type LinUCB, type Prior, type Sums } from '@holdfast/linucb'

/**
 * Takes in a lesson.
 * @param hour when it was learned; a whole number that never falls.
 */
export type Learn = (arm: string, context: Float64Array, reward: number, hour: number) => void

/**
 * Teaches a bandit so that older lessons count less: with each new hour, all that is known counts
 * 2^(−1 / half-life) of what it did. The prior fades with the lessons. One that stayed whole would have the
 * last word as soon as the lessons against it fade, and bring back a route that failed.
 *
 * Source: Russac, Vernade and Cappé, "Weighted Linear Bandits for Non-Stationary Environments", NeurIPS 2019,
 * which discounts at every step; here at every hour.
 * @param bandit        has learned nothing, and was told of no prior.
 * @param halfLifeHours > 0.
 */
export function fading(bandit: LinUCB, prior: Prior | undefined, halfLifeHours: number): Learn {
  const known = new Map(bandit.arms.map((arm) => [arm, priorSums(prior, arm, bandit.dim)]))
  const adoptAll = (): void => {
    for (const [arm, sums] of known) bandit.adopt(arm, sums)
  }
  let newest = -Infinity
  adoptAll()
  return (arm, context, reward, hour) => {
    if (hour > newest) {
      const weight = newest === -Infinity ? 1 : 2 ** ((newest - hour) / halfLifeHours)
      for (const sums of known.values()) fade(sums, weight)
      adoptAll()
      newest = hour
    }
    const sums = known.get(arm)
    if (sums !== undefined) addObservation(sums, context, reward)
    bandit.learn(arm, context, reward)
  }
}

/** What a prior would be, had it been learned. */
function priorSums(prior: Prior | undefined, arm: string, dim: number): Sums {
  const known = prior?.arms[arm]
  if (known === undefined) return emptySums(dim)
  const { a, b, count } = known
  return { a: Float64Array.from(a), b: Float64Array.from(b), pulls: count, rewardSum: 0 }
}

function fade(sums: Sums, weight: number): void {
  for (let i = 0; i < sums.a.length; i += 1) sums.a[i]! *= weight
  for (let i = 0; i < sums.b.length; i += 1) sums.b[i]! *= weight
}
