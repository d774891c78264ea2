import { isUtf8 } from 'node:buffer'
import { blocksOf, partsOfFile } from './blocks.ts'
import { choiceOf } from './choice.ts'
import { codeOf, LedgerReadError, messageOf } from './errors.ts'
import { readHead } from './head.ts'
import { SLACK_MS } from './join.ts'
import { dayOfSegment } from './names.ts'
import { checkedReadOptions, checkPath, type ReadLedgerOptions } from './options.ts'
import { type Fields, type LedgerRow, type OutcomeOf } from './row.ts'
import { parsedLine } from './scan-whole.ts'
import { listSegments, openSegment, type SegmentList } from './segments.ts'
import { endOfDay } from './timestamp.ts'

/** `fromMs` says when the decision was made at the earliest. The later that is, the less is searched. */
export type FindOptions = Pick<ReadLedgerOptions, 'fromMs' | 'outcomesWithinMs'>

/** A decision with what came of it, as a reading has it. */
export type FoundDecision<D = Fields, O = Fields> = Pick<
  LedgerRow<D, O>,
  'id' | 'tMs' | 'decision' | 'outcomes'
>

/**
 * Looks for one decision in a ledger, live and archived segments alike: in those that may have it by the day in their names and the time in
 * their heads. These are read whole, for lines bring their own time; their bytes are searched for the id, and only lines that have it are parsed.
 * @returns null if it is not there, and where there is no ledger.
 * @throws {LedgerReadError} if the ledger or a segment that may have it cannot be read.
 * @throws {TypeError | RangeError} naming an option that is not as it may be.
 */
export async function findInLedger<D = Fields, O = Fields>(
  directory: string,
  id: string,
  options: FindOptions = {},
): Promise<FoundDecision<D, O> | null> {
  checkPath(directory)
  const search = searchFor(id, options)
  const { fromMs, outcomesWithinMs } = search
  for (const segment of (await segmentsIn(directory)).segments) {
    const day = dayOfSegment(segment)
    if (endOfDay(day) <= fromMs - SLACK_MS) continue
    const { decision } = search
    // Nothing that came of it can be in this segment, nor in any later one.
    const startMs = endOfDay(day) - DAY_MS
    if (decision !== null && decision.tMs + outcomesWithinMs <= startMs) break
    if (await mayHold(directory, segment, fromMs)) await searchSegment(directory, segment, search)
  }
  return search.row() as FoundDecision<D, O> | null
}

/**
 * Looks for one decision in a file of lines, as `readSeedLedger` reads it.
 * @returns null if it is not there, and where there is no such file.
 * @throws as `findInLedger`.
 */
export async function findInSeedLedger<D = Fields, O = Fields>(
  path: string,
  id: string,
  options: FindOptions = {},
): Promise<FoundDecision<D, O> | null> {
  checkPath(path)
  const search = searchFor(id, options)
  try {
    await searchParts(partsOfFile(path), search, true)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw new LedgerReadError(path, messageOf(error), error)
  }
  return search.row() as FoundDecision<D, O> | null
}

const DAY_MS = 86_400_000
const LINE_FEED = 10

/** A line of the decision that is looked for. */
interface Line {
  readonly tMs: number
  readonly kind: 'decision' | 'outcome'
  readonly fields: Fields
}

/** What was found so far. */
interface Search {
  readonly fromMs: number
  readonly outcomesWithinMs: number
  /** The first there is. */
  readonly decision: Line | null
  /** Looks at whole lines, those in front first. */
  look(bytes: Buffer): void
  row(): FoundDecision | null
}

function searchFor(id: string, options: FindOptions): Search {
  const { fromMs, outcomesWithinMs } = checkedReadOptions(options)
  // As it stands in a line, whatever is printed around it.
  const needle = Buffer.from(JSON.stringify(id))
  const lines: Line[] = []
  const decision = (): Line | null => lines.find(({ kind }) => kind === 'decision') ?? null
  return {
    fromMs,
    outcomesWithinMs,
    get decision() {
      return decision()
    },
    look(bytes) {
      for (let at = bytes.indexOf(needle); at >= 0;) {
        const end = bytes.indexOf(LINE_FEED, at)
        const line = lineOf(bytes.subarray(bytes.lastIndexOf(LINE_FEED, at) + 1, end), id)
        if (line !== null) lines.push(line)
        at = bytes.indexOf(needle, end)
      }
    },
    row() {
      const made = decision()
      if (made === null) return null
      const outcomes = outcomesOf(made, lines, outcomesWithinMs)
      return { id, tMs: made.tMs, decision: made.fields, outcomes }
    },
  }
}

/** Each part once, the first of it that came in time; in the order of their time, as a reading has them. */
function outcomesOf(made: Line, lines: readonly Line[], withinMs: number): OutcomeOf[] {
  const parts = new Map<string, OutcomeOf>()
  for (const { kind, tMs, fields } of lines) {
    const { part = '' } = fields
    const afterMs = tMs - made.tMs
    if (kind !== 'outcome' || typeof part !== 'string' || parts.has(part)) continue
    if (afterMs >= -SLACK_MS && afterMs < withinMs) parts.set(part, { tMs, part, fields })
  }
  return [...parts.values()].toSorted((a, b) => a.tMs - b.tMs)
}

const ALL_FIELDS = choiceOf(null, null)

/** Null for a line that no reading would use, and for one of another decision. */
function lineOf(bytes: Buffer, id: string): Line | null {
  if (!isUtf8(bytes)) return null
  const found = parsedLine(bytes.toString('utf8'), ALL_FIELDS)
  if ('reason' in found || Number.isNaN(found.tMs) || found.id !== id) return null
  const { kind, tMs, json } = found
  // What it was parsed from is an object.
  return { kind, tMs, fields: JSON.parse(json) as Fields }
}

async function segmentsIn(directory: string): Promise<SegmentList> {
  try {
    return await listSegments(directory)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { segments: [], missing: [] }
    throw new LedgerReadError(directory, messageOf(error), error)
  }
}

/** Whether a segment may hold lines of that moment or later: of one that is finished, its head knows. */
async function mayHold(directory: string, segment: string, fromMs: number): Promise<boolean> {
  try {
    const found = await readHead(directory, segment)
    if (found.kind !== 'found' || !found.head.isFinal) return true
    const { maxMs } = found.head
    return maxMs !== null && maxMs >= fromMs - SLACK_MS
  } catch (error) {
    throw new LedgerReadError(directory, messageOf(error), error)
  }
}

async function searchSegment(directory: string, segment: string, search: Search): Promise<void> {
  const opened = await openSegment(directory, segment)
  // Gone since it was listed: too old to be kept.
  if (opened !== null) await searchParts(opened.parts, search, false)
}

/** @param mayEndOpen whether a last line without a line feed counts if it is whole. */
async function searchParts(
  parts: AsyncIterable<Buffer>,
  search: Search,
  mayEndOpen: boolean,
): Promise<void> {
  for await (const block of blocksOf(parts)) {
    if (block.kind === 'lines') search.look(block.bytes)
    // The beginning of an object is never an object, so what is torn is not used.
    else if (block.kind === 'rest' && mayEndOpen) {
      search.look(Buffer.concat([block.bytes, Buffer.from([LINE_FEED])]))
    }
  }
}
