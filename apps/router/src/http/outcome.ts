import { costUsd, reward, type Usage } from '../decide/reward.ts'
import type { FeedbackResult } from '../tell/facts.ts'
import type { RequestError } from './errors.ts'
import type { Plan } from './plan.ts'
import type { RouterParts } from './router-parts.ts'

/** What a caller says of an answer: its quality, from which cost is taken off, or the final reward. */
export type Verdict = { readonly quality: number } | { readonly reward: number }

export interface Settled {
  readonly result: FeedbackResult
  /** The reward that was learned; null when none was. */
  readonly reward: number | null
}

/** Status of a call whose client went away (nginx's 499). */
export const CLIENT_GONE = 499

export const NO_TOKENS: Usage = { inputTokens: 0, outputTokens: 0 }

/** How a call to an upstream ended. */
export interface Call {
  readonly status: number
  readonly usage: Usage
  readonly latencyMs: number
}

/** Writes down how a call ended, and from then on waits for its feedback. */
export function settleCall(parts: RouterParts, plan: Plan, call: Call): void {
  const { clock, ledger, observe, pending, rollout, learnShadow } = parts
  const { id, route, context, live, p, probabilities, argmax } = plan
  const cost = isPaid(call.status) ? costUsd(call.usage, route.prices) : 0
  ledger.note({
    v: 1,
    kind: 'decision',
    id,
    t: isoTime(clock.wallMs()),
    route: route.id,
    p,
    probabilities,
    context: [...context],
    shadow: { argmax },
    live: live ? { route: route.id, pilot: rollout.pilot } : null,
    named: plan.isNamed,
    model: route.model,
    status: call.status,
    tokens: { input: call.usage.inputTokens, output: call.usage.outputTokens },
    costUsd: cost,
    latencyMs: call.latencyMs,
  })
  observe({
    kind: 'router.called',
    id,
    route: route.id,
    live,
    agrees: route.id === argmax,
    status: call.status,
    costUsd: cost,
    upstreamMs: call.latencyMs,
  })
  if (call.status === CLIENT_GONE) return
  if (live || learnShadow) pending.add(id, { route: route.id, context, costUsd: cost })
}

/** Learns what a decision brought, once. The answer waits until the ledger has the line. */
export async function settleReward(
  parts: RouterParts,
  id: string,
  verdict: Verdict,
): Promise<Settled> {
  const { clock, ledger, learner, observe, pending, lambda } = parts
  const claim = pending.claim(id)
  if (claim.kind !== 'pending') {
    return { result: claim.kind, reward: null }
  }
  const { route, context, costUsd: cost } = claim.decision
  const value = 'reward' in verdict ? verdict.reward : reward(verdict.quality, cost, lambda)
  const update = learner.learn(route, context, value)
  observe({ kind: 'router.learned', id, route, reward: value, update })
  const t = isoTime(clock.wallMs())
  await ledger.append({ v: 1, kind: 'reward', id, t, route, reward: value, update })
  return { result: 'learned', reward: value }
}

/** A route that failed is learned as quality 0 at once: nobody else will report it. */
export async function settleFailure(
  parts: RouterParts,
  plan: Plan,
  error: RequestError,
  call: Call,
): Promise<void> {
  const { id, route } = plan
  const { status, code, message } = error
  settleCall(parts, plan, call)
  parts.observe({ kind: 'router.upstream-failed', id, route: route.id, status, code, message })
  await settleReward(parts, id, { quality: 0 })
}

/** A client that left in mid-stream has been served, and paid for, up to there. */
const isPaid = (status: number): boolean => status < 400 || status === CLIENT_GONE

const isoTime = (wallMs: number): string => new Date(wallMs).toISOString()
