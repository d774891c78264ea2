import type { Kind, Scanned } from './scan.ts'

/** Memory for records. */
export interface RecordBytes {
  readonly bytes: Buffer
  readonly view: DataView
}

/** A line on its way from the file to its decision: where it is from, and what of it is yet to be parsed. */
export interface RecordView {
  readonly source: number
  readonly line: number
  readonly tMs: number
  /** Whether id and body are all ASCII, so that they need no decoding. */
  readonly isAscii: boolean
  readonly idAt: number
  readonly idEnd: number
  /** A JSON object, braces included, ends at `end`, which is where the next record begins. */
  readonly bodyAt: number
  readonly end: number
}

/** All little-endian: of the source and the line u32, of `t` f64, flags and the lengths of id and body u32. */
const LINE = 4
const TIME = 8
const FLAGS = 16
const ID_LENGTH = 20
const BODY_LENGTH = 24
const HEAD_BYTES = 28

const OUTCOME = 1
const ASCII = 2

export function recordsIn(bytes: Buffer): RecordBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
}

export const recordBytes = ({ idStart, idEnd, start, end }: Scanned): number =>
  HEAD_BYTES + (idEnd - idStart) + (end - start) + 2

/** Writes a record, and answers where it ends. */
export function writeRecord(
  { bytes: target, view }: RecordBytes,
  at: number,
  source: number,
  line: number,
  scanned: Scanned,
  isAscii: boolean,
): number {
  const { bytes, idBytes, idStart, idEnd, start, end } = scanned
  const isOutcome = scanned.kind === 'outcome'
  const idLength = idEnd - idStart
  const bodyAt = at + HEAD_BYTES + idLength
  const after = bodyAt + 2 + end - start
  view.setUint32(at, source, true)
  view.setUint32(at + LINE, line, true)
  view.setFloat64(at + TIME, scanned.tMs, true)
  view.setUint32(at + FLAGS, (isOutcome ? OUTCOME : 0) | (isAscii ? ASCII : 0), true)
  view.setUint32(at + ID_LENGTH, idLength, true)
  view.setUint32(at + BODY_LENGTH, after - bodyAt, true)
  idBytes.copy(target, at + HEAD_BYTES, idStart, idEnd)
  target[bodyAt] = BRACE
  bytes.copy(target, bodyAt + 1, start, end)
  target[after - 1] = CLOSING_BRACE
  return after
}

export const kindAt = (view: DataView, at: number): Kind =>
  (view.getUint32(at + FLAGS, true) & OUTCOME) === 0 ? 'decision' : 'outcome'

/** Where the record at this place ends. */
export const endAt = (view: DataView, at: number): number =>
  at + HEAD_BYTES + view.getUint32(at + ID_LENGTH, true) + view.getUint32(at + BODY_LENGTH, true)

export function recordAt(view: DataView, at: number): RecordView {
  const idAt = at + HEAD_BYTES
  const idEnd = idAt + view.getUint32(at + ID_LENGTH, true)
  return {
    source: view.getUint32(at, true),
    line: view.getUint32(at + LINE, true),
    tMs: view.getFloat64(at + TIME, true),
    isAscii: (view.getUint32(at + FLAGS, true) & ASCII) !== 0,
    idAt,
    idEnd,
    bodyAt: idEnd,
    end: idEnd + view.getUint32(at + BODY_LENGTH, true),
  }
}

const BRACE = 123
const CLOSING_BRACE = 125
