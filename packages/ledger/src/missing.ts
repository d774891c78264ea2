import { readHead } from './head.ts'
import { dayOfSegment, monthOfSegment, writerOf } from './names.ts'
import { readPruned, type Pruned } from './pruned.ts'
import { monthNumber } from './retention.ts'
import { listSegments, type SegmentList } from './segments.ts'
import { endOfDay } from './timestamp.ts'

/** A segment that was there and is gone, although nobody removed it for its age. */
export interface Missing {
  /** Its name; of one without a head `<writer>-<count>`, or `<writer>-<count>..<count>` of several in a row. */
  readonly segment: string
  /** How many lines its head tells of; 0 where nobody knows. */
  readonly lines: number
  /** When its last line is from at the latest, in ms since 1970, by the days in names and by its head. */
  readonly untilMs: number
}

/** @throws {JsonNotReadError} if a head cannot be read, or the system's error if the directory cannot. */
export async function missingSegments(directory: string, list: SegmentList): Promise<Missing[]> {
  if (list.missing.length === 0 && holesIn(list).length === 0) return []
  // One that is being made, or moves, may be missed by one look, and not by two.
  const again = await listSegments(directory)
  const pruned = await readPruned(directory)
  const found: Missing[] = []
  for (const segment of list.missing.filter((name) => again.missing.includes(name))) {
    if (isPrunedMonth(pruned, again, segment)) continue
    const head = await readHead(directory, segment)
    const lines = head.kind === 'found' ? head.head.lines : 0
    // A head without lines is that of a writer which was killed before its first.
    if (lines === 0 && head.kind !== 'broken') continue
    const maxMs = head.kind === 'found' ? head.head.maxMs : null
    const dayMs = endOfDay(dayOfSegment(segment))
    found.push({ segment, lines, untilMs: Math.max(dayMs, maxMs ?? dayMs) })
  }
  const before = holesIn(list)
  for (const hole of holesIn(again)) {
    const isSeenTwice = before.some(
      ({ writer, from }) => writer === hole.writer && from <= hole.from,
    )
    const from = Math.max(hole.from, (pruned.writers[hole.writer] ?? -1) + 1)
    if (!isSeenTwice || from > hole.to) continue
    const untilMs = endOfDay(hole.before)
    found.push({ segment: nameOf({ ...hole, from }), lines: 0, untilMs })
  }
  return found
}

/** Numbers of a writer that no segment and no head has, up to one that there is. */
interface Hole {
  readonly writer: string
  readonly from: number
  readonly to: number
  /** The day of the next segment of the writer. */
  readonly before: string
}

/** Each writer counts its segments from 0. */
function holesIn({ segments, missing }: SegmentList): Hole[] {
  const known = new Map<string, { count: number; before: string }[]>()
  for (const segment of [...segments, ...missing]) {
    const { writer, count } = writerOf(segment)
    const numbered = { count, before: dayOfSegment(segment) }
    const others = known.get(writer)
    if (others === undefined) known.set(writer, [numbered])
    else others.push(numbered)
  }
  const holes: Hole[] = []
  for (const [writer, numbered] of known) {
    let expected = 0
    for (const { count, before } of numbered.toSorted((a, b) => a.count - b.count)) {
      if (count > expected) holes.push({ writer, from: expected, to: count - 1, before })
      expected = count + 1
    }
  }
  return holes
}

const nameOf = ({ writer, from, to }: Hole): string =>
  from === to ? `${writer}-${from}` : `${writer}-${from}..${to}`

/** Whether it was removed for its age. At least one whole month is kept beside the newest, whatever the record says. */
function isPrunedMonth({ before }: Pruned, { segments }: SegmentList, segment: string): boolean {
  const newest = segments.map(dayOfSegment).at(-1)
  if (newest === undefined) return false
  const isOld = monthNumber(segment) < monthNumber(newest) - 1
  return isOld && monthOfSegment(segment) < before
}
