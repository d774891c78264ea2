import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { factorise, invertFactor, solveFactor } from './factor.ts'
import type { Estimate, NormalEquations } from './kernel.ts'

/** Rank-one updates between two factorisations of A. At d = 64 one costs about as much as 100 updates. */
export const updatesPerAnchor = (dim: number): number => Math.max(1000, 10 * dim)

// Relative widening of the diagonal for a sum that rounding has left without its last positive
// direction. A true sum of squares never needs more than the last of these.
const WIDENINGS = [0, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10]

/**
 * A⁻¹ and θ afresh by Cholesky factorisation, O(d³).
 * @returns null if `a` is not positive definite, so no sum of squares with a ridge.
 */
export function solve({ a, b }: NormalEquations): Estimate | null {
  const dim = b.length
  for (const widening of WIDENINGS) {
    const factor = a.slice()
    for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) factor[at]! *= 1 + widening
    if (!factorise(factor, dim)) continue
    const theta = solveFactor(factor, b)
    invertFactor(factor, dim)
    return { inverse: factor, theta }
  }
  return null
}

/**
 * The largest eigenvalue of A over the smallest, O(d³). From 1 to 2⁵²: what lies beyond is rounding.
 */
export function conditionNumber(a: Float64Array, dim: number): number {
  const { realEigenvalues } = new EigenvalueDecomposition(unpack(a, dim), {
    assumeSymmetric: true,
  })
  const largest = Math.max(...realEigenvalues)
  return largest / Math.max(Math.min(...realEigenvalues), largest * Number.EPSILON)
}

/** The largest difference between two inverses, relative to the geometric mean of the diagonals. */
export function drift(running: Float64Array, fresh: Float64Array, dim: number): number {
  const diagonal = new Float64Array(dim)
  for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) diagonal[i] = Math.sqrt(fresh[at]!)
  let worst = 0
  for (let i = 0, at = 0; i < dim; i += 1) {
    for (let k = i; k < dim; k += 1, at += 1) {
      const size = diagonal[i]! * diagonal[k]!
      worst = Math.max(worst, Math.abs(running[at]! - fresh[at]!) / size)
    }
  }
  return worst
}

function unpack(a: Float64Array, dim: number): Matrix {
  const matrix = new Matrix(dim, dim)
  for (let i = 0, at = 0; i < dim; i += 1) {
    for (let k = i; k < dim; k += 1, at += 1) {
      matrix.set(i, k, a[at]!)
      matrix.set(k, i, a[at]!)
    }
  }
  return matrix
}
