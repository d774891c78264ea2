import { packedLength } from './kernel.ts'

/**
 * What an arm has seen, as plain sums. Adding is all that ever happens to them, so sums of several
 * processes can themselves be added, in any order.
 */
export interface Sums {
  /** Σ x·xᵀ, upper triangle row by row, d(d+1)/2 numbers. */
  readonly a: Float64Array
  /** Σ reward·x, length d. */
  readonly b: Float64Array
  /** How many observations; a fraction when they are weighted. */
  pulls: number
  /** Σ reward. */
  rewardSum: number
}

/**
 * The sums of an arm that has seen nothing.
 * @param dim length of the contexts, an integer ≥ 1.
 */
export const emptySums = (dim: number): Sums => ({
  a: new Float64Array(packedLength(dim)),
  b: new Float64Array(dim),
  pulls: 0,
  rewardSum: 0,
})

/**
 * Adds one observation. Exact, and so the same in any order, while contexts and rewards are multiples of
 * 2⁻¹² and no sum exceeds 2²⁹.
 * @param context length d of the sums, finite; not checked.
 */
export function addObservation(sums: Sums, context: Float64Array, reward: number): void {
  const { a, b } = sums
  const dim = context.length
  let row = 0
  for (let i = 0; i < dim; i += 1) {
    const value = context[i]!
    const offset = row - i
    row += dim - i
    if (value === 0) continue
    for (let k = i; k < dim; k += 1) a[offset + k]! += value * context[k]!
    b[i]! += reward * value
  }
  sums.pulls += 1
  sums.rewardSum += reward
}

/**
 * Adds a later part of the reward of an observation that was added already: it counts for `b` only.
 * @param context length d of the sums, finite; not checked.
 */
export function addReward(sums: Sums, context: Float64Array, reward: number): void {
  for (let i = 0; i < context.length; i += 1) sums.b[i]! += reward * context[i]!
  sums.rewardSum += reward
}
