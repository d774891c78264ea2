import { poissonMass } from './saddle-point.ts'
import { rootOf } from './root.ts'

const MOST_TERMS = 1_000_000
const TINY = 1e-300

/**
 * The regularised upper incomplete gamma function Q(a, x), for a > 0 and x ≥ 0: the chance that a Poisson variable of mean x
 * is below a, and that χ² with 2a degrees of freedom is above 2x.
 *
 * Source: DLMF 8.11.4 (series, for x < a + 1) and 8.9.2 (continued fraction).
 * @throws {RangeError} if an argument is out of range.
 */
export function incompleteGammaUpper(a: number, x: number): number {
  if (!(a > 0 && a < Infinity)) throw new RangeError(`a must be finite and > 0, got ${a}`)
  if (!(x >= 0)) throw new RangeError(`x must be ≥ 0, got ${x}`)
  if (x === 0) return 1
  if (x === Infinity) return 0
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x)
}

/**
 * The x at which Q(a, x) is `share`.
 * @throws {RangeError} if an argument is out of range.
 */
export function incompleteGammaUpperInverse(a: number, share: number): number {
  if (!(share > 0 && share <= 1)) throw new RangeError(`share must be in (0, 1], got ${share}`)
  let high = a + 1
  while (incompleteGammaUpper(a, high) > share) high *= 2
  return rootOf((x) => share - incompleteGammaUpper(a, x), 0, high)
}

function lowerSeries(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; k < MOST_TERMS && term > sum * 1e-17; k += 1) {
    term *= x / (a + k)
    sum += term
  }
  return poissonMass(a, x) * sum
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / b
  let result = d
  for (let i = 1; i < MOST_TERMS; i += 1) {
    const factor = -i * (i - a)
    b += 2
    d = 1 / nonZero(factor * d + b)
    c = nonZero(b + factor / c)
    const step = c * d
    result *= step
    if (Math.abs(step - 1) < 1e-15) break
  }
  return poissonMass(a, x) * a * result
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}
