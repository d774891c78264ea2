import { stat } from 'node:fs/promises'
import { partsOfFile } from './blocks.ts'
import type { Source } from './deal.ts'
import { createExamination } from './examination.ts'
import { readHead, type HeadFound } from './head.ts'
import { SLACK_MS } from './join.ts'
import { missingSegments } from './missing.ts'
import { archivePath, dayOfSegment, openPath, sealedPath } from './names.ts'
import type { ReadSettings } from './options.ts'
import { listSegments, openSegment } from './segments.ts'
import { endOfDay } from './timestamp.ts'
import { isGone } from './verify.ts'
import type { ChainProblem } from './walk.ts'

/** Where lines come from, and about how much that is. */
export interface Plan {
  readonly sizeBytes: number
  readonly missing: readonly string[]
  readonly sources: AsyncIterable<Omit<Source, 'index'>>
  /** What is wrong with chains, as far as is known by now. */
  readonly problems: readonly ChainProblem[]
}

/** What a reading of a ledger looks at. @throws the system's error if there is no such directory. */
export async function planOfLedger(directory: string, settings: ReadSettings): Promise<Plan> {
  const { fromMs, isVerified } = settings
  const list = await listSegments(directory)
  const wanted: Wanted[] = []
  let sizeBytes = 0
  for (const segment of list.segments) {
    const found = await readHead(directory, segment)
    if (!mayHold(segment, found, settings)) continue
    wanted.push({ segment, found })
    sizeBytes += await sizeOf(directory, segment)
  }
  const missing = await missingSegments(directory, list)
  const problems = missing
    .filter(({ untilMs }) => isVerified && untilMs > fromMs - SLACK_MS)
    .map(({ segment, lines }) => ({
      segment,
      kind: 'segment-missing' as const,
      line: 0,
      count: lines,
    }))
  return {
    sizeBytes,
    missing: missing.map(({ segment }) => segment),
    sources: segmentsOf(directory, wanted, isVerified ? problems : null),
    problems,
  }
}

/** A segment that is to be read, with its head as it was before. */
interface Wanted {
  readonly segment: string
  readonly found: HeadFound
}

/** Whether a segment may hold lines of the window. Its day says little of that: clocks jump, and lines bring their own time. */
function mayHold(
  segment: string,
  found: HeadFound,
  { fromMs, toMs, outcomesWithinMs, isVerified }: ReadSettings,
): boolean {
  if (found.kind !== 'found' || !found.head.isFinal) return true
  const touches = (minMs: number | null, maxMs: number | null): boolean =>
    minMs !== null &&
    maxMs !== null &&
    maxMs >= fromMs - SLACK_MS &&
    minMs < toMs + outcomesWithinMs
  const { minMs, maxMs } = found.head
  if (touches(minMs, maxMs)) return true
  // Another time in the head would hide the lines. The chain begins with the name, so that one stays.
  const dayEndMs = endOfDay(dayOfSegment(segment))
  return isVerified && touches(dayEndMs - DAY_MS, dayEndMs)
}

const DAY_MS = 86_400_000

/** What zstd makes of lines is about a sixth of them. */
const PACKED = 6

async function sizeOf(directory: string, segment: string): Promise<number> {
  for (const [path, factor] of [
    [openPath(directory, segment), 1],
    [sealedPath(directory, segment), 1],
    [archivePath(directory, segment), PACKED],
  ] as const) {
    const size = await stat(path).then(
      (stats) => stats.size,
      () => null,
    )
    if (size !== null) return size * factor
  }
  return 0
}

/** @param problems gains what is wrong with the chains, a segment at a time; null where nobody asks. */
async function* segmentsOf(
  directory: string,
  segments: readonly Wanted[],
  problems: ChainProblem[] | null,
): AsyncGenerator<Omit<Source, 'index'>> {
  for (const { segment, found } of segments) {
    const opened = await openSegment(directory, segment)
    // Gone since it was listed: too old to be kept.
    if (opened === null) continue
    const examination = problems === null ? null : createExamination(segment, found)
    yield { path: opened.path, parts: opened.parts, mayEndOpen: false, examination }
    if (examination === null) continue
    const examined = examination.finish()
    // A segment that is removed for its age loses its head last.
    if (examined.head === null && (await isGone(directory, segment))) continue
    problems?.push(...examined.problems)
  }
}

/** What a reading of one file looks at. @throws the system's error if there is no such file. */
export async function planOfFile(path: string): Promise<Plan> {
  return { sizeBytes: (await stat(path)).size, missing: [], sources: oneFile(path), problems: [] }
}

async function* oneFile(path: string): AsyncGenerator<Omit<Source, 'index'>> {
  yield { path, parts: partsOfFile(path), mayEndOpen: true, examination: null }
}
