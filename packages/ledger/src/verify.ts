import { isUtf8 } from 'node:buffer'
import { blocksOf } from './blocks.ts'
import { LedgerReadError, messageOf } from './errors.ts'
import { readHead, type Head } from './head.ts'
import { checkPath } from './options.ts'
import { listSegments, openSegment } from './segments.ts'
import { createWalk, type ChainProblem, type Walked } from './walk.ts'
import { wordsOf, type Words } from './words.ts'

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
  const segments: SegmentReport[] = []
  const problems: ChainProblem[] = []
  for (const segment of [...list.segments, ...list.missing].toSorted()) {
    const verified = await verifySegment(directory, segment)
    if (verified === null) continue
    segments.push(verified.report)
    problems.push(...verified.problems)
  }
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

/** Null if the segment was removed for its age, or never had a line. */
async function verifySegment(directory: string, segment: string): Promise<Verified | null> {
  // The head first: the segment only grows meanwhile.
  const found = await readHead(directory, segment)
  const head = found.kind === 'found' ? found.head : null
  let walked: WalkedSegment
  try {
    const opened = await openSegment(directory, segment)
    if (opened === null) {
      if (head === null || head.lines === 0 || head.isPruned === true) return null
      return bad(segment, 'segment-missing', head.lines)
    }
    walked = await walkSegment(opened.parts, segment, head)
  } catch (error) {
    if (isBadContent(error)) return bad(segment, 'unreadable', 0)
    throw error
  }
  // A segment that is removed for its age loses its head last.
  if (head === null && (await isGone(directory, segment))) return null
  return reported(segment, head, found.kind, walked)
}

function reported(
  segment: string,
  head: Head | null,
  found: 'found' | 'missing' | 'broken',
  walked: WalkedSegment,
): Verified {
  const { lines, tornBytes } = walked
  const problems = [...walked.problems]
  if (found !== 'found') {
    const kind = found === 'missing' ? 'head-missing' : 'head-broken'
    problems.unshift({ segment, kind, line: 0, count: lines })
  }
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

async function isGone(directory: string, segment: string): Promise<boolean> {
  const { segments } = await listSegments(directory)
  return !segments.includes(segment)
}

export interface WalkedSegment extends Walked {
  /** Of all whole lines, in bytes. */
  readonly wholeBytes: number
  readonly tornBytes: number
}

const LINE_FEED = 10

/** Goes along a segment. @param hear hears every whole line. @throws the system's or zlib's error. */
export async function walkSegment(
  parts: AsyncIterable<Buffer>,
  segment: string,
  head: Head | null,
  hear: (words: Words, start: number, end: number) => void = () => {},
): Promise<WalkedSegment> {
  const walk = createWalk(segment, head)
  let wholeBytes = 0
  let tornBytes = 0
  for await (const block of blocksOf(parts)) {
    if (block.kind === 'rest') tornBytes = block.bytes.length
    else if (block.kind === 'too-long') walk.take('', false)
    else {
      const { bytes } = block
      const isText = isUtf8(bytes)
      const words = wordsOf(bytes)
      wholeBytes += bytes.length
      for (let at = 0; at < bytes.length;) {
        const end = bytes.indexOf(LINE_FEED, at)
        walk.take(bytes.toString('utf8', at, end), isText || isUtf8(bytes.subarray(at, end)))
        hear(words, at, end)
        at = end + 1
      }
    }
  }
  return { ...walk.finish(), wholeBytes, tornBytes }
}
