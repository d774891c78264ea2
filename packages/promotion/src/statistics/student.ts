import { incompleteBeta, incompleteBetaInverse } from './incomplete-beta.ts'

/**
 * The chance that Student's t with so many degrees of freedom is above `statistic`.
 *
 * Source: DLMF 8.17; Abramowitz and Stegun 26.7.1.
 * @param degrees > 0, not necessarily whole.
 */
export function studentTail(statistic: number, degrees: number): number {
  const tail = incompleteBeta(degrees / (degrees + statistic * statistic), degrees / 2, 0.5) / 2
  return statistic >= 0 ? tail : 1 - tail
}

/** The value that Student's t is above with chance `alpha`. @param alpha above 0 and below .5. */
export function studentQuantile(alpha: number, degrees: number): number {
  const x = incompleteBetaInverse(2 * alpha, degrees / 2, 0.5)
  return Math.sqrt(degrees * (1 / x - 1))
}
