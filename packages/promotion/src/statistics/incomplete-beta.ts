import { binomialMass } from './saddle-point.ts'
import { rootOf } from './root.ts'

const MOST_TERMS = 100_000
const TINY = 1e-300

/**
 * The regularised incomplete beta function I_x(a, b), for a, b > 0 and x from 0 to 1: the chance that a beta variable is
 * at most x, and that a binomial one of n = a + b − 1 trials at x is at least a.
 *
 * Source: DLMF 8.17.22, the continued fraction, by the modified Lentz method.
 * @throws {RangeError} if an argument is out of range.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(a > 0 && a < Infinity && b > 0 && b < Infinity)) {
    throw new RangeError(`a and b must be finite and > 0, got ${a} and ${b}`)
  }
  if (!(x >= 0 && x <= 1)) throw new RangeError(`x must be from 0 to 1, got ${x}`)
  if (x === 0 || x === 1) return x
  // The fraction converges fast below the mean; above it the other tail is computed.
  return x <= (a + 1) / (a + b + 2) ? lowerTail(x, 1 - x, a, b) : 1 - lowerTail(1 - x, x, b, a)
}

/**
 * The x at which I_x(a, b) is `share`.
 * @throws {RangeError} if an argument is out of range.
 */
export function incompleteBetaInverse(share: number, a: number, b: number): number {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share must be from 0 to 1, got ${share}`)
  if (share === 0 || share === 1) return share
  return rootOf((x) => incompleteBeta(x, a, b) - share, 0, 1)
}

function lowerTail(x: number, y: number, a: number, b: number): number {
  const front = (binomialMass(a, b, x, y) * b) / (a + b)
  return front * fraction(x, a, b)
}

function fraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m < MOST_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    result *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    const step = c * d
    result *= step
    if (Math.abs(step - 1) < 1e-15) break
  }
  return result
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}
