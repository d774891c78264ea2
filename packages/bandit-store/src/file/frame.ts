import { crc32 } from 'node:zlib'
import { KEY_BYTES, timeOf } from '../decision-id.ts'
import type { LessonRecord } from '../record.ts'

/**
 * What a segment is made of: frames of `length u32, crc32 u32, body`, all little-endian. The body's first byte
 * says what it is. A segment begins with a header, and names each arm before its first use, so it can be read alone.
 */
export type Body =
  | { readonly kind: 'header'; readonly header: SegmentHeader }
  | { readonly kind: 'arm'; readonly index: number; readonly arm: string }
  | ({ readonly kind: 'lesson' } & LessonRecord)
  | {
      readonly kind: 'decision'
      readonly key: Uint8Array
      readonly arm: string
      readonly context: Int16Array
      readonly note: string
    }
  /** Of a version yet unknown. */
  | { readonly kind: 'other' }

export interface SegmentHeader {
  readonly version: 1
  readonly dim: number
  readonly epochMs: number
}

const FRAME_BYTES = 8
const HEADER = 0
const ARM = 1
const LESSON = 2
const DECISION = 3
/** type, part, arm, id, reward. */
const LESSON_BYTES = 1 + 1 + 2 + KEY_BYTES + 4
/** type, arm, id. */
const DECISION_BYTES = 1 + 2 + KEY_BYTES
/** What a lesson takes in a segment, in bytes. */
export const lessonFrameBytes = (dim: number): number => FRAME_BYTES + LESSON_BYTES + 2 * dim

/** The longest body: a decision with 4096 features and its note, rounded up. */
export const LONGEST_BODY_BYTES: number = 16 * 1024

export function headerFrame(header: SegmentHeader): Buffer {
  return framed(HEADER, Buffer.from(JSON.stringify(header)))
}

export function armFrame(index: number, arm: string): Buffer {
  const body = Buffer.alloc(2 + Buffer.byteLength(arm))
  body.writeUInt16LE(index, 0)
  body.write(arm, 2)
  return framed(ARM, body)
}

/** @param index the number under which the segment names the arm. */
export function lessonFrame(record: LessonRecord, index: number): Buffer {
  const { bytes, offset, part, reward, context } = record
  const frame = Buffer.allocUnsafe(lessonFrameBytes(context.length))
  let at = FRAME_BYTES
  frame[at] = LESSON
  frame[at + 1] = part === 'immediate' ? 0 : 1
  frame.writeUInt16LE(index, at + 2)
  frame.set(bytes.subarray(offset, offset + KEY_BYTES), at + 4)
  frame.writeInt32LE(reward, at + 4 + KEY_BYTES)
  at += LESSON_BYTES
  for (let i = 0; i < context.length; i += 1, at += 2) frame.writeInt16LE(context[i]!, at)
  return sealed(frame)
}

export function decisionFrame(
  key: Uint8Array,
  index: number,
  context: Int16Array,
  note: string,
): Buffer {
  const noteAt = FRAME_BYTES + DECISION_BYTES + 2 * context.length
  const frame = Buffer.allocUnsafe(noteAt + Buffer.byteLength(note))
  let at = FRAME_BYTES
  frame[at] = DECISION
  frame.writeUInt16LE(index, at + 1)
  frame.set(key, at + 3)
  at += DECISION_BYTES
  for (let i = 0; i < context.length; i += 1, at += 2) frame.writeInt16LE(context[i]!, at)
  frame.write(note, noteAt)
  return sealed(frame)
}

function framed(type: number, body: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_BYTES + 1 + body.length)
  frame[FRAME_BYTES] = type
  body.copy(frame, FRAME_BYTES + 1)
  return sealed(frame)
}

function sealed(frame: Buffer): Buffer {
  const body = frame.subarray(FRAME_BYTES)
  frame.writeUInt32LE(body.length, 0)
  frame.writeUInt32LE(crc32(body), 4)
  return frame
}

/** The body of the frame that begins at `at`; null if there is none that is whole. */
export function bodyAt(bytes: Buffer, at: number): Buffer | null {
  if (at + FRAME_BYTES >= bytes.length) return null
  const length = bytes.readUInt32LE(at)
  const end = at + FRAME_BYTES + length
  if (length === 0 || length > LONGEST_BODY_BYTES || end > bytes.length) return null
  const body = bytes.subarray(at + FRAME_BYTES, end)
  return crc32(body) === bytes.readUInt32LE(at + 4) ? body : null
}

/** How many bytes a frame of this body takes. */
export const frameBytes = (body: Buffer): number => FRAME_BYTES + body.length

/**
 * Reads a body.
 * @param arms the names that the segment has given so far.
 * @returns null if it cannot be what its first byte says.
 */
export function readBody(
  body: Buffer,
  dim: number,
  arms: ReadonlyMap<number, string>,
): Body | null {
  switch (body[0]) {
    case HEADER:
      return readHeader(body)
    case ARM:
      if (body.length < 4) return null
      return { kind: 'arm', index: body.readUInt16LE(1), arm: body.toString('utf8', 3) }
    case LESSON: {
      const arm =
        body.length === LESSON_BYTES + 2 * dim ? arms.get(body.readUInt16LE(2)) : undefined
      if (arm === undefined) return null
      return {
        kind: 'lesson',
        bytes: body,
        offset: 4,
        atMs: timeOf(body, 4),
        arm,
        part: body[1] === 0 ? 'immediate' : 'later',
        context: contextAt(body, LESSON_BYTES, dim),
        reward: body.readInt32LE(4 + KEY_BYTES),
      }
    }
    case DECISION: {
      const noteAt = DECISION_BYTES + 2 * dim
      const arm = body.length >= noteAt ? arms.get(body.readUInt16LE(1)) : undefined
      if (arm === undefined) return null
      return {
        kind: 'decision',
        key: body.subarray(3, 3 + KEY_BYTES),
        arm,
        context: contextAt(body, DECISION_BYTES, dim),
        note: body.toString('utf8', noteAt),
      }
    }
    default:
      return { kind: 'other' }
  }
}

function readHeader(body: Buffer): Body | null {
  let header: Partial<SegmentHeader>
  try {
    header = JSON.parse(body.toString('utf8', 1)) as Partial<SegmentHeader>
  } catch (error) {
    // Its check sum is right, so someone else wrote it: no segment of ours.
    if (error instanceof SyntaxError) return null
    throw error
  }
  const { version, dim, epochMs } = header
  if (typeof version !== 'number' || typeof dim !== 'number' || typeof epochMs !== 'number') {
    return null
  }
  return { kind: 'header', header: { version, dim, epochMs } }
}

function contextAt(body: Buffer, at: number, dim: number): Int16Array {
  const context = new Int16Array(dim)
  for (let i = 0; i < dim; i += 1) context[i] = body.readInt16LE(at + 2 * i)
  return context
}
