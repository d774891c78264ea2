/**
 * The arithmetic of every arm of one model: the only code on the hot path that is O(d²). Each arm has
 * a slot, numbered from 0. The interface is the seam: `plain-kernel.ts` and `wasm-kernel.ts` stand
 * behind it, give the same decisions, and hold the same sums to the last bit.
 *
 * When most entries of the context are 0, only the others are read, which costs their number squared
 * instead of d². Jumping through memory costs more than running along it, so each kernel has its own
 * idea of most.
 */
export interface Kernel {
  readonly kind: 'plain' | 'wasm'
  /** x, length d. The caller writes a context here before `score`, `absorb` or `credit`. */
  readonly context: Float64Array
  /** After `score`: xᵀθ of each slot. */
  readonly means: Float64Array
  /** After `score`: xᵀA⁻¹x of each slot, ≥ 0. */
  readonly spreads: Float64Array
  /** The Σ x·xᵀ and Σ reward·x of each slot, zero at first. Live: `absorb` and `credit` add to them. */
  readonly sums: readonly NormalEquations[]
  score(): void
  /** Takes one observation of `context` into a slot's A⁻¹, θ and sums. */
  absorb(slot: number, reward: number): void
  /** Takes more reward for an observation of `context` that was absorbed already: θ += reward·A⁻¹x. */
  credit(slot: number, reward: number): void
  /** A copy of a slot's estimate. */
  read(slot: number): Estimate
  write(slot: number, estimate: Estimate): void
}

/** What one arm believes. */
export interface Estimate {
  /** A⁻¹, symmetric, upper triangle row by row: d(d+1)/2 numbers. */
  readonly inverse: Float64Array
  /** θ = A⁻¹b, length d. */
  readonly theta: Float64Array
}

/** A and b of a regression, A packed: upper triangle row by row. */
export interface NormalEquations {
  readonly a: Float64Array
  readonly b: Float64Array
}

/** How many numbers a symmetric d × d matrix needs as an upper triangle row by row: d(d+1)/2. */
export const packedLength = (dim: number): number => (dim * (dim + 1)) / 2
