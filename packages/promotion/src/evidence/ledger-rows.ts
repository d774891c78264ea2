import { onlyOptions, oneOf, someText } from '../option-rules.ts'
import { isRecord, numberIn, type Fields } from './fields.ts'
import type { EvidenceRow } from './row.ts'

/** A decision with all that came of it, as a ledger joins them. What its lines say is not trusted. */
export interface LedgerDecision {
  readonly id: string
  /** When it was decided, in ms since 1970. */
  readonly tMs: number
  /** The fields of the decision's line. */
  readonly decision: object
  /** The fields of its outcomes' lines, in the order of their time. */
  readonly outcomes: readonly { readonly fields: object }[]
  /** What decision and outcomes together say in measures, `{immediate: {tri_delta_norm}, deployment: {slo_ok, rollback, error_rate}}`. */
  readonly rewards: object
}

export interface EvidenceOptions {
  /**
   * What the policy is to be better in. `quality`: how good the answer was, 0 to 1; for a router's evidence that is what fits the comparison as it
   * is. `reward`: the rewards of all parts together, which costs have been taken off. Such a sum is rarely from 0 to 1: set `rewardLeast` and
   * `rewardMost` of the comparison to what it can be, or those outside count as missing. Default `reward`.
   */
  readonly measure?: 'reward' | 'quality'
  /** The route that is to be rare under an anomaly. One that a decision did not know had no chance. Default R3. */
  readonly fastRoute?: string
}

/** The fields of a ledger's lines that `evidenceOf` reads, for a reader that can leave out all others. */
export const EVIDENCE_FIELDS: {
  readonly decision: readonly string[]
  readonly outcome: readonly string[]
} = {
  decision: [
    'route',
    'p',
    'probabilities',
    'scores',
    'bounds',
    'reasons',
    'shadow',
    'live',
    'named',
    'after',
    'pilot',
    'subject',
    'rewards',
  ],
  outcome: ['reward', 'quality', 'rewards'],
}

const OPTIONS = ['measure', 'fastRoute']
const MEASURES = ['reward', 'quality']
/** The reason with which a decision under an anomaly is marked. */
const ANOMALY = 'anomaly_engaged'

/**
 * Turns a joined row into evidence: the router's lines, and whole rows `{id, t, shadow, live, rewards}` as well.
 *
 * Null for a decision that is none: where the caller named the route, or another route stood in for one that had failed. Nobody chose these and
 * nothing was left to chance, while comparison and sample ratio are about what chance decided.
 *
 * Null and absent both mean that something was not recorded. A field of any other type than its own makes a row that is refused as
 * malformed; nothing is converted.
 * @throws {TypeError} for a bad option or a row that is no object, and for nothing that a line can say.
 */
export function evidenceOf(row: LedgerDecision, options: EvidenceOptions = {}): EvidenceRow | null {
  onlyOptions('evidence', options, OPTIONS)
  const { measure = 'reward', fastRoute = 'R3' } = options
  oneOf('measure', measure, MEASURES)
  someText('fastRoute', fastRoute)
  if (typeof row !== 'object' || row === null) {
    throw new TypeError(`evidence: row must be a joined decision, got ${String(row)}`)
  }
  const { id, tMs, decision, outcomes, rewards } = row
  const told = toldOf(outcomes)
  if (!isRecord(decision) || told === null) return unreadable(id, tMs)
  if (!isMeasures(decision['rewards']) || !isMeasures(rewards)) return unreadable(id, tMs)
  const named = decision['named'] ?? false
  const after = decision['after'] ?? null
  const reasons = decision['reasons'] ?? NO_REASONS
  if (typeof named !== 'boolean' || !isTexts(reasons)) return unreadable(id, tMs)
  if (after !== null && typeof after !== 'string') return unreadable(id, tMs)
  if (named || after !== null) return null

  const live = liveOf(decision)
  const probabilities = decision['probabilities'] ?? undefined
  const { immediate, deployment } = rewards ?? NO_FIELDS
  const found: Found = {
    id,
    tMs,
    subject: decision['subject'] ?? null,
    live,
    shadow: shadowOf(decision['shadow']),
    route: decision['route'] ?? (isRecord(live) ? live['route'] : null),
    p: decision['p'] ?? null,
    probabilities,
    // Scores are in units of reward. Of quality they are no better a guess than none.
    estimates: measure === 'reward' ? estimatesOf(decision) : undefined,
    reward: told[measure],
    triDeltaNorm: isRecord(immediate) ? (immediate['tri_delta_norm'] ?? null) : null,
    deployment: isRecord(deployment) ? deploymentOf(deployment) : null,
    anomaly: reasons.includes(ANOMALY),
    fastProbability: isRecord(probabilities) ? (numberIn(probabilities, fastRoute) ?? 0) : null,
    stage: stageOf(decision['pilot'] ?? null),
  }
  // Whoever counts it looks at every type first.
  return found as EvidenceRow
}

