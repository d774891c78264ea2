import { statSync } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock, Timer } from '@holdfast/seams'
import { armFrame, headerFrame, lessonFrameBytes, type SegmentHeader } from './frame.ts'
import { OPEN } from './names.ts'

/** What is written: a frame that names its arm by the number which the segment gives it. */
export interface Entry {
  readonly arm: string
  readonly frame: (armIndex: number) => Buffer
}

export interface SegmentWriterOptions {
  /** Directory and beginning of the name of every segment; nobody else uses it. */
  readonly prefix: string
  readonly header: SegmentHeader
  /** Whether an entry is written only when the disk has it. */
  readonly isDurable: boolean
  /**
   * A segment that has grown beyond this is not appended to any more, in bytes. No batch is of more lessons than fit in
   * it, however many wait.
   */
  readonly segmentBytes: number
  /** Pause after a write that failed, in ms. */
  readonly retryMs: number
  readonly clock: Clock
  /** Hears that a write failed, and whether it will be tried again. */
  readonly onFailure: (error: unknown) => void
  /** Hears that every entry which was refused since the last recovery is written, and how many those were. */
  readonly onRecovery: (entries: number) => void
}

export interface SegmentWriter<E extends Entry> {
  /** Entries not yet written, those being written included. */
  readonly waiting: readonly E[]
  readonly waitingCount: number
  /** Why a write failed, until everything that was refused because of it is written; null when nothing was. */
  readonly failure: unknown
  /** When something was last written, in ms since 1970; null before the first. */
  readonly savedAtMs: number | null
  /** Size of the segment at hand, in bytes. */
  readonly sizeBytes: number
  /** Resolves when it is written. @throws the system's error if that failed or just fails; it is tried again by itself. */
  append(entry: E): Promise<void>
  /** Resolves when all that waits now is written. @throws the system's error if that failed. */
  drained(): Promise<void>
  /** Whether a segment is of this writer. @param segment its name without directory and ending. */
  owns(segment: string): boolean
  /** Begins a new segment with the next entry. */
  rotate(): void
  /** Tries once more to write what waits, and closes. @throws the system's error if that failed. */
  close(): Promise<void>
}

interface Segment {
  readonly file: FileHandle
  readonly path: string
  readonly inode: number
  readonly arms: Map<string, number>
  sizeBytes: number
  /** Whether it holds anything that its writer said is written. */
  isInUse: boolean
}

interface Waiting<E> {
  readonly entry: E
  settle: ((error: unknown) => void) | null
  /** Whether its giver was told that it could not be written. */
  readonly isRefused: boolean
}

