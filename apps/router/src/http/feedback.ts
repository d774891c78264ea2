import { deploymentReward, immediateReward } from '@holdfast/bandit-store'
import { z } from 'zod'
import { LOWEST_REWARD } from '../decide/reward.ts'
import { issueText } from '../issue-text.ts'
import { RequestError } from './errors.ts'
import type { Said } from '../tell/facts.ts'
import type { Verdict, Settled } from './outcome.ts'

const inRange = `must be a number from ${LOWEST_REWARD} to ${-LOWEST_REWARD}`
const wanted = 'must be a number from 0 to 1'
const share = z.number(wanted).min(0, wanted).max(1, wanted)
const yes = z
  .union([z.boolean(), z.literal([0, 1])], 'must be true or false, or 1 or 0')
  .transform(Boolean)

const Feedback = z.strictObject({
  decisionId: z
    .string()
    .min(1, 'must be the x-holdfast-decision of an answer')
    .max(200, 'must be the x-holdfast-decision of an answer'),
  reward: z.number(inRange).min(LOWEST_REWARD, inRange).max(-LOWEST_REWARD, inRange).optional(),
  quality: share.optional(),
  /** What is known at once, as the seed's feedback says it. */
  immediate: z
    .strictObject({
      tri_delta: z.number('must be a number'),
      latency: z.number('must be seconds ≥ 0').min(0, 'must be seconds ≥ 0'),
    })
    .optional(),
  /** What a deployment showed: a second part of the reward, which may come later. */
  deployment: z
    .strictObject({
      slo_ok: yes,
      rollback: yes,
      error_rate: share,
      transform_rate: share.default(0),
    })
    .optional(),
})

const WAYS = ['reward', 'quality', 'immediate', 'deployment'] as const

/** @throws {RequestError} 400 naming the field, what it may be and what it was. */
export function readFeedback(body: unknown): {
  decisionId: string
  verdict: Verdict
  said: Said
} {
  const result = Feedback.safeParse(body, { reportInput: true })
  if (!result.success) {
    const [issue] = result.error.issues
    if (issue === undefined) throw new Error('unreachable: what does not parse has an issue')
    throw new RequestError(400, 'invalid_feedback', issueText(issue, 'body'), {
      param: issue.path.join('.') || 'body',
    })
  }
  const { data } = result
  if (WAYS.filter((way) => data[way] !== undefined).length !== 1) {
    throw new RequestError(
      400,
      'invalid_feedback',
      'give exactly one of reward (used as it is), quality (0 to 1, from which the cost is taken off), ' +
        'immediate {tri_delta, latency} and deployment {slo_ok, rollback, error_rate, transform_rate}',
      { param: 'reward' },
    )
  }
  const { decisionId, quality = null, immediate, deployment } = data
  const said = {
    quality,
    triDelta: immediate?.tri_delta ?? null,
    deployment:
      deployment === undefined
        ? null
        : {
            isSloOk: deployment.slo_ok,
            isRollback: deployment.rollback,
            errorRate: deployment.error_rate,
          },
  }
  return { decisionId, verdict: verdictOf(data), said }
}

function verdictOf({ reward, quality, immediate, deployment }: z.infer<typeof Feedback>): Verdict {
  if (quality !== undefined) return { part: 'immediate', quality }
  if (deployment !== undefined) {
    const { slo_ok: sloOk, rollback, error_rate: errorRate } = deployment
    const { transform_rate: transformRate } = deployment
    const later = deploymentReward({ sloOk, rollback, errorRate, transformRate })
    return { part: 'later', reward: later }
  }
  if (immediate !== undefined) {
    const { tri_delta: triDelta, latency: latencyS } = immediate
    return { part: 'immediate', reward: immediateReward({ triDelta, latencyS }) }
  }
  return { part: 'immediate', reward: reward ?? 0 }
}

/** How good an answer was at once, in the caller's own terms; null of what was known only later. */
export function toldBy(verdict: Verdict): number | null {
  if (verdict.part !== 'immediate') return null
  return 'quality' in verdict ? verdict.quality : verdict.reward
}

/** @throws {RequestError} 409, 410 or 404 when nothing was learned, 503 when it was not saved, saying why. */
export function feedbackAnswer(
  decisionId: string,
  { result, reward }: Settled,
): { decisionId: string; result: 'learned'; reward: number | null } {
  const refuse = (status: number, code: string, why: string): RequestError =>
    new RequestError(status, code, `decisionId: ${why}, got ${JSON.stringify(decisionId)}`, {
      param: 'decisionId',
    })
  switch (result) {
    case 'duplicate':
      throw refuse(409, 'feedback_duplicate', 'feedback for it was taken in already')
    case 'expired':
      throw refuse(410, 'feedback_expired', 'its feedback came too late')
    case 'unsaved':
      throw new RequestError(
        503,
        'feedback_unsaved',
        'learned, but it could not be saved yet; sending it again is safe, and it counts once',
      )
    case 'unavailable':
      throw new RequestError(
        503,
        'learning_unavailable',
        'not learned, because it could not be kept (/health says why); sending it again later is safe',
      )
    case 'unknown':
      throw refuse(
        404,
        'decision_unknown',
        'must be a decision that was answered and still waits for its reward',
      )
    default:
      return { decisionId, result, reward }
  }
}