/** Evidence whose values may be of any type. */
type Found = { readonly [K in keyof EvidenceRow]-?: unknown }

const NO_REASONS: readonly string[] = []
const NO_FIELDS: Fields = {}

/** It has nothing that a row must have, and is refused for that. */
function unreadable(id: string, tMs: number): EvidenceRow {
  return { id, tMs } as EvidenceRow
}

/** A whole row without a live route was shadow. A line with a route of its own says `live: null` for that. */
function liveOf({ live = null, route }: Fields): unknown {
  if (!isRecord(live) || (route ?? null) !== null) return live
  return (live['route'] ?? null) === null ? null : live
}

function shadowOf(shadow: unknown): unknown {
  if (isRecord(shadow) && (shadow['argmax'] ?? null) === null) return null
  return shadow ?? null
}

function stageOf(pilot: unknown): unknown {
  return typeof pilot === 'number' ? pilot * 100 : pilot
}

/** What each route was expected to bring: its score without the bound that is in it. */
function estimatesOf(decision: Fields): unknown {
  const scores = decision['scores'] ?? undefined
  const bounds = decision['bounds'] ?? undefined
  if (!isRecord(scores)) return scores
  if (!isRecord(bounds)) return bounds
  const estimates: Record<string, number> = {}
  for (const route of Object.keys(scores)) {
    const bound = bounds[route] ?? null
    if (bound === null) continue
    const score = scores[route]
    estimates[route] = typeof score === 'number' && typeof bound === 'number' ? score - bound : NaN
  }
  return estimates
}

function deploymentOf(deployment: Fields): Fields {
  return {
    sloOk: booleanOf(deployment['slo_ok'] ?? null),
    rollback: booleanOf(deployment['rollback'] ?? null),
    errorRate: deployment['error_rate'] ?? null,
  }
}

/** Ledgers say 1 and 0, or true and false. */
function booleanOf(value: unknown): unknown {
  if (value === 1) return true
  return value === 0 ? false : value
}

/** What was told of a decision in one number, by all parts together and by the last that said so; null when it cannot be read. */
function toldOf(outcomes: unknown): Readonly<Record<'reward' | 'quality', number | null>> | null {
  if (!Array.isArray(outcomes)) return null
  let reward: number | null = null
  let quality: number | null = null
  for (const outcome of outcomes as readonly unknown[]) {
    const fields = isRecord(outcome) ? outcome['fields'] : null
    // Measures of another type are lost where lines are joined: so each line is looked at.
    if (!isRecord(fields) || !isMeasures(fields['rewards'])) return null
    const part = fields['reward'] ?? null
    const rated = fields['quality'] ?? null
    if (part !== null) {
      if (typeof part !== 'number') return null
      reward = (reward ?? 0) + part
    }
    if (rated !== null) {
      if (typeof rated !== 'number' || !(rated >= 0 && rated <= 1)) return null
      quality = rated
    }
  }
  return { reward, quality }
}

function isMeasures(rewards: unknown): rewards is Fields | null | undefined {
  if (rewards === undefined || rewards === null) return true
  if (!isRecord(rewards)) return false
  const immediate = rewards['immediate'] ?? NO_FIELDS
  const deployment = rewards['deployment'] ?? NO_FIELDS
  return isRecord(immediate) && isRecord(deployment)
}

function isTexts(values: unknown): values is readonly string[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'string')
}
