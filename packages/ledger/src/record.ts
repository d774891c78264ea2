import type { Kind, Scanned } from './scan.ts'
import { MOST_GROWTH } from './pack.ts'
import type { Words } from './words.ts'

/** A line on its way from the file to its decision: where it is from, and what of it is yet to be made into values. */
export interface RecordView {
  readonly source: number
  readonly line: number
  readonly tMs: number
  readonly idHash: number
  /** Whether id and body are all ASCII, so that they need no decoding. */
  readonly isAscii: boolean
  readonly idAt: number
  readonly idEnd: number
  /** A packed object, up to `end`, which is where the next record begins. */
  readonly bodyAt: number
  readonly end: number
}

/** All little-endian: of the source and the line u32, of `t` f64, flags, the hash and the length of the id, and the length of the body u32. */
const LINE = 4
const TIME = 8
const FLAGS = 16
const ID_HASH = 20
const ID_LENGTH = 24
const BODY_LENGTH = 28
export const HEAD_BYTES = 32

const OUTCOME = 1
const ASCII = 2

/** The most that the record of a line of so many bytes takes. */
export const mostRecordBytes = (lineBytes: number): number => (MOST_GROWTH + 1) * lineBytes + 64

/** Writes what stands before id and body. */
export function writeHead(
  { view }: Words,
  source: number,
  line: number,
  { kind, tMs, idHash, idStart, idEnd, end }: Scanned,
  isAscii: boolean,
): void {
  const idLength = idEnd - idStart
  view.setUint32(0, source, true)
  view.setUint32(LINE, line, true)
  view.setFloat64(TIME, tMs, true)
  view.setUint32(FLAGS, (kind === 'outcome' ? OUTCOME : 0) | (isAscii ? ASCII : 0), true)
  view.setInt32(ID_HASH, idHash, true)
  view.setUint32(ID_LENGTH, idLength, true)
  view.setUint32(BODY_LENGTH, end - HEAD_BYTES - idLength, true)
}

export const kindAt = ({ view }: Words, at: number): Kind =>
  (view.getUint32(at + FLAGS, true) & OUTCOME) === 0 ? 'decision' : 'outcome'

/** Where the record at this place ends. */
export const endAt = ({ view }: Words, at: number): number =>
  at + HEAD_BYTES + view.getUint32(at + ID_LENGTH, true) + view.getUint32(at + BODY_LENGTH, true)

export function recordAt({ view }: Words, at: number): RecordView {
  const flags = view.getUint32(at + FLAGS, true)
  const idAt = at + HEAD_BYTES
  const idEnd = idAt + view.getUint32(at + ID_LENGTH, true)
  return {
    source: view.getUint32(at, true),
    line: view.getUint32(at + LINE, true),
    tMs: view.getFloat64(at + TIME, true),
    idHash: view.getInt32(at + ID_HASH, true),
    isAscii: (flags & ASCII) !== 0,
    idAt,
    idEnd,
    bodyAt: idEnd,
    end: idEnd + view.getUint32(at + BODY_LENGTH, true),
  }
}
