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
  rewardsOf,
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
  readonly decision: Fields
  outcomes: OutcomeOf[]
  rewards: Rewards
  missing: boolean
}

/** Puts together what belongs together. @param parts all records of the ids in question, in the order of the ledger. */
export function joined(parts: readonly Records[], options: JoinOptions): LedgerRow[] {
  let decisions = 0
  for (const part of parts) eachOf(part, 'decision', () => (decisions += 1))
  const rows: Rows = { ids: new IdTable(decisions), all: [], own: [], first: [], more: new Map() }
  // An outcome may lie before its decision, in another process's segment.
  for (const part of parts) {
    eachOf(part, 'decision', (at) => decide(part.words, recordAt(part.words, at), rows, options))
  }
  for (const part of parts) {
    eachOf(part, 'outcome', (at) => comeOf(part.words, recordAt(part.words, at), rows, options))
  }
  const { count } = options.tally
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
  /** Of each what its own line says came of it, and what its first outcome says. */
  readonly own: Rewards[]
  readonly first: Rewards[]
  /** Of those with several outcomes what each of them says, in the order of their time. */
  readonly more: Map<number, Told[]>
}

interface Told {
  readonly outcome: OutcomeOf
  readonly rewards: Rewards
}

function eachOf({ words, end }: Records, kind: Kind, hear: (at: number) => void): void {
  for (let at = 0; at < end; at = endAt(words, at)) {
    if (kindAt(words, at) === kind) hear(at)
  }
}

function decide(words: Words, record: RecordView, rows: Rows, options: JoinOptions): void {
  const { idAt, idEnd, idHash, isAscii, tMs } = record
  if (!rows.ids.add(words, idAt, idEnd, idHash)) {
    reject(options, record, 'duplicate', 'its decision is there already')
    return
  }
  const { unpacker, choice } = options
  const fields = unpacker.objectAt(words, record.bodyAt, isAscii, choice.decision.unasked)
  const rewards = rewardsOf(unpacker.aside['rewards'] ?? fields['rewards'])
  rows.own.push(rewards)
  rows.first.push(NO_REWARDS)
  rows.all.push({
    id: textOf(words, idAt, idEnd, isAscii),
    tMs,
    decision: fields,
    outcomes: NO_OUTCOMES,
    rewards,
    missing: rewards === NO_REWARDS || !hasMeasure(rewards),
  })
}

function comeOf(words: Words, record: RecordView, rows: Rows, options: JoinOptions): void {
  const { choice, outcomesWithinMs, tally, unpacker } = options
  const number = rows.ids.find(words, record.idAt, record.idEnd, record.idHash)
  const row = rows.all[number]
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
  const { unasked } = choice.outcome
  const fields = unpacker.objectAt(words, record.bodyAt, record.isAscii, unasked)
  const part = unpacker.aside['part'] ?? fields['part'] ?? ''
  if (typeof part !== 'string') {
    reject(options, record, 'malformed', 'part is no string')
    return
  }
  if (row.outcomes.some((outcome) => outcome.part === part)) {
    reject(options, record, 'duplicate', 'this part of its outcome is there already')
    return
  }
  const rewards = rewardsOf(unpacker.aside['rewards'] ?? fields['rewards'])
  add(rows, number, { outcome: { tMs, part, fields }, rewards })
}

function add({ all, own, first, more }: Rows, number: number, last: Told): void {
  const row = all[number]!
  row.missing = false
  if (row.outcomes.length === 0) {
    row.outcomes = [last.outcome]
    row.rewards = mergedRewards(row.rewards, last.rewards)
    first[number] = last.rewards
    return
  }
  const told = more.get(number) ?? [{ outcome: row.outcomes[0]!, rewards: first[number]! }]
  told.push(last)
  told.sort((a, b) => a.outcome.tMs - b.outcome.tMs)
  more.set(number, told)
  row.outcomes = told.map(({ outcome }) => outcome)
  // The later counts, in whatever order they came.
  row.rewards = told.reduce((merged, { rewards }) => mergedRewards(merged, rewards), own[number]!)
}

function reject(
  { tally, paths }: JoinOptions,
  { source, line }: RecordView,
  kind: 'duplicate' | 'malformed' | 'late',
  reason: string,
): void {
  tally.reject(paths[source] ?? '', line, kind, reason)
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
