import { packedLength } from './kernel.ts'

/**
 * What an arm has seen, as plain sums. Adding is all that ever happens to it, so sums of several
 * processes can themselves be added, in any order.
 */
export interface Sums {
  /** Σ x·xᵀ, upper triangle row by row, d(d+1)/2 numbers. */
  readonly a: Float64Array
  /** Σ reward·x, length d. */
  readonly b: Float64Array
  /** How many observations. */
  pulls: number
  rewardSum: number
}

export const emptySums = (dim: number): Sums => ({
  a: new Float64Array(packedLength(dim)),
  b: new Float64Array(dim),
  pulls: 0,
  rewardSum: 0,
})

/** Adds one observation. */
export function addObservation(sums: Sums, context: Float64Array, reward: number): void {
  const { a, b } = sums
  const dim = context.length
  let row = 0
  for (let i = 0; i < dim; i += 1) {
    const value = context[i]!
    const offset = row - i
    for (let k = i; k < dim; k += 1) a[offset + k]! += value * context[k]!
    b[i]! += reward * value
    row += dim - i
  }
  sums.pulls += 1
  sums.rewardSum += reward
}
