import { isLive } from '@holdfast/promotion'

/** What the policy proposed. */
export interface Proposal {
  readonly arm: string
  readonly probabilities: Readonly<Record<string, number>>
}

export interface Assignment {
  readonly route: string
  /** True when the policy chose the route, false when the guardrail stands in for it. */
  readonly live: boolean
  /** Probability of `route` under everything that decided it: stage, policy, exploration, caps. */
  readonly p: number
}

/**
 * Settles which route answers. A subject keeps its side while the pilot share stands, and a larger share
 * never moves anyone back: the same user does not flip between the two.
 * @param pilot share of subjects that the policy answers for, 0 to 1.
 * @param subject who asks; the decision's own id when nobody said.
 */
export function assign(
  proposal: Proposal,
  guardrail: string,
  pilot: number,
  subject: string,
): Assignment {
  const live = isLive(subject, pilot)
  const route = live ? proposal.arm : guardrail
  const byPolicy = pilot * (proposal.probabilities[route] ?? 0)
  const byGuardrail = route === guardrail ? 1 - pilot : 0
  return { route, live, p: byPolicy + byGuardrail }
}
