import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { LESSONS, namesIn, snapshotFile, snapshotsIn } from './store-files.ts'

/** The beginning of a file that a store writes, and what the system says of it. */
export interface FileSeen {
  readonly bytes: number
  /** When it was made, in ms since 1970; 0 where the system does not know. */
  readonly madeAtMs: number
  readonly writtenAtMs: number
  /** Its first bytes, at most 4 KiB. */
  readonly start: Buffer
}

const START_BYTES = 4096
/** A first frame is shorter, in bytes: a segment of this length has it whole. */
const FIRST_FRAME_BYTES = 64
const FRAME_BYTES = 8
const SNAPSHOT_MAGIC = 'HFBANDIT'

/**
 * Why a segment of lessons cannot be as its writer left it; null if it can.
 *
 * A process that is killed between making a segment and its first write leaves an empty one, and one that is killed in that write leaves the
 * beginning of the first frame. In neither was anything acknowledged. Whatever else has no first frame has lost what it held.
 */
export function lossOf({ bytes, madeAtMs, writtenAtMs, start }: FileSeen): string | null {
  if (bytes === 0) {
    const wasWritten = madeAtMs > 0 && writtenAtMs > madeAtMs
    return wasWritten ? 'is empty, and was not when it was made: its lessons are lost' : null
  }
  if (bytes < FIRST_FRAME_BYTES || hasFirstFrame(start)) return null
  return 'does not begin as lessons do: at least the first of them are lost'
}

/** Source: `file/frame.ts` of `@holdfast/bandit-store`: `length u32, crc32 u32, body`, all little-endian. */
function hasFirstFrame(start: Buffer): boolean {
  const length = start.readUInt32LE(0)
  const body = start.subarray(FRAME_BYTES, FRAME_BYTES + length)
  // The check sum of nothing is 0, as in a file of zeros.
  return length > 0 && body.length === length && crc32(body) === start.readUInt32LE(4)
}

/** Segments of lessons that have lost what they held, each with the reason. It reads no more than their beginnings. */
export async function lostSegments(directory: string): Promise<string[]> {
  const folder = join(directory, LESSONS)
  const problems: string[] = []
  for (const name of await namesIn(folder)) {
    // What a store has put aside as damaged it has told of when it did.
    if (!name.endsWith('.log') && !name.endsWith('.sealed')) continue
    const path = join(folder, name)
    const seen = await seenAt(path)
    const loss = seen === null ? null : lossOf(seen)
    if (loss !== null) problems.push(`${path} ${loss}`)
  }
  return problems
}

/**
 * What is plainly wrong with a state, without opening it: a damage in the middle of a file is not seen. Cheap, however much was learned.
 * A state that is not there has nothing wrong.
 */
export async function glanceAt(directory: string): Promise<string[]> {
  try {
    return [...(await brokenSnapshot(directory)), ...(await lostSegments(directory))]
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return code === 'ENOENT' ? [] : [`${directory} cannot be read: ${message}`]
  }
}

async function brokenSnapshot(directory: string): Promise<string[]> {
  const [newest] = await snapshotsIn(directory)
  if (newest === undefined) return []
  const path = join(directory, snapshotFile(newest))
  const seen = await seenAt(path)
  if (seen === null || seen.start.toString('latin1', 0, 8) === SNAPSHOT_MAGIC) return []
  return [`${path} ${seen.bytes === 0 ? 'is empty' : 'does not begin as a snapshot does'}`]
}

/** Null if it is gone. */
async function seenAt(path: string): Promise<FileSeen | null> {
  try {
    await using file = await open(path)
    const { size, birthtimeMs, mtimeMs } = await file.stat()
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, START_BYTES)),
      position: 0,
    })
    const start = buffer.subarray(0, bytesRead)
    return { bytes: size, madeAtMs: birthtimeMs, writtenAtMs: mtimeMs, start }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
