import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { broadcast, type Broadcast } from '../broadcast.ts'
import type { FileStoreSettings } from '../options.ts'
import { pendingTable, type PendingTable } from '../pending-table.ts'
import type { LessonRecord } from '../record.ts'
import { decisionLog, type DecisionLog } from './decision-log.ts'
import type { SegmentHeader } from './frame.ts'
import { lessonReader, type LessonReader } from './lesson-reader.ts'
import { DECISIONS, LESSONS } from './names.ts'
import { segmentWriter, type Entry, type SegmentWriter } from './segment-writer.ts'

const SEGMENT_BYTES = 1024 * 1024
/** Small, because one is removed whole when the youngest decision in it is too old. */
const DECISION_SEGMENT_BYTES = 256 * 1024

export type LessonEntry = Entry & { readonly record: LessonRecord }

/** What a file store is made of. */
export interface Parts {
  readonly lessons: SegmentWriter<LessonEntry>
  readonly decisions: SegmentWriter<Entry>
  readonly reader: LessonReader
  readonly pending: PendingTable
  /** The decisions of other processes. */
  readonly others: DecisionLog
  readonly news: Broadcast
  /** Lets go of every file; what is to be written must have been. */
  close(): Promise<void>
}

/** Makes the parts, and reads what there is. @throws what `openFileStore` throws. */
export async function openParts(directory: string, settings: FileStoreSettings): Promise<Parts> {
  const { dim, epochMs, deadlineMs, clock, random, observe } = settings
  for (const part of [LESSONS, DECISIONS]) {
    await mkdir(join(directory, part), { recursive: true })
  }
  const writer = `${clock.wallMs().toString(36)}-${process.pid}-${random.hex(8)}`
  const header: SegmentHeader = { version: 1, dim, epochMs }
  const lessons = segmentWriter<LessonEntry>({
    prefix: join(directory, LESSONS, writer),
    header,
    isDurable: true,
    segmentBytes: SEGMENT_BYTES,
    retryMs: settings.retryMs,
    clock,
    onFailure: (error) =>
      observe({
        kind: 'bandit-store.write-failed',
        directory,
        unsaved: lessons.waitingCount,
        error,
      }),
    onRecovery: (count) => observe({ kind: 'bandit-store.recovered', directory, lessons: count }),
  })
  const decisions = segmentWriter<Entry>({
    prefix: join(directory, DECISIONS, writer),
    header,
    isDurable: false,
    segmentBytes: DECISION_SEGMENT_BYTES,
    retryMs: settings.retryMs,
    clock,
    onFailure: (error) => observe({ kind: 'bandit-store.decisions-not-shared', directory, error }),
    onRecovery: () => {},
  })
  const news = broadcast()
  const reader = lessonReader({
    directory,
    rules: { dim, epochMs, keepEpochs: settings.keepEpochs },
    owns: (segment) => lessons.owns(segment),
    unwritten: () => lessons.waiting.map(({ record }) => record),
    clock,
    onLessons: (learnt) => news.tell({ kind: 'lessons', lessons: learnt }),
    onReset: () => news.tell({ kind: 'reset' }),
    observe,
  })
  const pending = pendingTable({
    limit: settings.pendingLimit,
    deadlineMs,
    clock,
    isRewarded: (key) => reader.fold.partsOf(key).length > 0,
    onGivenUp: (count) => observe({ kind: 'bandit-store.decisions-given-up', count }),
  })
  const others = decisionLog({
    directory,
    dim,
    limit: settings.pendingLimit,
    deadlineMs,
    owns: (segment) => decisions.owns(segment),
    onDecision: (decision) => pending.add(decision, false),
  })
  const close = async (): Promise<void> => {
    await reader.close()
    await others.close()
  }
  try {
    await reader.reload()
    await others.look()
  } catch (error) {
    await close()
    throw error
  }
  return { lessons, decisions, reader, pending, others, news, close }
}
