import { open, type FileHandle } from 'node:fs/promises'
import { codeOf } from '../errors.ts'
import { bodyAt, frameBytes, LONGEST_BODY_BYTES, readBody, type Body } from './frame.ts'
import { DAMAGED, OPEN, SEALED } from './names.ts'

/** How many bytes are read at once. */
const PART_BYTES = 64 * 1024

export interface SegmentReader {
  /** How many bytes were taken in. */
  readonly offset: number
  /** Whether the same bytes at its end were no whole frame twice in a row: torn, or damaged. */
  readonly isStuck: boolean
  /**
   * Takes in the whole frames that came since. What follows the last of them may be a frame that is being written.
   * @returns how many bytes were there beyond.
   */
  read(hear: (body: Body) => void): Promise<number>
  /**
   * Like `read`, on a segment that nobody appends to: bytes that are no frame are passed over, up to the next that is one.
   * @param limitBytes what lies beyond is left.
   * @returns `cutBytes`: the torn tail of a writer that was killed; `damagedBytes`: what else could not be read.
   */
  readToEnd(
    hear: (body: Body) => void,
    limitBytes?: number,
  ): Promise<{ cutBytes: number; damagedBytes: number }>
  close(): Promise<void>
}

/**
 * Opens a segment, whatever its ending is by now. Once open it can be read on, also after it was sealed or removed.
 * @param path without ending.
 * @returns null if it is gone.
 */
export async function openSegment(path: string, dim: number): Promise<SegmentReader | null> {
  for (const ending of [OPEN, SEALED, DAMAGED]) {
    // Endings change in this order only, so none is missed.
    const file = await opened(path + ending)
    if (file !== null) return segmentReader(file, dim)
  }
  return null
}

async function opened(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

function segmentReader(file: FileHandle, dim: number): SegmentReader {
  const arms = new Map<number, string>()
  let offset = 0
  let unreadBytes = 0
  /** Size of the file when bytes were left at its end, at the last look; and whether it was that at the one before. */
  let leftAt = 0
  let isStuck = false

  const take = (body: Buffer, hear: (body: Body) => void): void => {
    const read = readBody(body, dim, arms)
    if (read === null) {
      // A lesson of an arm whose name is lost.
      unreadBytes += frameBytes(body)
      return
    }
    if (read.kind === 'arm') arms.set(read.index, read.arm)
    hear(read)
  }

  /** Takes in what is whole at the beginning of `bytes`, and answers how much that was. */
  const takeWhole = (bytes: Buffer, hear: (body: Body) => void): number => {
    let at = 0
    for (let body = bodyAt(bytes, at); body !== null; body = bodyAt(bytes, at)) {
      take(body, hear)
      at += frameBytes(body)
    }
    return at
  }

  const read = async (hear: (body: Body) => void, limitBytes = Infinity): Promise<number> => {
    for (;;) {
      const size = Math.min((await file.stat()).size, limitBytes)
      if (size <= offset) return 0
      // A new buffer each time: what was heard may keep a part of it.
      const bytes = Buffer.allocUnsafe(Math.min(PART_BYTES, size - offset))
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset)
      const taken = takeWhole(bytes.subarray(0, bytesRead), hear)
      offset += taken
      if (taken > 0) continue
      isStuck = leftAt === size
      leftAt = size
      return size - offset
    }
  }

  return {
    get offset() {
      return offset
    },
    get isStuck() {
      return isStuck
    },
    read: (hear) => read(hear),
    async readToEnd(hear, limitBytes) {
      let passedBytes = 0
      let damagedBytes = 0
      for (;;) {
        const leftBytes = await read(hear, limitBytes)
        if (leftBytes === 0) break
        const bytes = Buffer.alloc(Math.min(leftBytes, PART_BYTES + LONGEST_BODY_BYTES))
        await file.read(bytes, 0, bytes.length, offset)
        const next = nextFrame(bytes)
        const stepBytes = next ?? Math.max(1, bytes.length - LONGEST_BODY_BYTES - 8)
        // To the end of the file nothing is a frame: the tail that a crash has torn.
        const isEnd = next === null && bytes.length === leftBytes
        offset += isEnd ? leftBytes : stepBytes
        passedBytes += isEnd ? leftBytes : stepBytes
        if (next !== null) damagedBytes = passedBytes
      }
      return { cutBytes: passedBytes - damagedBytes, damagedBytes: damagedBytes + unreadBytes }
    },
    close: () => file.close(),
  }
}

/** Where the next frame begins after the first byte; null if none does. */
function nextFrame(bytes: Buffer): number | null {
  for (let at = 1; at < bytes.length; at += 1) {
    if (bodyAt(bytes, at) !== null) return at
  }
  return null
}
