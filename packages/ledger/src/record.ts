import type { Kind, Scanned } from './scan.ts'

/** A line on its way from the file to its decision: where it is from, and what of it is yet to be parsed. */
export interface RecordView {
  readonly source: number
  readonly line: number
  readonly tMs: number
  readonly kind: Kind
  /** Whether id and body are all ASCII, so that they need no decoding. */
  readonly isAscii: boolean
  readonly idAt: number
  readonly idEnd: number
  /** A JSON object, braces included, ends at `end`, which is where the next record begins. */
  readonly bodyAt: number
  readonly end: number
}

/** source u32, line u32, t f64, kind and encoding u8, length of the id u32, length of the body u32, all little-endian. */
const HEAD_BYTES = 25

export const recordBytes = ({ id, start, end }: Scanned): number =>
  HEAD_BYTES + id.length + (end - start) + 2

/** Writes a record, and answers where it ends. */
export function writeRecord(
  target: Buffer,
  at: number,
  source: number,
  line: number,
  scanned: Scanned,
  isAscii: boolean,
): number {
  const { id, bytes, start, end } = scanned
  target.writeUInt32LE(source, at)
  target.writeUInt32LE(line, at + 4)
  target.writeDoubleLE(scanned.tMs, at + 8)
  target[at + 16] = (scanned.kind === 'decision' ? 0 : OUTCOME) | (isAscii ? ASCII : 0)
  target.writeUInt32LE(id.length, at + 17)
  target.writeUInt32LE(end - start, at + 21)
  target.set(id, at + HEAD_BYTES)
  const bodyAt = at + HEAD_BYTES + id.length
  target[bodyAt] = BRACE
  target.set(bytes.subarray(start, end), bodyAt + 1)
  const after = bodyAt + 1 + end - start
  target[after] = CLOSING_BRACE
  return after + 1
}

export function recordAt(bytes: Buffer, at: number): RecordView {
  const idAt = at + HEAD_BYTES
  const idEnd = idAt + bytes.readUInt32LE(at + 17)
  const flags = bytes[at + 16]!
  return {
    source: bytes.readUInt32LE(at),
    line: bytes.readUInt32LE(at + 4),
    tMs: bytes.readDoubleLE(at + 8),
    kind: (flags & OUTCOME) === 0 ? 'decision' : 'outcome',
    isAscii: (flags & ASCII) !== 0,
    idAt,
    idEnd,
    bodyAt: idEnd,
    end: idEnd + bytes.readUInt32LE(at + 21) + 2,
  }
}

const OUTCOME = 1
const ASCII = 2
const BRACE = 123
const CLOSING_BRACE = 125
