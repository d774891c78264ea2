import { open, type FileHandle } from 'node:fs/promises'
import { blocksOf } from './blocks.ts'
import { codeOf, LedgerReadError, messageOf } from './errors.ts'
import { readHead } from './head.ts'
import { LONGEST_LINE } from './line.ts'
import { dayOfSegment, openPath, sealedPath } from './names.ts'
import { checkedReadOptions, checkPath, type ReadLedgerOptions } from './options.ts'
import { isObject, type Fields, type LedgerRow, type OutcomeOf } from './row.ts'
import { listSegments, openSegment, type SegmentList } from './segments.ts'
import { endOfDay, timestampMs } from './timestamp.ts'

/** `fromMs` says when the decision was made at the earliest. The later that is, the less is searched. */
export type FindOptions = Pick<ReadLedgerOptions, 'fromMs' | 'outcomesWithinMs'>

/** A decision with what came of it, as a reading has it. */
export type FoundDecision<D = Fields, O = Fields> = Pick<
  LedgerRow<D, O>,
  'id' | 'tMs' | 'decision' | 'outcomes'
>

/**
 * Looks for one decision in a ledger, live and archived segments alike: by the day in their names, and in those that are not archived
 * from the end backwards. So one of a moment ago is found at once, however long the ledger is.
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
 * Looks for one decision in a file of lines, as `readSeedLedger` reads it, from its end backwards as far as lines of its time reach.
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
  await searchBackwards(path, search)
  return search.row() as FoundDecision<D, O> | null
}

/** How far the lines of one decision may be off their order in a file: a line lingers, processes have clocks of their own. */
const SLACK_MS = 60_000
const DAY_MS = 86_400_000
const PART_BYTES = 1024 * 1024
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
  /** Takes what was found in one file, in the order of the file. */
  add(lines: readonly Line[]): void
  /** The lines among these bytes that are of the decision, in their order. */
  linesIn(bytes: Buffer): Line[]
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
    add(found) {
      lines.push(...found)
    },
    linesIn(bytes) {
      const found: Line[] = []
      for (let at = bytes.indexOf(needle); at >= 0;) {
        const feed = bytes.indexOf(LINE_FEED, at)
        const end = feed < 0 ? bytes.length : feed
        const line = lineOf(bytes.toString('utf8', bytes.lastIndexOf(LINE_FEED, at) + 1, end), id)
        if (line !== null) found.push(line)
        at = bytes.indexOf(needle, end)
      }
      return found
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

/** Null for a line that no reading would use, and for one of another decision. */
function lineOf(text: string, id: string): Line | null {
  const value = parsed(text)
  if (value === null || value['id'] !== id) return null
  const { v = 1, kind = 'decision', id: _id, t, ...fields } = value
  const tMs = timeOf(t)
  const isKnown = kind === 'decision' || kind === 'outcome' || kind === 'reward'
  if (v !== 1 || !isKnown || Number.isNaN(tMs)) return null
  return {
    tMs,
    kind: kind === 'decision' ? 'decision' : 'outcome',
    fields: withoutPlace(fields),
  }
}

/** The fields without the line's place in a chain, if it has one. */
function withoutPlace(fields: Fields): Fields {
  const { n, h, ...rest } = fields
  return Number.isInteger(n) && typeof h === 'string' ? rest : fields
}

/** Null for what is no JSON object: a torn line, for one. */
function parsed(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const timeOf = (t: unknown): number => (typeof t === 'string' ? timestampMs(t) : Number.NaN)

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

/** Segments move in one direction only: who looks for one in this order finds it. */
async function searchSegment(directory: string, segment: string, search: Search): Promise<void> {
  for (const path of [openPath(directory, segment), sealedPath(directory, segment)]) {
    if (await searchBackwards(path, search)) return
  }
  const archived = await openSegment(directory, segment)
  // Gone since it was listed: too old to be kept.
  if (archived === null) return
  const found: Line[] = []
  for await (const block of blocksOf(archived.parts)) {
    if (block.kind === 'lines') found.push(...search.linesIn(block.bytes))
  }
  search.add(found)
}

/** @returns false if there is no such file. */
async function searchBackwards(path: string, search: Search): Promise<boolean> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw new LedgerReadError(path, messageOf(error), error)
  }
  try {
    const found: Line[] = []
    for await (const part of partsFromTheEnd(file)) {
      found.unshift(...search.linesIn(part))
      // Ids may tell of another time than lines do, in a replay for one: what the decision's line says is better.
      const decision = found.find(({ kind }) => kind === 'decision') ?? search.decision
      if (firstTime(part) < (decision?.tMs ?? search.fromMs) - SLACK_MS) break
    }
    search.add(found)
    return true
  } catch (error) {
    throw new LedgerReadError(path, messageOf(error), error)
  } finally {
    await file.close()
  }
}

/** Whole lines, the last part of a file first. */
async function* partsFromTheEnd(file: FileHandle): AsyncGenerator<Buffer> {
  let { size: end } = await file.stat()
  /** The end of a line that begins further in front. */
  let lineEnd: Buffer = Buffer.alloc(0)
  while (end > 0) {
    const start = Math.max(0, end - PART_BYTES)
    const part = Buffer.alloc(end - start)
    const { bytesRead } = await file.read(part, 0, part.length, start)
    const bytes = Buffer.concat([part.subarray(0, bytesRead), lineEnd])
    const from = start === 0 ? 0 : bytes.indexOf(LINE_FEED) + 1
    end = start
    if (from === 0 && start > 0) {
      // What is longer than any line is none, and its end no more.
      lineEnd = bytes.length > 2 * LONGEST_LINE ? Buffer.alloc(0) : bytes
      continue
    }
    lineEnd = bytes.subarray(0, from)
    yield bytes.subarray(from)
  }
}

/** When the first line was written that says so; Infinity if none does. */
function firstTime(bytes: Buffer): number {
  for (let at = 0; at < bytes.length;) {
    const feed = bytes.indexOf(LINE_FEED, at)
    const end = feed < 0 ? bytes.length : feed
    const tMs = timeOf(parsed(bytes.toString('utf8', at, end))?.['t'])
    if (!Number.isNaN(tMs)) return tMs
    at = end + 1
  }
  return Infinity
}
