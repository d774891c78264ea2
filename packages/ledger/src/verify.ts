import { isUtf8 } from 'node:buffer'
import { blocksOf } from './blocks.ts'
import { choiceOf } from './choice.ts'
import { LedgerReadError, messageOf } from './errors.ts'
import { createExamination, type ExaminedSegment } from './examination.ts'
import { readHead, type HeadFound } from './head.ts'
import { missingSegments } from './missing.ts'
import { checkPath } from './options.ts'
import { LineScanner } from './scan.ts'
import { listSegments, openSegment } from './segments.ts'
import type { ChainProblem } from './walk.ts'
import { wordsOf } from './words.ts'

/** What a ledger's chains prove. */
export interface VerifyReport {
  /** Every line that was there at the last head of its segment is there, as it was and where it was. */
  readonly isSound: boolean
  readonly lines: number
  readonly segments: readonly SegmentReport[]
  /** Of all segments, in their order; the first 100 of each. */
  readonly problems: readonly ChainProblem[]
}

/**
 * A segment, in one of these states:
 *
 * - `whole`: as its head says.
 * - `behind`: it goes on after its head, and the chain with it. It is being written, or its writer was killed.
 * - `torn`: its last line has no end. Its writer was killed, or is writing it.
 * - `tampered`: something that no crash does; see `problems`.
 */
export interface SegmentReport {
  readonly segment: string
  readonly state: 'whole' | 'behind' | 'torn' | 'tampered'
  readonly lines: number
  /** Of these, how many come after the head, so that nothing proves they are all there were. */
  readonly behindLines: number
  readonly tornBytes: number
}

/**
 * Reads a whole ledger, and checks every line against the chain of its segment, and every chain against its head. Others may write and
 * archive meanwhile.
 * @throws {LedgerReadError} if it cannot be read.
 */
export async function verifyLedger(directory: string): Promise<VerifyReport> {
  checkPath(directory)
  const list = await listSegments(directory).catch((error: unknown) => {
    throw new LedgerReadError(directory, messageOf(error), error)
  })
  const verified: Verified[] = []
  for (const segment of list.segments) {
    const found = await verifySegment(directory, segment)
    if (found !== null) verified.push(found)
  }
  for (const { segment, lines } of await missingSegments(directory, list)) {
    verified.push(bad(segment, 'segment-missing', lines))
  }
  verified.sort((a, b) => (a.report.segment < b.report.segment ? -1 : 1))
  const problems = verified.flatMap((segment) => segment.problems)
  const segments = verified.map(({ report }) => report)
  return {
    isSound: problems.length === 0,
    lines: segments.reduce((sum, { lines }) => sum + lines, 0),
    segments,
    problems,
  }
}

interface Verified {
  readonly report: SegmentReport
  readonly problems: readonly ChainProblem[]
}

/** Null if the segment was removed for its age meanwhile. */
async function verifySegment(directory: string, segment: string): Promise<Verified | null> {
  // The head first: the segment only grows meanwhile.
  const found = await readHead(directory, segment)
  let examined: ExaminedSegment
  try {
    const opened = await openSegment(directory, segment)
    if (opened === null) return null
    examined = await examineSegment(opened.parts, segment, found)
  } catch (error) {
    if (isBadContent(error)) return bad(segment, 'unreadable', 0)
    throw error
  }
  // A segment that is removed for its age loses its head last.
  if (examined.head === null && (await isGone(directory, segment))) return null
  return reported(segment, examined)
}

function reported(segment: string, examined: ExaminedSegment): Verified {
  const { head, lines, problems, tornBytes } = examined
  const behindLines = Math.max(0, lines - (head?.lines ?? 0))
  const sound = tornBytes > 0 ? 'torn' : behindLines > 0 ? 'behind' : 'whole'
  const state = problems.length > 0 ? 'tampered' : sound
  return { report: { segment, state, lines, behindLines, tornBytes }, problems }
}

function bad(segment: string, kind: 'segment-missing' | 'unreadable', count: number): Verified {
  return {
    report: { segment, state: 'tampered', lines: 0, behindLines: 0, tornBytes: 0 },
    problems: [{ segment, kind, line: 0, count }],
  }
}

/** Whether the system gave the bytes, and they could not be unpacked. */
function isBadContent(error: unknown): boolean {
  if (!(error instanceof LedgerReadError)) return false
  return (error.cause as NodeJS.ErrnoException | undefined)?.syscall === undefined
}

export async function isGone(directory: string, segment: string): Promise<boolean> {
  const { segments } = await listSegments(directory)
  return !segments.includes(segment)
}

/** Of all whole lines, in bytes, beside what became of them. */
export interface WholeSegment extends ExaminedSegment {
  readonly wholeBytes: number
}

const LINE_FEED = 10

/** Goes along a segment, and compares it with its head. @throws the system's or zlib's error. */
export async function examineSegment(
  parts: AsyncIterable<Buffer>,
  segment: string,
  found: HeadFound,
): Promise<WholeSegment> {
  const examination = createExamination(segment, found)
  const scanner = new LineScanner(choiceOf([], []))
  let wholeBytes = 0
  for await (const block of blocksOf(parts)) {
    if (block.kind === 'rest') examination.tear(block.bytes.length)
    else if (block.kind === 'too-long') {
      if (block.isTorn) examination.tear(block.sizeBytes)
      else examination.take('', false, Number.NaN)
    } else {
      const { bytes } = block
      const isText = isUtf8(bytes)
      const words = wordsOf(bytes)
      wholeBytes += bytes.length
      for (let at = 0; at < bytes.length;) {
        const end = bytes.indexOf(LINE_FEED, at)
        const tMs = scanner.look(words, at, end) === null ? scanner.tMs : Number.NaN
        const line = bytes.toString('utf8', at, end)
        examination.take(line, isText || isUtf8(bytes.subarray(at, end)), tMs)
        at = end + 1
      }
    }
  }
  return { ...examination.finish(), wholeBytes }
}
