import type { Part } from '@holdfast/bandit-store'
import type { Rewards } from '@holdfast/ledger'
import { costUsd, LOWEST_REWARD, reward, type Usage } from '../decide/reward.ts'
import { NONE, together } from '../decide/restrictions.ts'
import type { DecisionLine, RewardLine } from '../learning/ledger.ts'
import type { FeedbackResult, Said } from '../tell/facts.ts'
import type { RequestError } from './errors.ts'
import type { Plan } from './plan.ts'
import type { RouterParts } from './router-parts.ts'

/**
 * What a caller says of an answer: its quality, from which cost is taken off, or the reward itself. `part` says whether it
 * is known at once or is what a deployment showed later.
 */
export type Verdict =
  | { readonly part: 'immediate'; readonly quality: number }
  | { readonly part: Part; readonly reward: number }

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
  const { ledger, learner, observe, learnShadow } = parts
  const { id, route, context, live, argmax } = plan
  const cost = isPaid(call.status) ? costUsd(call.usage, route.prices) : 0
  ledger.note(decisionLine(parts, plan, call, cost))
  observe({
    kind: 'router.called',
    id,
    route: route.id,
    live,
    attempt: plan.attempt,
    agrees: route.id === argmax,
    status: call.status,
    costUsd: cost,
    inputTokens: call.usage.inputTokens,
    outputTokens: call.usage.outputTokens,
    upstreamMs: call.latencyMs,
  })
  if (call.status === CLIENT_GONE) return
  if (live || plan.after !== null || learnShadow)
    learner.remember(id, { route: route.id, context, costUsd: cost })
}

/** Writes down a decision that no route could carry out. Nothing is learned of it: nobody was asked. */
export function settleRefused(parts: RouterParts, plan: Plan, status: number): void {
  const { clock, ledger, learner } = parts
  const { id, route } = plan
  ledger.note(decisionLine(parts, plan, { status, usage: NO_TOKENS, latencyMs: 0 }, 0))
  // Whoever asked has no answer, which is as bad as one can be.
  void ledger.append({
    v: 1,
    kind: 'reward',
    id,
    t: isoTime(clock.wallMs()),
    route: route.id,
    part: 'immediate',
    reward: 0,
    update: learner.updates,
    quality: 0,
  })
}

function decisionLine(
  { caps, clock }: RouterParts,
  plan: Plan,
  { status, usage, latencyMs }: Call,
  cost: number,
): DecisionLine {
  const { id, route, context, live, p, probabilities, scores, bounds, argmax, restrictions } = plan
  return {
    v: 1,
    kind: 'decision',
    id,
    t: isoTime(clock.wallMs()),
    route: route.id,
    p,
    probabilities,
    scores,
    bounds,
    caps: together({ ...NONE, caps }, restrictions).caps,
    masked: restrictions.mask,
    reasons: restrictions.reasons,
    context: [...context],
    shadow: { argmax },
    live: live ? { route: route.id, pilot: plan.pilot } : null,
    pilot: plan.pilot,
    subject: plan.subject,
    named: plan.isNamed,
    why: plan.why,
    attempt: plan.attempt,
    after: plan.after,
    model: route.model,
    status,
    tokens: { input: usage.inputTokens, output: usage.outputTokens },
    costUsd: cost,
    latencyMs,
  }
}

/**
 * Learns what a decision brought, once. The answer waits until it is durable, and the ledger has the line.
 * @param said what a caller told besides; null when the router itself judges.
 */
export async function settleReward(
  parts: RouterParts,
  id: string,
  verdict: Verdict,
  said: Said | null = null,
): Promise<Settled> {
  const { learner, lambda } = parts
  const { part } = verdict
  const claim = await learner.recall(id)
  if (claim.kind !== 'found') return { result: claim.kind, reward: null }
  const { route, context, costUsd: cost } = claim.decision
  const value =
    'reward' in verdict
      ? verdict.reward
      : Math.max(reward(verdict.quality, cost, lambda), LOWEST_REWARD)
  const quality = 'quality' in verdict ? verdict.quality : null
  const learned: Learned = { id, route, part, reward: value, quality, said }
  try {
    // Also what is known: the store answers that only when it is durable, whoever wrote it.
    const result = await learner.reward(id, { arm: route, context, reward: value, part })
    if (result !== 'applied') return { result, reward: null }
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === 'BANDIT_STORE_FULL') return { result: 'unavailable', reward: null }
    if (code !== 'BANDIT_STORE_WRITE') throw error
    parts.unsaved.set(`${id} ${part}`, learned)
    return { result: 'unsaved', reward: null }
  }
  await tellLearned(parts, learned)
  return { result: 'learned', reward: value }
}

/** A reward that was learned. */
export interface Learned extends Pick<RewardLine, 'id' | 'route' | 'part' | 'reward'> {
  /** What was told or judged, 0 to 1; null when something else was told. */
  readonly quality: number | null
  readonly said: Said | null
}

/** Writes down what could not be saved when it was told, and is saved by now. */
export async function tellSaved(parts: RouterParts): Promise<void> {
  const saved = [...parts.unsaved.values()]
  parts.unsaved.clear()
  await Promise.all(saved.map((learned) => tellLearned(parts, learned)))
}

async function tellLearned(
  { clock, compare, ledger, learner, observe }: RouterParts,
  { quality, said, ...learned }: Learned,
): Promise<void> {
  const { updates: update } = learner
  const triDelta = said === null ? null : compare(learned.route, said)
  observe({ kind: 'router.learned', ...learned, update, triDelta, said })
  const rewards = rewardsOf(triDelta, said?.deployment ?? null)
  const t = isoTime(clock.wallMs())
  await ledger.append({ v: 1, kind: 'reward', t, ...learned, update, quality, rewards })
}

/** What came of a decision, as the seed's ledger says it. */
function rewardsOf(triDelta: number | null, deployment: Said['deployment']): Rewards {
  if (deployment !== null) {
    const { isSloOk, isRollback, errorRate } = deployment
    const deployed = {
      slo_ok: Number(isSloOk),
      rollback: Number(isRollback),
      error_rate: errorRate,
    }
    return { deployment: deployed }
  }
  return triDelta === null ? {} : { immediate: { tri_delta_norm: triDelta } }
}

/** A route that failed is learned as quality 0 at once: nobody else will report it. */
export async function settleFailure(
  parts: RouterParts,
  plan: Plan,
  error: RequestError,
  call: Call,
): Promise<void> {
  const { id, route } = plan
  const { status, ownCode: code, message } = error
  settleCall(parts, plan, call)
  parts.observe({ kind: 'router.upstream-failed', id, route: route.id, status, code, message })
  await settleReward(parts, id, { part: 'immediate', quality: 0 })
}

/** A client that left in mid-stream has been served, and paid for, up to there. */
const isPaid = (status: number): boolean => status < 400 || status === CLIENT_GONE

const isoTime = (wallMs: number): string => new Date(wallMs).toISOString()
