import type { Rewards } from './line.ts'
import type { Choice } from './choice.ts'
import { IdTable } from './id-table.ts'
import type { Records } from './partitions.ts'
import { endAt, kindAt, recordAt, type RecordView } from './record.ts'
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
import { textOf } from './texts.ts'
import type { Unpacker } from './unpack.ts'
import type { Words } from './words.ts'

export interface JoinOptions {
  /** Of the sources that records name. */
  readonly paths: readonly string[]
  readonly outcomesWithinMs: number
  readonly choice: Choice
  readonly unpacker: Unpacker
  readonly tally: Tally
}

/** How much earlier than its decision an outcome may be, in ms: processes have clocks of their own. */
export const SLACK_MS = 60_000

interface Row {
  readonly id: string
  readonly tMs: number
  decision: Fields
  outcomes: OutcomeOf[]
  rewards: Rewards
  missing: boolean
}

/** Puts together what belongs together. @param parts all records of the ids in question, in the order of the ledger. */
export function joined(parts: readonly Records[], options: JoinOptions): LedgerRow[] {
  let decisions = 0
  for (const part of parts) eachOf(part, 'decision', () => (decisions += 1))
  const rows: Rows = { ids: new IdTable(decisions), all: [] }
  // An outcome may lie before its decision, in another process's segment.
  for (const part of parts) {
    eachOf(part, 'decision', (at) => decide(part.words, recordAt(part.words, at), rows, options))
  }
  for (const part of parts) {
    eachOf(part, 'outcome', (at) => comeOf(part.words, recordAt(part.words, at), rows, options))
  }
  const { count } = options.tally
  forget(rows.all, options.choice)
  count.rows += rows.all.length
  for (const { missing, outcomes } of rows.all) {
    count.outcomes += outcomes.length
    if (missing) count.missing += 1
  }
  return rows.all
}

/** The rows so far, and their ids in the same order. */
interface Rows {
  readonly ids: IdTable
  readonly all: Row[]
}

function eachOf({ words, end }: Records, kind: Kind, hear: (at: number) => void): void {
  for (let at = 0; at < end; at = endAt(words, at)) {
    if (kindAt(words, at) === kind) hear(at)
  }
}

function decide(words: Words, record: RecordView, { ids, all }: Rows, options: JoinOptions): void {
  const { idAt, idEnd, idHash, isAscii, tMs } = record
  if (!ids.add(words, idAt, idEnd, idHash)) {
    reject(options, record, 'duplicate', 'its decision is there already')
    return
  }
  const fields = fieldsOf(words, record, options)
  const rewards = rewardsIn(fields)
  all.push({
    id: textOf(words, idAt, idEnd, isAscii),
    tMs,
    decision: fields,
    outcomes: NO_OUTCOMES,
    rewards,
    missing: rewards === NO_REWARDS || !hasMeasure(rewards),
  })
}

function comeOf(words: Words, record: RecordView, { ids, all }: Rows, options: JoinOptions): void {
  const { tally, outcomesWithinMs } = options
  const row = all[ids.find(words, record.idAt, record.idEnd, record.idHash)]
  if (row === undefined) {
    tally.count.unmatched += 1
    return
  }
  const { tMs } = record
  const afterMs = tMs - row.tMs
  if (!(afterMs >= -SLACK_MS && afterMs < outcomesWithinMs)) {
    reject(options, record, 'late', 'it is out of the time in which an outcome counts')
    return
  }
  const fields = fieldsOf(words, record, options)
  const part = fields['part'] ?? ''
  if (typeof part !== 'string') {
    reject(options, record, 'malformed', 'part is no string')
    return
  }
  if (row.outcomes.some((outcome) => outcome.part === part)) {
    reject(options, record, 'duplicate', 'this part of its outcome is there already')
    return
  }
  add(row, { tMs, part, fields })
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

const fieldsOf = (
  words: Words,
  { bodyAt, isAscii }: RecordView,
  { unpacker }: JoinOptions,
): Fields => unpacker.objectAt(words, bodyAt, isAscii)

/** Takes away what rows were made with and nobody asked for. */
function forget(rows: readonly Row[], { decision, outcome }: Choice): void {
  if (decision.unasked.length > 0) {
    for (const row of rows) row.decision = without(row.decision, decision.unasked)
  }
  if (outcome.unasked.length === 0) return
  for (const row of rows) {
    row.outcomes = row.outcomes.map(({ tMs, part, fields }) => ({
      tMs,
      part,
      fields: without(fields, outcome.unasked),
    }))
  }
}

function without(fields: Fields, names: readonly string[]): Fields {
  if (!names.some((name) => name in fields)) return fields
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

function hasMeasure({ immediate, deployment }: Rewards): boolean {
  return holdsOne(immediate) || holdsOne(deployment)
}

function holdsOne(measures: unknown): boolean {
  if (!isObject(measures)) return false
  for (const name in measures) if (measures[name] !== null) return true
  return false
}

const NO_OUTCOMES: OutcomeOf[] = []
