import type { BanditStore, Lesson, Recalled, RewardResult } from '../bandit-store.ts'
import {
  BanditStoreBrokenError,
  BanditStoreClosedError,
  BanditStoreFullError,
  BanditStoreWriteError,
} from '../errors.ts'
import { checkSameDecision, checkSums, pendingOf, readMadeId, recordOf } from '../input.ts'
import { checkedFileStoreOptions, type FileStoreOptions } from '../options.ts'
import type { PendingDecision } from '../pending-table.ts'
import { contextOf } from '../quantum.ts'
import type { LessonRecord } from '../record.ts'
import { compact, type CompactionStep } from './compaction.ts'
import { decisionFrame, lessonFrame, lessonFrameBytes } from './frame.ts'
import { inTurn, repeated, shared } from './routine.ts'
import { openParts, type LessonEntry } from './parts.ts'
import { verify } from './verify.ts'

/** More segments than this are put together, however short they are: each start of a process makes one. */
const MOST_SEGMENTS = 64
/**
 * The longest time from a look at the snapshot to an acknowledgement, in ms: far less than `GRACE_MS` in
 * compaction.ts, or a process that was stopped for long could acknowledge what all others drop as too late.
 */
const LOOK_MS = 10_000
/** Times `retryMs` after a snapshot failed: one takes the room that lessons need on a disk which is nearly full. */
const COMPACT_PAUSES = 30
const HOUSEKEEPING_MS = 60_000
/** Pauses before looking again for a decision that another process may be writing down right now, in ms. */
const RECALL_PAUSES_MS = [2, 8, 30]
/** The same for one that was just made: a busy machine takes that long to write it down. */
const YOUNG_PAUSES_MS = [...RECALL_PAUSES_MS, 110, 350]
const YOUNG_MS = 5_000
const MOST_IMPORTS = 10

/** Only for tests of this package: told between two steps of a compaction. */
export type OnCompactionStep = (step: CompactionStep) => void

/**
 * Opens a store in a directory, which any number of processes of this machine may do at once.
 * @throws {RangeError} naming an option out of range. {BanditStoreMismatchError} if it was learned with another `dim` or
 * `epoch`. {BanditStoreBrokenError} if what is stored cannot be used. In each case nothing was changed.
 */
