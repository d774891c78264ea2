import { z } from 'zod'
import { featureNames } from '../decide/features.ts'
import type { RouterLedger, WrittenDecision } from '../learning/ledger.ts'
import { RequestError } from './errors.ts'
import type { RouterParts } from './router-parts.ts'

const Query = z.object({ decision: z.uuidv7() })

/**
 * Why a request went where it did, and what was learned from it.
 * @throws {RequestError} 400 for an id that cannot be one, 404 for a decision that the ledger does not know, 503 if it cannot be read.
 */
export async function explain(parts: RouterParts, query: unknown): Promise<object> {
  const { learner, ledger, features, guardrail } = parts
  const asked = Query.safeParse(query)
  if (!asked.success) {
    throw new RequestError(
      400,
      'invalid_decision',
      `decision: must be the x-holdfast-decision of an answer, got ${JSON.stringify((query as { decision?: unknown }).decision ?? null)}`,
      { param: 'decision' },
    )
  }
  const id = asked.data.decision.toLowerCase()
  const { tMs, decision, outcomes } = await written(ledger, id)
  const { context, ...made } = decision
  const names = featureNames(features)
  // Another version may have looked at prompts in another way.
  const now =
    context.length === names.length
      ? learner.decide(id, Float64Array.from(context), parts.restrictions())
      : null
  return {
    decision: id,
    guardrail: guardrail.id,
    context: Object.fromEntries(context.map((value, i) => [names[i] ?? `feature ${i}`, value])),
    t: isoTime(tMs),
    ...made,
    masked:
      made.masked ??
      Object.keys(made.probabilities).filter((route) => made.probabilities[route] === 0),
    learned: outcomes.map(({ tMs: atMs, fields: { part, reward, update } }) => ({
      t: isoTime(atMs),
      part,
      reward,
      update,
    })),
    /** What the policy makes of the same request by now. */
    now:
      now === null
        ? null
        : { probabilities: now.probabilities, scores: now.scores, bounds: now.bounds },
  }
}

/** @throws {RequestError} 404 for a decision that the ledger does not know, 503 if it cannot be read. */
async function written(ledger: RouterLedger, id: string): Promise<WrittenDecision> {
  const refuse = (status: number, code: string, why: string, cause?: unknown): RequestError =>
    new RequestError(status, code, `decision: ${why}, got ${JSON.stringify(id)}`, { cause })
  if (!ledger.isOn) {
    throw refuse(
      404,
      'ledger_off',
      'nothing is known of any, because the ledger is off (ledger.enabled)',
    )
  }
  const madeAtMs = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  try {
    const found = await ledger.find(id, madeAtMs)
    if (found !== null) return found
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'LEDGER_READ') throw error
    throw refuse(
      503,
      'ledger_unreadable',
      'the ledger cannot be read; /health says how it is',
      error,
    )
  }
  throw refuse(404, 'decision_unknown', 'must be a decision that the ledger knows')
}

const isoTime = (wallMs: number): string => new Date(wallMs).toISOString()
