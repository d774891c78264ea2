import { isLive } from '@holdfast/promotion'

/** How far the learned policy may act. */
export interface Rollout {
  /** False: the policy only watches, and the guardrail answers. */
  readonly enabled: boolean
  /** Share of subjects that the policy answers for, 0 to 1. */
  readonly pilot: number
  /** True: the guardrail answers everything, whatever else is set. */
  readonly kill: boolean
}

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
 * @param subject who asks; the decision's own id when nobody said.
 */
export function assign(
  proposal: Proposal,
  guardrail: string,
  rollout: Rollout,
  subject: string,
): Assignment {
  const share = rollout.kill || !rollout.enabled ? 0 : rollout.pilot
  const live = isLive(subject, share)
  const route = live ? proposal.arm : guardrail
  const byPolicy = share * (proposal.probabilities[route] ?? 0)
  const byGuardrail = route === guardrail ? 1 - share : 0
  return { route, live, p: byPolicy + byGuardrail }
}
