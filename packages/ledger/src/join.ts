import type { Rewards } from './line.ts'
import { endAt, kindAt, recordAt, recordsIn, type RecordBytes, type RecordView } from './record.ts'
import type { Kind } from './scan.ts'
import {
  isObject,
  mergedRewards,
  NO_REWARDS,
  rewardsIn,
  type Fields,
  type LedgerRow,
  type OutcomeOf,
} from './row.ts'
import type { Tally } from './tally.ts'

export interface JoinOptions {
  /** Of the sources that records name. */
  readonly paths: readonly string[]
  readonly outcomesWithinMs: number
  readonly tally: Tally
}

/** How much earlier than its decision an outcome may be, in ms: processes have clocks of their own. */
export const SLACK_MS = 60_000

interface Row {
  readonly id: string
  readonly tMs: number
  readonly decision: Fields
  outcomes: OutcomeOf[]
  rewards: Rewards
  missing: boolean
}

/** Puts together what belongs together. @param buffers all records of the ids in question, in the order of the ledger. */
export function joined(buffers: readonly Buffer[], options: JoinOptions): LedgerRow[] {
  const texts = buffers.map((bytes): Text => ({
    ...recordsIn(bytes),
    latin1: bytes.toString('latin1'),
  }))
  const rows = new Map<string, Row>()
  // An outcome may lie before its decision, in another process's segment.
  for (const text of texts)
    eachOf(text, 'decision', (record) => decide(text, record, rows, options))
  for (const text of texts) eachOf(text, 'outcome', (record) => comeOf(text, record, rows, options))
  const { count } = options.tally
  const all = [...rows.values()]
  count.rows += all.length
  for (const { missing, outcomes } of all) {
    count.outcomes += outcomes.length
    if (missing) count.missing += 1
  }
  return all
}

/** Records, and their bytes as text, one character for one byte: parts of it are had for nothing. */
interface Text extends RecordBytes {
  readonly latin1: string
}

function eachOf({ bytes, view }: Text, kind: Kind, hear: (record: RecordView) => void): void {
  for (let at = 0; at < bytes.length; at = endAt(view, at)) {
    if (kindAt(view, at) === kind) hear(recordAt(view, at))
  }
}

function decide(
  text: Text,
  record: RecordView,
  rows: Map<string, Row>,
  options: JoinOptions,
): void {
  // A copy: a part of the text would keep the whole of it alive as long as the row.
  const key = text.bytes.toString('latin1', record.idAt, record.idEnd)
  if (rows.has(key)) {
    reject(options, record, 'duplicate', 'its decision is there already')
    return
  }
  const decision = fieldsOf(text, record)
  if (decision === null) {
    reject(options, record, 'malformed', 'it is no JSON')
    return
  }
  const rewards = rewardsIn(decision)
  const row: Row = {
    id: record.isAscii ? key : text.bytes.toString('utf8', record.idAt, record.idEnd),
    tMs: record.tMs,
    decision,
    outcomes: NO_OUTCOMES,
    rewards,
    missing: rewards === NO_REWARDS || !hasMeasure(rewards),
  }
  rows.set(key, row)
}

function comeOf(
  text: Text,
  record: RecordView,
  rows: Map<string, Row>,
  options: JoinOptions,
): void {
  const row = rows.get(text.latin1.slice(record.idAt, record.idEnd))
  if (row === undefined) {
    options.tally.count.unmatched += 1
    return
  }
  const afterMs = record.tMs - row.tMs
  if (!(afterMs >= -SLACK_MS && afterMs < options.outcomesWithinMs)) {
    reject(options, record, 'late', 'it is out of the time in which an outcome counts')
    return
  }
  const fields = fieldsOf(text, record)
  const part = fields?.['part'] ?? ''
  if (fields === null || typeof part !== 'string') {
    reject(options, record, 'malformed', fields === null ? 'it is no JSON' : 'part is no string')
    return
  }
  if (row.outcomes.some((outcome) => outcome.part === part)) {
    reject(options, record, 'duplicate', 'this part of its outcome is there already')
    return
  }
  add(row, { tMs: record.tMs, part, fields })
}

function add(row: Row, outcome: OutcomeOf): void {
  row.missing = false
  const rewards = rewardsIn(outcome.fields)
  if (row.outcomes.length === 0) {
    row.outcomes = [outcome]
    row.rewards = mergedRewards(row.rewards, rewards)
    return
  }
  row.outcomes.push(outcome)
  row.outcomes.sort((a, b) => a.tMs - b.tMs)
  // The later counts, in whatever order they came.
  row.rewards = row.outcomes.reduce(
    (merged, { fields }) => mergedRewards(merged, rewardsIn(fields)),
    rewardsIn(row.decision),
  )
}

function reject(
  { tally, paths }: JoinOptions,
  { source, line }: RecordView,
  kind: 'duplicate' | 'malformed' | 'late',
  reason: string,
): void {
  tally.reject(paths[source] ?? '', line, kind, reason)
}

/** Null if it is no JSON. */
function fieldsOf({ bytes, latin1 }: Text, { isAscii, bodyAt, end }: RecordView): Fields | null {
  const text = isAscii ? latin1.slice(bodyAt, end) : bytes.toString('utf8', bodyAt, end)
  try {
    return JSON.parse(text) as Fields
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function hasMeasure({ immediate, deployment }: Rewards): boolean {
  const measures = [immediate, deployment].flatMap((part) =>
    isObject(part) ? Object.values(part) : [],
  )
  return measures.some((measure) => measure !== null)
}

const NO_OUTCOMES: OutcomeOf[] = []
