/**
 * Probabilities of the binomial and Poisson laws without the loss of digits that log-gamma differences bring: the large
 * terms are cancelled on paper instead of in the machine.
 *
 * Source: C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000.
 */

const HALF_LOG_TAU = 0.9189385332046728

/** From here on the series of `stirlingError` is exact to the last digit. */
const SERIES_FROM = 16

/**
 * ln Γ(x + 1) − [(x + ½) ln x − x + ½ ln 2π], for x > 0: what Stirling's formula leaves out.
 * Source: Abramowitz and Stegun, 6.1.41.
 */
export function stirlingError(x: number): number {
  let at = x
  let logProduct = 0
  while (at < SERIES_FROM) {
    at += 1
    logProduct += Math.log(at)
  }
  const square = at * at
  const series =
    (1 / 12 -
      (1 / 360 -
        (1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360_360 / square) / square) / square) / square) /
        square) /
    at
  if (at === x) return series
  const logGamma = (at + 0.5) * Math.log(at) - at + HALF_LOG_TAU + series - logProduct
  return logGamma - ((x + 0.5) * Math.log(x) - x + HALF_LOG_TAU)
}

/** x ln(x/mean) + mean − x, for x and mean > 0, without cancellation where the two are near each other. */
export function deviance(x: number, mean: number): number {
  const difference = x - mean
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference
  const ratio = difference / (x + mean)
  let sum = difference * ratio
  let term = 2 * x * ratio
  for (let k = 1; k < 1_000; k += 1) {
    term *= ratio * ratio
    const next = sum + term / (2 * k + 1)
    if (next === sum) break
    sum = next
  }
  return sum
}

/** Γ(a+b+1) / (Γ(a+1) Γ(b+1)) · p^a · q^b with p + q = 1, for a, b > 0, also not whole. */
export function binomialMass(a: number, b: number, p: number, q: number): number {
  if (p === 0 || q === 0) return 0
  const n = a + b
  const log =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * p) - deviance(b, n * q)
  return Math.exp(log) * Math.sqrt(n / (2 * Math.PI * a * b))
}

/** mean^x e^−mean / Γ(x + 1), for x > 0 and mean > 0, also not whole. */
export function poissonMass(x: number, mean: number): number {
  return Math.exp(-stirlingError(x) - deviance(x, mean)) / Math.sqrt(2 * Math.PI * x)
}