/** Appends entries to segments of its own: while one batch is on its way to the disk the next gathers. */
export function segmentWriter<E extends Entry>(options: SegmentWriterOptions): SegmentWriter<E> {
  const { prefix, header, isDurable, segmentBytes, retryMs, clock } = options
  let waiting: Waiting<E>[] = []
  let inFlight: readonly Waiting<E>[] = []
  let segment: Segment | null = null
  let mustRotate = false
  let count = 0
  let failure: unknown = null
  /** Whether the last write failed, so that whoever comes is refused at once. */
  let isRefusing = false
  let refusedWaiting = 0
  let refusedWritten = 0
  const mostAtOnce = Math.ceil(segmentBytes / lessonFrameBytes(header.dim))
  let savedAtMs: number | null = null
  let running: Promise<void> | null = null
  let retry: Timer | null = null

  const openNext = async (): Promise<Segment> => {
    const path = `${prefix}.${count}${OPEN}`
    count += 1
    const file = await open(path, 'ax')
    try {
      const { ino } = await file.stat()
      // A file lasts only once its directory is on disk.
      if (isDurable) await syncDirectory(dirname(path))
      return { file, path, inode: ino, arms: new Map(), sizeBytes: 0, isInUse: false }
    } catch (error) {
      await abandon({ file, path, inode: 0, arms: new Map(), sizeBytes: 0, isInUse: false })
      throw error
    }
  }

  /** What was written to a segment is only known to be there if it still has its name: see `compaction.ts`. */
  const writeBatch = async (batch: readonly Waiting<E>[]): Promise<void> => {
    for (;;) {
      if (segment !== null && (mustRotate || segment.sizeBytes > segmentBytes)) {
        const full = segment
        segment = null
        await full.file.close()
      }
      mustRotate = false
      segment ??= await openNext()
      const bytes = bytesOf(segment, header, batch)
      await writeAll(segment.file, bytes)
      if (isDurable) await segment.file.datasync()
      segment.sizeBytes += bytes.length
      if (statSync(segment.path, { throwIfNoEntry: false })?.ino === segment.inode) {
        segment.isInUse = true
        return
      }
      mustRotate = true
    }
  }

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      inFlight = waiting.splice(0, mostAtOnce)
      try {
        await writeBatch(inFlight)
      } catch (error) {
        await failed(error)
        return
      }
      const written = inFlight
      inFlight = []
      savedAtMs = clock.wallMs()
      // Whoever comes now goes behind those that were refused.
      isRefusing = false
      for (const { settle } of written) settle?.(null)
      await answered()
      if (failure !== null) caughtUp(written)
    }
  }

  const caughtUp = (written: readonly Waiting<E>[]): void => {
    const count = written.filter(({ isRefused }) => isRefused).length
    refusedWritten += count
    refusedWaiting -= count
    if (refusedWaiting > 0) return
    failure = null
    options.onRecovery(refusedWritten)
    refusedWritten = 0
  }

  const failed = async (error: unknown): Promise<void> => {
    failure = error
    isRefusing = true
    const told = [...inFlight, ...waiting]
    inFlight = []
    waiting = told.map(({ entry }) => ({ entry, settle: null, isRefused: true }))
    refusedWaiting = waiting.length
    // Half a frame at its end would hide what follows: nothing is appended to it any more.
    const broken = segment
    segment = null
    if (broken !== null) await abandon(broken)
    options.onFailure(error)
    for (const { settle } of told) settle?.(error)
    retry ??= clock.after(
      retryMs,
      () => {
        retry = null
        void start()
      },
      { keepsAlive: false },
    )
  }

  const start = (): Promise<void> => {
    running ??= run().finally(() => {
      running = null
    })
    return running
  }

  return {
    get waiting() {
      return [...inFlight, ...waiting].map(({ entry }) => entry)
    },
    get waitingCount() {
      return inFlight.length + waiting.length
    },
    get failure() {
      return failure
    },
    get savedAtMs() {
      return savedAtMs
    },
    get sizeBytes() {
      return segment?.sizeBytes ?? 0
    },
    append(entry) {
      if (isRefusing) {
        refusedWaiting += 1
        waiting.push({ entry, settle: null, isRefused: true })
        return Promise.reject(failure)
      }
      return new Promise((resolve, reject) => {
        const settle = (error: unknown): void => (error === null ? resolve() : reject(error))
        waiting.push({ entry, settle, isRefused: false })
        void start()
      })
    },
    drained() {
      if (isRefusing) return Promise.reject(failure)
      const last = waiting.at(-1) ?? inFlight.at(-1)
      if (last === undefined) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const { settle } = last
        last.settle = (error) => {
          settle?.(error)
          if (error === null) resolve()
          else reject(error)
        }
      })
    },
    owns: (name) => name.startsWith(`${prefix.slice(dirname(prefix).length + 1)}.`),
    rotate() {
      mustRotate = true
    },
    async close() {
      retry?.cancel()
      await running
      await start()
      retry?.cancel()
      await segment?.file.close()
      segment = null
      if (waiting.length > 0) throw failure
    },
  }
}

/**
 * Resolves when whoever was told that an entry is written has done what they do at once, such as append the next: it
 * then goes with the batch at hand. Otherwise two half batches would take turns.
 */
const answered = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

/** The frames of a batch, with a header and names of arms where the segment lacks them. */
function bytesOf(
  segment: Segment,
  header: SegmentHeader,
  batch: readonly Waiting<Entry>[],
): Buffer {
  const frames: Buffer[] = []
  if (segment.sizeBytes === 0) frames.push(headerFrame(header))
  for (const { entry } of batch) {
    let index = segment.arms.get(entry.arm)
    if (index === undefined) {
      index = segment.arms.size
      segment.arms.set(entry.arm, index)
      frames.push(armFrame(index, entry.arm))
    }
    frames.push(entry.frame(index))
  }
  return Buffer.concat(frames)
}

/** A disk may take a part and be asked for the rest. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at)
    at += bytesWritten
  }
}

async function abandon({ file, path, isInUse }: Segment): Promise<void> {
  // The error that led here is the one to tell; a file that cannot be removed is cut and covered like any other.
  await file.close().catch(() => {})
  if (!isInUse) await unlink(path).catch(() => {})
}

/** Makes the names in a directory last. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows keeps the names of a directory by itself, and opens none.
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
