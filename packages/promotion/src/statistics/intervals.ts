import { incompleteBetaInverse } from './incomplete-beta.ts'
import { incompleteGammaUpper, incompleteGammaUpperInverse } from './incomplete-gamma.ts'

/** A count of what came true out of what might have. */
export interface Count {
  /** Whole, from 0 to `trials`. */
  readonly hits: number
  /** Whole, ≥ 0. */
  readonly trials: number
}

/**
 * One-sided bounds on a probability: each is wrong in at most a share `alpha` of all cases, whatever the probability. Without trials
 * they are 0 and 1.
 *
 * Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 1934.
 */
export function clopperPearson(
  { hits, trials }: Count,
  alpha: number,
): { readonly lower: number; readonly upper: number } {
  checkAlpha(alpha)
  if (!(Number.isSafeInteger(trials) && trials >= 0)) {
    throw new RangeError(`trials must be an integer ≥ 0, got ${trials}`)
  }
  if (!(Number.isSafeInteger(hits) && hits >= 0 && hits <= trials)) {
    throw new RangeError(`hits must be an integer from 0 to ${trials}, got ${hits}`)
  }
  return {
    lower: hits === 0 ? 0 : incompleteBetaInverse(alpha, hits, trials - hits + 1),
    upper: hits === trials ? 1 : incompleteBetaInverse(1 - alpha, hits + 1, trials - hits),
  }
}

/**
 * One-sided bounds on the mean of a Poisson variable of which `events` were seen.
 *
 * Source: Garwood, "Fiducial limits for the Poisson distribution", Biometrika 1936.
 */
export function poissonBounds(
  events: number,
  alpha: number,
): { readonly lower: number; readonly upper: number } {
  checkAlpha(alpha)
  if (!(Number.isSafeInteger(events) && events >= 0)) {
    throw new RangeError(`events must be an integer ≥ 0, got ${events}`)
  }
  return {
    lower: events === 0 ? 0 : incompleteGammaUpperInverse(events, 1 - alpha),
    upper: incompleteGammaUpperInverse(events + 1, alpha),
  }
}

/** The chance that χ² with so many degrees of freedom is at least `statistic`. */
export function chiSquareTail(statistic: number, degrees: number): number {
  return incompleteGammaUpper(degrees / 2, statistic / 2)
}

function checkAlpha(alpha: number): void {
  if (!(alpha > 0 && alpha < 0.5)) {
    throw new RangeError(`alpha must be above 0 and below 0.5, got ${alpha}`)
  }
}
