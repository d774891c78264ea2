import { z } from 'zod'
import { issueText } from '../issue-text.ts'
import { RequestError } from './errors.ts'
import type { Verdict, Settled } from './outcome.ts'

const Feedback = z.strictObject({
  decisionId: z
    .string()
    .min(1, 'must be the x-holdfast-decision of an answer')
    .max(200, 'must be the x-holdfast-decision of an answer'),
  reward: z.number().min(-1e6).max(1e6).optional(),
  quality: z.number().min(0).max(1).optional(),
})

/** @throws {RequestError} 400 naming the field, what it may be and what it was. */
export function readFeedback(body: unknown): { decisionId: string; verdict: Verdict } {
  const result = Feedback.safeParse(body, { reportInput: true })
  if (!result.success) {
    const [issue] = result.error.issues
    if (issue === undefined) throw new Error('unreachable: what does not parse has an issue')
    throw new RequestError(400, 'invalid_feedback', issueText(issue, 'body'), {
      param: issue.path.join('.') || 'body',
    })
  }
  const { decisionId, reward, quality } = result.data
  if ((reward === undefined) === (quality === undefined)) {
    throw new RequestError(
      400,
      'invalid_feedback',
      'give either reward (used as it is) or quality (0 to 1, from which the cost is taken off)',
      { param: 'reward' },
    )
  }
  return { decisionId, verdict: quality === undefined ? { reward: reward ?? 0 } : { quality } }
}

/** @throws {RequestError} 409, 410 or 404 when nothing was learned, saying why. */
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
    case 'unknown':
      throw refuse(404, 'decision_unknown', 'must be a decision of this process that was answered')
    default:
      return { decisionId, result, reward }
  }
}
