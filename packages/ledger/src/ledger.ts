import type { Timer } from '@holdfast/seams'
import { LedgerClosedError, LedgerFullError, LedgerWriteError } from './errors.ts'
import { writeHead } from './head.ts'
import { lineText, type LedgerLine, type LineText } from './line.ts'
import { dayOfSegment, segmentName } from './names.ts'
import { checkedLedgerOptions, checkPath, type LedgerOptions } from './options.ts'
import { createSegment, isTaken, type Segment } from './segment.ts'
import { dayOf } from './timestamp.ts'

/** What this process writes. Any number of processes write to one directory, each to segments of its own. */
export interface Ledger extends AsyncDisposable {
  /**
   * Resolves when the line, and every line given before it, is on disk.
   * @throws {LedgerLineError} for a line that is not as it may be.
   * @throws {LedgerWriteError} if it could not be written. The next line tries again, with a new segment.
   * @throws {LedgerFullError} if too much waits already.
   */
  append(line: LedgerLine): Promise<void>
  /**
   * Takes a line that nobody waits for, to be written within `lingerMs`. What becomes of it is told as facts.
   * @throws {LedgerLineError} for a line that is not as it may be.
   */
  note(line: LedgerLine): void
  /** Resolves when all that was given is on disk. @throws {LedgerWriteError} if some of it could not be written. */
  flush(): Promise<void>
  /** Flushes, seals the segment, and closes. @throws {LedgerWriteError} as `flush` does. */
  close(): Promise<void>
}

interface Waiting extends LineText {
  readonly settle: ((error: unknown) => void) | null
}

/** More is not written at once: its hashes would hold up the process. */
const BATCH_CHARACTERS = 512 * 1024
/** How often a batch may find its segment sealed under it. Each time takes a rename by someone else. */
const MOST_TAKEN = 10
const DIGITS = 12

/**
 * Opens a ledger for writing. Nothing is touched before the first line.
 * @throws {TypeError | RangeError} naming an option that is not as it may be.
 */
