import { createHash } from 'node:crypto'
import { printJson } from '@holdfast/atomic-json'
import { isRolloutState, type RolloutState } from './state.ts'

/** One change of the rollout. The journal is the truth; `rollout.json` is its last entry's state, for quick readers. */
export interface JournalEntry {
  readonly seq: number
  /** When, in ms since 1970. */
  readonly atMs: number
  readonly command: string
  /** Who asked: a person, or the daily job. */
  readonly by: string
  readonly reason: string
  /** The whole state after it, less `head`. */
  readonly state: Omit<RolloutState, 'head'>
  /** `hash` of the entry before; empty in the first. */
  readonly previous: string
  /** SHA-256 of this entry without `hash`, in canonical JSON, hexadecimal. */
  readonly hash: string
}

/** What a journal's text says. */
export interface JournalReading {
  readonly entries: readonly JournalEntry[]
  /** Where the whole lines end, in bytes: what follows was torn off by a crash. */
  readonly wholeBytes: number
  /** The first line that is not what it should be, counted from 1; null when all are. */
  readonly problem: { readonly line: number; readonly reason: string } | null
}

/**
 * The entry that brings a rollout to `state`, and that state with its head.
 * @throws {TypeError} for a state that a reader would refuse: it would break the journal for good.
 */
export function entryOf(
  previous: string,
  after: RolloutState,
  { atMs, command, by }: { readonly atMs: number; readonly command: string; readonly by: string },
): { readonly entry: JournalEntry; readonly state: RolloutState } {
  if (!isRolloutState(after)) throw new TypeError('a state must be one of version 1 to be written')
  const { head: ofThePrevious, ...state } = after
  if (ofThePrevious !== previous)
    throw new Error('unreachable: a state carries the head it follows')
  const body = { seq: state.seq, atMs, command, by, reason: state.reason, state, previous }
  const entry = { ...body, hash: hashOf(body) }
  return { entry, state: { ...state, head: entry.hash } }
}

/** The state after an entry. */
export function stateAfter({ state, hash }: JournalEntry): RolloutState {
  return { ...state, head: hash }
}

/** Reads and checks a journal: every entry follows the one before, and is as it was written. */
export function readJournal(text: string): JournalReading {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const wholeBytes = Buffer.byteLength(whole)
  const entries: JournalEntry[] = []
  for (const [index, line] of whole.split('\n').slice(0, -1).entries()) {
    const last = entries.at(-1)
    const entry = parsed(line)
    const reason = entry === null ? 'is no journal entry' : breakIn(entry, last)
    if (entry === null || reason !== null) {
      return { entries, wholeBytes, problem: { line: index + 1, reason: reason ?? '' } }
    }
    entries.push(entry)
  }
  return { entries, wholeBytes, problem: null }
}

function breakIn(entry: JournalEntry, last: JournalEntry | undefined): string | null {
  const { hash, ...body } = entry
  if (hashOf(body) !== hash) return 'was changed after it was written'
  if (entry.previous !== (last?.hash ?? '')) return 'does not follow the line before'
  // The first goes on from a journal that could not be trusted, if there was one: routers never see a lower number.
  if (last !== undefined && entry.seq !== last.seq + 1)
    return `has number ${entry.seq} out of order`
  return null
}

function parsed(line: string): JournalEntry | null {
  try {
    const entry = JSON.parse(line) as JournalEntry
    return isRolloutState({ ...entry.state, head: '' }) ? entry : null
  } catch {
    return null // Told by the caller, with the number of the line.
  }
}

function hashOf(body: object): string {
  return createHash('sha256').update(printJson(body)).digest('hex')
}
