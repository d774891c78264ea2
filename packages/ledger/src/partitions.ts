import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Random } from '@holdfast/seams'
import type { Scanned } from './scan.ts'
import { copyTo, newWords, type Words } from './words.ts'

/**
 * Lines of one decision must meet, and they may lie in any two places of a ledger. So all lines are dealt out by their id into parts
 * that fit in memory; then each part is joined alone. Until they are too much the parts stay in memory, then they go to a file that
 * nobody else sees. (The hash join of GRACE: Kitsuregawa, Tanaka and Moto-oka, 1983.)
 */
export interface Partitions {
  readonly count: number
  /** Adds a copy of a record. @returns what must be awaited before the next, if anything. */
  add(scanned: Scanned): Promise<void> | null
  /** The records of one part, in the order in which they were added; no record is divided. */
  partition(index: number): Promise<Records[]>
  close(): Promise<void>
}

/** Whole records, up to `end`. */
export interface Records {
  readonly words: Words
  readonly end: number
}

/** What a part should hold, in bytes of records. Parsed, it takes about six times as much. */
const PARTITION_BYTES = 1024 * 1024
const MOST_PARTITIONS = 1024
/** What is kept in memory before anything is put aside: full buffers, and those that are being filled. */
const KEPT_BYTES = 32 * 1024 * 1024
const FILLING_BYTES = 32 * 1024 * 1024
const LARGEST_BUFFER_BYTES = 512 * 1024

interface Extent {
  readonly at: number
  readonly bytes: number
}

interface Part {
  readonly full: (Records | Extent)[]
  filling: Words | null
  used: number
}

/** @param totalBytes about how much will be added. A wrong guess costs memory, nothing else. */
export function createPartitions(
  totalBytes: number,
  spillDirectory: string | null,
  random: Random,
): Partitions {
  const wanted = Math.ceil(totalBytes / PARTITION_BYTES)
  const count = Math.min(MOST_PARTITIONS, Math.max(1, wanted))
  const bufferBytes = Math.min(LARGEST_BUFFER_BYTES, Math.floor(FILLING_BYTES / count))
  const parts = Array.from({ length: count }, (): Part => ({ full: [], filling: null, used: 0 }))
  let keptBytes = 0
  let spill: FileHandle | null = null
  let spilledBytes = 0
  /** Buffers that were written out, to be filled anew. */
  const spare: Words[] = []

  const putAside = async (part: Part, words: Words, used: number): Promise<void> => {
    const { bytes } = words
    spill ??= await openSpill(spillDirectory, random)
    const extent = { at: spilledBytes, bytes: used }
    spilledBytes += used
    part.full.push(extent)
    for (let done = 0; done < used;) {
      const { bytesWritten } = await spill.write(bytes, done, used - done, extent.at + done)
      done += bytesWritten
    }
    if (bytes.length === bufferBytes) spare.push(words)
  }
  /** Makes room for one more record. */
  const retire = (part: Part): Promise<void> | null => {
    const { filling, used } = part
    part.filling = null
    part.used = 0
    if (filling === null) return null
    if (keptBytes + filling.bytes.length > KEPT_BYTES) return putAside(part, filling, used)
    keptBytes += filling.bytes.length
    part.full.push({ words: filling, end: used })
    return null
  }

  return {
    count,
    add({ idHash, record, end }) {
      const part = parts[(idHash >>> 0) % count]!
      let wait: Promise<void> | null = null
      if (part.filling === null || part.used + end > part.filling.bytes.length) {
        wait = retire(part)
        part.filling = end > bufferBytes ? newWords(end) : (spare.pop() ?? newWords(bufferBytes))
      }
      part.used = copyTo(part.filling, part.used, record, 0, end)
      return wait
    },
    async partition(index) {
      const part = parts[index]!
      const read = part.full.map(async (piece) =>
        'words' in piece ? piece : extentOf(spill!, piece),
      )
      const records = await Promise.all(read)
      if (part.filling !== null) records.push({ words: part.filling, end: part.used })
      // It is asked for once, and its memory is needed.
      parts[index] = { full: [], filling: null, used: 0 }
      return records
    },
    close: async () => {
      await spill?.close()
    },
  }
}

async function extentOf(spill: FileHandle, { at, bytes }: Extent): Promise<Records> {
  const words = newWords(bytes)
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await spill.read(words.bytes, done, bytes - done, at + done)
    if (bytesRead === 0) throw new Error('what was put aside is gone')
    done += bytesRead
  }
  return { words, end: bytes }
}

/** A file without a name: whoever is killed leaves nothing behind. */
async function openSpill(directory: string | null, random: Random): Promise<FileHandle> {
  const path = join(directory ?? tmpdir(), `holdfast-ledger-${random.hex(16)}`)
  const file = await open(path, 'wx+', 0o600)
  // Windows keeps the name as long as the file is open.
  await unlink(path).catch(() => {})
  return file
}
