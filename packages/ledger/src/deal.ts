import { isAscii, isUtf8 } from 'node:buffer'
import { blocksOf } from './blocks.ts'
import type { Examination } from './examination.ts'
import { SLACK_MS } from './join.ts'
import { NOT_SURE } from './json-ends.ts'
import type { Partitions } from './partitions.ts'
import { writeHead } from './record.ts'
import type { LineScanner, Scanned } from './scan.ts'
import type { Tally } from './tally.ts'
import { wordsOf } from './words.ts'

/** A file of lines, as a reading has it. */
export interface Source {
  readonly path: string
  /** Its place among the sources of the reading. */
  readonly index: number
  readonly parts: AsyncIterable<Buffer>
  /** Whether a last line without a line feed counts if it is whole: so in files that people and other programs write. */
  readonly mayEndOpen: boolean
  /** Hears every line as it is; null where nobody asks. */
  readonly examination: Examination | null
}

export interface Window {
  readonly fromMs: number
  readonly toMs: number
  readonly outcomesWithinMs: number
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Looks at every line of a file, and deals out those of the window. */
export async function dealOut(
  source: Source,
  window: Window,
  scanner: LineScanner,
  partitions: Partitions,
  tally: Tally,
): Promise<void> {
  const { path, index, mayEndOpen, examination } = source
  const { count } = tally
  /** Of the line. */
  let number = 0
  let tMs = Number.NaN

  /** The line that was scanned. @returns what to wait for. */
  const take = (isPlain: boolean): Promise<void> | null => {
    count.lines += 1
    tMs = scanner.tMs
    if (Number.isNaN(tMs)) {
      tally.reject(path, number, 'undated', 'it has no date and time with its offset')
    } else if (isIn(window, scanner)) {
      writeHead(scanner.record, index, number, scanner, isPlain)
      return partitions.add(scanner)
    } else {
      count.outside += 1
    }
    return null
  }
  const refuse = (reason: string): null => {
    count.lines += 1
    tally.reject(path, number, 'malformed', reason)
    return null
  }
  /** A line that the scanner is not sure of, up to its line feed. */
  const parse = (bytes: Buffer, start: number, feed: number): Promise<void> | null => {
    const end = feed > start && bytes[feed - 1] === CARRIAGE_RETURN ? feed - 1 : feed
    if (end === start) return null
    if (!isUtf8(bytes.subarray(start, end))) return refuse('it is not UTF-8')
    const refused = scanner.parse(bytes, start, end)
    return refused === null ? take(false) : refuse(refused.reason)
  }
  const takeAll = async (part: Buffer): Promise<void> => {
    const words = wordsOf(part)
    const { bytes } = words
    const isPlain = isAscii(bytes)
    const isText = isPlain || isUtf8(bytes)
    scanner.reserve(bytes.length)
    let at = number === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
    while (at < bytes.length) {
      number += 1
      tMs = Number.NaN
      const from = number === 1 ? 0 : at
      let wait: Promise<void> | null
      let feed = isText ? scanner.scan(words, at) : NOT_SURE
      if (feed === NOT_SURE) {
        feed = bytes.indexOf(LINE_FEED, at)
        wait = parse(bytes, at, feed)
      } else {
        wait = take(isPlain)
      }
      if (examination !== null) {
        const line = bytes.toString('utf8', from, feed)
        examination.take(line, isText || isUtf8(bytes.subarray(from, feed)), tMs)
      }
      if (wait !== null) await wait
      at = feed + 1
    }
  }

  count.segments += 1
  for await (const block of blocksOf(source.parts)) {
    if (block.kind === 'lines') await takeAll(block.bytes)
    else if (block.kind === 'too-long') {
      number += 1
      refuse('it is too long')
      if (block.isTorn) examination?.tear(block.sizeBytes)
      else examination?.take('', false, Number.NaN)
    } else if (mayEndOpen && isWhole(block.bytes)) {
      await takeAll(Buffer.concat([block.bytes, Buffer.from([LINE_FEED])]))
    } else {
      count.tornBytes += block.bytes.length
      examination?.tear(block.bytes.length)
      tally.reject(path, number + 1, 'torn', 'its end is missing')
    }
  }
}

/** The beginning of an object is never an object. */
function isWhole(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''))
    return typeof value === 'object'
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** Whether a line may be of a row: a decision of the window, or what may have come of one. */
function isIn({ fromMs, toMs, outcomesWithinMs }: Window, { kind, tMs }: Scanned): boolean {
  if (kind === 'decision') return tMs >= fromMs && tMs < toMs
  return tMs >= fromMs - SLACK_MS && tMs < toMs + outcomesWithinMs
}
