import { isAscii, isUtf8 } from 'node:buffer'
import { blocksOf } from './blocks.ts'
import { SLACK_MS } from './join.ts'
import type { Partitions } from './partitions.ts'
import { scanLine, type Scanned } from './scan.ts'
import type { Tally } from './tally.ts'

/** A file of lines, as a reading has it. */
export interface Source {
  readonly path: string
  /** Its place among the sources of the reading. */
  readonly index: number
  readonly parts: AsyncIterable<Buffer>
  /** Whether a last line without a line feed counts if it is whole: so in files that people and other programs write. */
  readonly mayEndOpen: boolean
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
  partitions: Partitions,
  tally: Tally,
): Promise<void> {
  const { path, index, mayEndOpen } = source
  let number = 0

  /** One line, without its line feed. @returns what to wait for. */
  const take = (
    bytes: Buffer,
    start: number,
    end: number,
    isPlain: boolean,
  ): Promise<void> | null => {
    number += 1
    const last = bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end
    if (last === start) return null
    tally.count.lines += 1
    const scanned = scanLine(bytes, start, last)
    if ('reason' in scanned) {
      tally.reject(path, number, scanned.kind, scanned.reason)
    } else if (Number.isNaN(scanned.tMs)) {
      tally.reject(path, number, 'undated', 'it has no date and time with its offset')
    } else if (isIn(window, scanned)) {
      return partitions.add(index, number, scanned, isPlain)
    } else {
      tally.count.outside += 1
    }
    return null
  }
  const refuse = (reason: string): void => {
    number += 1
    tally.count.lines += 1
    tally.reject(path, number, 'malformed', reason)
  }
  const takeAll = async (bytes: Buffer): Promise<void> => {
    const isPlain = isAscii(bytes)
    const isText = isPlain || isUtf8(bytes)
    let at = number === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
    while (at < bytes.length) {
      const end = bytes.indexOf(LINE_FEED, at)
      if (!isText && !isUtf8(bytes.subarray(at, end))) refuse('it is not UTF-8')
      else {
        const wait = take(bytes, at, end, isPlain)
        if (wait !== null) await wait
      }
      at = end + 1
    }
  }

  tally.count.segments += 1
  for await (const block of blocksOf(source.parts)) {
    if (block.kind === 'lines') await takeAll(block.bytes)
    else if (block.kind === 'too-long') refuse('it is too long')
    else if (mayEndOpen && isWhole(block.bytes)) {
      await takeAll(Buffer.concat([block.bytes, Buffer.from([LINE_FEED])]))
    } else {
      tally.count.tornBytes += block.bytes.length
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
