import { NONE, type Restrictions } from './restrictions.ts'

/** What is restricted while the anomaly switch is engaged. */
export interface AnomalyLimits {
  readonly strict: boolean
  readonly standardRoute: string
  readonly fastRoute: string
  /** The most probability of the fast route, 0 to 1. */
  readonly fastCap: number
}

/** The reason that is given for it. */
export const ANOMALY_ENGAGED = 'anomaly_engaged'

/**
 * Strict: neither the standard nor the fast route may be chosen, and nothing is tried out. Otherwise the fast one gets
 * at most `fastCap`. A route that there is not, or that is the guardrail, is left alone.
 */
export function anomalyRestrictions(
  { strict, standardRoute, fastRoute, fastCap }: AnomalyLimits,
  routes: readonly string[],
  guardrail: string,
): Restrictions {
  const mayBeLimited = (id: string): boolean => routes.includes(id) && id !== guardrail
  const reasons = [ANOMALY_ENGAGED]
  if (strict) {
    const mask = [...new Set([standardRoute, fastRoute])].filter(mayBeLimited)
    return { ...NONE, mask, epsilon: 0, reasons }
  }
  return { ...NONE, caps: mayBeLimited(fastRoute) ? { [fastRoute]: fastCap } : {}, reasons }
}