export function openLedger(directory: string, options: LedgerOptions = {}): Ledger {
  checkPath(directory)
  const { lingerMs, headMs, waitingLimitBytes, clock, random, observe } =
    checkedLedgerOptions(options)
  const writer = random.hex(DIGITS)
  let count = 0
  let segment: Segment | null = null
  let waiting: Waiting[] = []
  let waitingBytes = 0
  let running: Promise<void> | null = null
  let linger: Timer | null = null
  let headTimer: Timer | null = null
  /** The head that follows while its segment grows; an older one must not come after the last. */
  let headWritten: Promise<void> = Promise.resolve()
  let closing: Promise<void> | null = null
  let failures = 0
  let failure: LedgerWriteError | null = null

  /** The segment for lines of now. */
  const segmentNow = async (): Promise<Segment> => {
    const nowMs = clock.wallMs()
    if (segment !== null && dayOfSegment(segment.name) !== dayOf(nowMs)) await leave()
    if (segment !== null) return segment
    // A number without a segment is one that is missing: the next is taken when this one has lines.
    while (isTaken(directory, segmentName(nowMs, writer, count))) count += 1
    segment = await createSegment(directory, segmentName(nowMs, writer, count))
    return segment
  }

  /** Seals the segment, so that the next line begins another. */
  const leave = async (): Promise<void> => {
    const left = segment
    segment = null
    headTimer?.cancel()
    headTimer = null
    if (left === null) return
    count += 1
    await headWritten
    await left.seal().catch((error: unknown) => headFailed(left.name, error))
  }
  /** Leaves the segment as it is: after a failure, or because someone else has sealed it. */
  const abandon = async (): Promise<void> => {
    const left = segment
    segment = null
    if (left === null) return
    if (left.head.lines > 0) count += 1
    await headWritten
    await left.abandon()
  }
  const headFailed = (name: string, error: unknown): void =>
    observe({ kind: 'ledger.head-failed', segment: name, error })

  /** While a segment grows, its head follows. */
  const headSoon = (): void => {
    headTimer ??= clock.after(
      headMs,
      () => {
        headTimer = null
        const { head } = segment ?? {}
        if (head === undefined) return
        headWritten = writeHead(directory, head, 'atomic').catch((error: unknown) =>
          headFailed(head.segment, error),
        )
      },
      { keepsAlive: false },
    )
  }

  const writeBatch = async (batch: readonly Waiting[]): Promise<void> => {
    const startMs = clock.monotonicMs()
    for (let taken = 0; taken < MOST_TAKEN; taken += 1) {
      const { name, sizeBytes, ...current } = await written(batch)
      if (current.isThere) {
        const tookMs = clock.monotonicMs() - startMs
        observe({ kind: 'ledger.written', directory, lines: batch.length, sizeBytes, tookMs })
        headSoon()
        return
      }
      observe({ kind: 'ledger.segment-taken', directory, segment: name, lines: batch.length })
      await abandon()
    }
    throw new Error(`${MOST_TAKEN} segments in a row were sealed while they were written to`)
  }

  const written = async (
    batch: readonly Waiting[],
  ): Promise<{ name: string; isThere: boolean; sizeBytes: number }> => {
    const current = await segmentNow()
    const before = current.sizeBytes
    const isThere = await current.write(batch)
    return { name: current.name, isThere, sizeBytes: current.sizeBytes - before }
  }

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = nextBatch(waiting)
      let error: LedgerWriteError | null = null
      try {
        await writeBatch(batch)
      } catch (cause) {
        error = await failed(batch, cause)
      }
      for (const line of batch) {
        waitingBytes -= line.text.length
        line.settle?.(error)
      }
      // Whoever was answered may give the next line at once: then it goes with the batch at hand.
      await answered()
    }
  }

  const failed = async (batch: readonly Waiting[], cause: unknown): Promise<LedgerWriteError> => {
    // What a disk that has failed to write or to sync holds nobody knows: nothing is appended to it any more.
    await abandon()
    observe({ kind: 'ledger.write-failed', directory, lines: batch.length, error: cause })
    failures += 1
    return (failure = new LedgerWriteError(directory, cause))
  }

  const start = (): Promise<void> => {
    linger?.cancel()
    linger = null
    running ??= run().finally(() => {
      running = null
    })
    return running
  }

  const flush = async (): Promise<void> => {
    const before = failures
    // A batch that is on its way must be waited for, and what gathered meanwhile.
    await start()
    while (waiting.length > 0) await start()
    if (failures > before) throw failure ?? new LedgerClosedError(directory)
  }

  const isFull = ({ text }: LineText): boolean => waitingBytes + text.length > waitingLimitBytes
  const add = (line: LineText, settle: Waiting['settle']): void => {
    waitingBytes += line.text.length
    waiting.push({ ...line, settle })
  }
  const close = async (): Promise<void> => {
    try {
      await flush()
    } finally {
      await leave()
    }
  }

  return {
    async append(line) {
      if (closing !== null) throw new LedgerClosedError(directory)
      const text = lineText(line)
      if (isFull(text)) throw new LedgerFullError(directory, waitingBytes)
      await new Promise<void>((resolve, reject) => {
        add(text, (error) => (error === null ? resolve() : reject(error)))
        void start()
      })
    },
    note(line) {
      if (closing !== null) throw new LedgerClosedError(directory)
      const text = lineText(line)
      if (isFull(text)) {
        observe({ kind: 'ledger.dropped', directory, lines: 1 })
        return
      }
      add(text, null)
      linger ??= clock.after(lingerMs, () => void start())
    },
    flush,
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

/** Takes from the front as many lines as are written at once. */
function nextBatch(waiting: Waiting[]): Waiting[] {
  let characters = 0
  let count = 0
  while (count < waiting.length && (count === 0 || characters < BATCH_CHARACTERS)) {
    characters += waiting[count]!.text.length
    count += 1
  }
  return waiting.splice(0, count)
}

/** Resolves when those who were answered have done what they do at once. */
const answered = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
