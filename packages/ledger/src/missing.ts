import { readHead } from './head.ts'
import { dayOfSegment, monthOfSegment, writerOf } from './names.ts'
import { readPruned, type Pruned } from './pruned.ts'
import { monthNumber } from './retention.ts'
import { listSegments, type SegmentList } from './segments.ts'

/** A segment that was there and is gone, although nobody removed it for its age. */
export interface Missing {
  /** Its name; of one without a head `<writer>-<count>`, or `<writer>-<count>..<count>` of several in a row. */
  readonly segment: string
  /** How many lines its head tells of; 0 where nobody knows. */
  readonly lines: number
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
    if (lines > 0 || head.kind === 'broken') found.push({ segment, lines })
  }
  const before = holesIn(list)
  for (const hole of holesIn(again)) {
    const isSeenTwice = before.some(
      ({ writer, from }) => writer === hole.writer && from <= hole.from,
    )
    const from = Math.max(hole.from, (pruned.writers[hole.writer] ?? -1) + 1)
    if (isSeenTwice && from <= hole.to) found.push({ segment: nameOf({ ...hole, from }), lines: 0 })
  }
  return found
}

/** Numbers of a writer that no segment and no head has, up to one that there is. */
interface Hole {
  readonly writer: string
  readonly from: number
  readonly to: number
}

/** Each writer counts its segments from 0. */
function holesIn({ segments, missing }: SegmentList): Hole[] {
  const counts = new Map<string, number[]>()
  for (const segment of [...segments, ...missing]) {
    const { writer, count } = writerOf(segment)
    const known = counts.get(writer)
    if (known === undefined) counts.set(writer, [count])
    else known.push(count)
  }
  const holes: Hole[] = []
  for (const [writer, known] of counts) {
    let expected = 0
    for (const count of known.toSorted((a, b) => a - b)) {
      if (count > expected) holes.push({ writer, from: expected, to: count - 1 })
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