export async function openFileStore(
  directory: string,
  options: FileStoreOptions,
  onCompactionStep?: OnCompactionStep,
): Promise<BanditStore> {
  const settings = checkedFileStoreOptions(options)
  const { dim, epochMs, deadlineMs, clock, random, observe } = settings
  const startMs = clock.monotonicMs()
  const { lessons, decisions, reader, pending, others, news, ...parts } = await openParts(
    directory,
    settings,
  )
  const oneAtATime = inTurn()
  const decisionsInTurn = inTurn()
  let lookedAtMs = clock.monotonicMs()
  let compactFromMs = -Infinity
  let readFailure: unknown = null
  let isClosed = false

  const checkOpen = (): void => {
    if (isClosed) throw new BanditStoreClosedError()
  }
  const look = async (): Promise<void> => {
    const atMs = clock.monotonicMs()
    await reader.look()
    lookedAtMs = atMs
  }
  const lookNow = shared(oneAtATime, look)
  const lookForDecisions = shared(decisionsInTurn, () => others.look())
  const compaction = {
    directory,
    reader,
    writer: lessons,
    settings,
    random,
    observe,
    onStep: onCompactionStep,
  }
  const isTooOld = (atMs: number): boolean =>
    atMs < Math.max(clock.wallMs() - deadlineMs, reader.base.refuseBeforeMs)

  /** Learns a lesson, and makes it durable. @throws the system's error if it could not be written. */
  const settle = async (record: LessonRecord): Promise<RewardResult> => {
    if (isTooOld(record.atMs)) return 'expired'
    const { failure, waitingCount } = lessons
    if (failure !== null && waitingCount >= settings.unsavedLimit) {
      throw new BanditStoreFullError(directory, waitingCount, failure)
    }
    const counted = reader.learn(record)
    if (counted.kind === 'late') return 'expired'
    if (counted.kind === 'duplicate' && reader.fold.isSettled(record)) return 'duplicate'
    try {
      // Also one that is known: who wrote it first may not have made it durable. Written once more, it is.
      await lessons.append(entryOf(record))
      reader.fold.settle(record)
      if (clock.monotonicMs() - lookedAtMs <= LOOK_MS) return counted.kind
      await oneAtATime(look)
    } catch (error) {
      throw new BanditStoreWriteError(directory, error)
    }
    return record.atMs < reader.base.refuseBeforeMs ? 'expired' : counted.kind
  }

  const recalled = ({ key, arm, context, note }: PendingDecision): Recalled => ({
    kind: 'found',
    arm,
    context: contextOf(context),
    note,
    rewarded: reader.fold.partsOf(key),
  })

  const shouldCompact = (): boolean => {
    const { lessons: count, segments } = reader.uncovered
    const isMuch = count * lessonFrameBytes(dim) > settings.compactBytes || segments > MOST_SEGMENTS
    return isMuch || reader.isStuck
  }
  const compactNow = async (): Promise<void> => {
    try {
      await oneAtATime(() => compact(compaction))
    } catch (error) {
      compactFromMs = clock.monotonicMs() + COMPACT_PAUSES * settings.retryMs
      observe({ kind: 'bandit-store.compaction-failed', directory, error })
    }
  }
  const poll = async (): Promise<void> => {
    try {
      await oneAtATime(look)
      readFailure = null
    } catch (error) {
      readFailure = error
      observe({ kind: 'bandit-store.read-failed', directory, error })
    }
    pending.sweep()
    if (shouldCompact() && clock.monotonicMs() >= compactFromMs) await compactNow()
  }
  const housekeep = async (): Promise<void> => {
    try {
      await decisionsInTurn(() => others.removeOld(clock.wallMs()))
    } catch (error) {
      observe({ kind: 'bandit-store.read-failed', directory, error })
    }
  }

  // What a damaged place hides is found before anyone asks.
  await poll()
  observe({
    kind: 'bandit-store.opened',
    directory,
    decisions: reader.fold.decisions,
    tookMs: clock.monotonicMs() - startMs,
  })
  const routines = [
    repeated(settings.pollMs, poll, clock),
    repeated(HOUSEKEEPING_MS, housekeep, clock),
  ]

  const close = async (): Promise<void> => {
    isClosed = true
    await Promise.all(routines.map((routine) => routine.stop()))
    await oneAtATime(async () => {})
    await decisionsInTurn(async () => {})
    news.end()
    try {
      await lessons.close()
    } catch (error) {
      throw new BanditStoreWriteError(directory, error)
    } finally {
      // Who was just answered may have to look at the snapshot first.
      await oneAtATime(async () => {})
      // A decision that cannot be shared was told as a fact, and no reward for it is lost.
      await decisions.close().catch(() => {})
      await parts.close()
    }
  }
  let closing: Promise<void> | null = null

  return {
    dim,
    epochMs,
    async reward(decisionId, lesson: Lesson) {
      checkOpen()
      const record = recordOf(readMadeId(decisionId, clock), lesson, dim)
      checkSameDecision(reader.fold, record, lesson)
      const result = await settle(record)
      observe({ kind: 'bandit-store.reward', result, part: record.part })
      return result
    },
    remember(decisionId, decided) {
      checkOpen()
      const decision = pendingOf(readMadeId(decisionId, clock), decided, dim)
      pending.add(decision, true)
      if (decisions.waitingCount >= settings.pendingLimit) return
      const { key, arm, context, note } = decision
      const frame = (index: number): Buffer => decisionFrame(key, index, context, note)
      // A failure is told by `onFailure`, and the decision stays known here.
      decisions.append({ arm, frame }).catch(() => {})
    },
    async recall(decisionId) {
      checkOpen()
      const { bytes, atMs } = readMadeId(decisionId, clock)
      if (isTooOld(atMs)) return { kind: 'expired' }
      const isYoung = clock.wallMs() - atMs < YOUNG_MS
      for (const pauseMs of [0, ...(isYoung ? YOUNG_PAUSES_MS : RECALL_PAUSES_MS)]) {
        const known = pending.find(bytes)
        if (known !== undefined) return recalled(known)
        if (pauseMs > 0) await clock.sleep(pauseMs)
        checkOpen()
        await lookForDecisions()
      }
      const found = pending.find(bytes)
      if (found !== undefined) return recalled(found)
      // What this process cannot write down others cannot either, as a rule: the disk is one.
      const isCutOff = (decisions.failure ?? lessons.failure) !== null
      return { kind: isCutOff ? 'unavailable' : 'unknown' }
    },
    get awaiting() {
      return pending.awaiting
    },
    read() {
      checkOpen()
      return reader.fold
    },
    watch(signal) {
      checkOpen()
      return news.watch(signal)
    },
    async catchUp() {
      checkOpen()
      await lookNow()
    },
    async importSums(sums) {
      checkOpen()
      checkSums(sums, dim)
      const imported = new Map(sums)
      for (let tries = 0; tries < MOST_IMPORTS; tries += 1) {
        const { kind } = await oneAtATime(() => compact(compaction, imported))
        if (kind === 'taken') return 'taken'
        // Another process was quicker with a snapshot, which may have been of nothing.
        if (kind === 'elsewhere') continue
        news.tell({ kind: 'reset' })
        return 'imported'
      }
      throw new BanditStoreBrokenError(directory, 'changes faster than anything can be imported')
    },
    async compact() {
      checkOpen()
      const result = await oneAtATime(() => compact(compaction))
      return {
        kind: result.kind === 'elsewhere' ? 'elsewhere' : 'done',
        decisions: reader.fold.decisions,
      }
    },
    async verify() {
      checkOpen()
      return await oneAtATime(() => verify(directory, reader, () => lessons.waitingCount === 0))
    },
    health() {
      const error = lessons.failure ?? readFailure
      return {
        status: error === null ? 'ok' : 'critical',
        unsaved: lessons.failure === null ? 0 : lessons.waitingCount,
        error,
        savedAtMs: lessons.savedAtMs,
      }
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

function entryOf(record: LessonRecord): LessonEntry {
  return { arm: record.arm, record, frame: (index) => lessonFrame(record, index) }
}
