import { copyFile, link, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { tryLock, type Lock } from '@holdfast/file-lock'
import type { Random } from '@holdfast/seams'
import type { Compacted } from '../bandit-store.ts'
import { codeOf } from '../errors.ts'
import type { BanditStoreFact } from '../facts.ts'
import type { ArmSums } from '../fold.ts'
import type { StoreSettings } from '../options.ts'
import type { LessonReader } from './lesson-reader.ts'
import {
  COMPACTION,
  DAMAGED,
  LESSONS,
  OPEN,
  PREVIOUS,
  SEALED,
  segmentOf,
  SNAPSHOT,
} from './names.ts'
import { syncDirectory } from './segment-writer.ts'
import { encodeSnapshot, type SnapshotFrame } from './snapshot.ts'

/**
 * How long ids are remembered after rewards for them are refused, in ms: much longer than any writer goes between a
 * look at the snapshot and an acknowledgement (`LOOK_MS` in file-store.ts).
 */
const GRACE_MS = 60_000

export interface CompactionOptions {
  readonly directory: string
  readonly reader: LessonReader
  readonly settings: Pick<StoreSettings, 'deadlineMs' | 'dedupeLimit' | 'clock'>
  readonly owns: (segment: string) => boolean
  readonly random: Random
  readonly observe: (fact: BanditStoreFact) => void
  /** Told between two steps, so that a test can end the process there. */
  readonly onStep?: ((step: CompactionStep) => void) | undefined
}

export type CompactionStep =
  | 'locked'
  | 'sealed'
  | 'read'
  | 'written'
  | 'spared'
  | 'published'
  | 'removed'

/**
 * Makes a snapshot of all segments there are, and removes those that the snapshot before it covers.
 *
 * A segment is sealed by renaming it. Its writer acknowledges a lesson only if, after it was written, the segment
 * still had its name; so whatever was acknowledged was written before the renaming, and is read after it. This
 * holds whether the writer lives, hangs or is dead. The lock only keeps two processes from doing the same work.
 * @param imported what no segment ever said, to be taken in with it. Then nothing happens to a store that has lessons.
 */
export async function compact(
  options: CompactionOptions,
  imported?: ArmSums,
): Promise<Compacted | { readonly kind: 'taken' }> {
  const { directory, observe } = options
  const lock = await lockFor(directory)
  if (lock === null) return { kind: 'elsewhere', decisions: 0 }
  try {
    return await compactLocked(options, lock, imported)
  } finally {
    // One that was lost, or cannot be given back, is taken over when this process has ended.
    await lock
      .release()
      .catch((error: unknown) =>
        observe({ kind: 'bandit-store.compaction-failed', directory, error }),
      )
  }
}

async function lockFor(directory: string): Promise<Lock | null> {
  try {
    return await tryLock(join(directory, COMPACTION), { engine: 'direct' })
  } catch (error) {
    if (codeOf(error) === 'LOCK_EXISTS') return null
    throw error
  }
}

async function compactLocked(
  options: CompactionOptions,
  lock: Lock,
  imported: ArmSums | undefined,
): Promise<Compacted | { readonly kind: 'taken' }> {
  const { directory, reader, observe, onStep, settings } = options
  const { clock } = settings
  const startMs = clock.monotonicMs()
  onStep?.('locked')
  await reader.look()
  // Which of two accounts counts is decided here, from what is stored, for every process.
  if (reader.isInConflict) await reader.reload()
  const sealed = await readAll(options)
  if (imported !== undefined && !reader.fold.isEmpty) return { kind: 'taken' }

  const left = await segmentsIn(join(directory, LESSONS))
  const isCovered = ({ name }: SegmentFile): boolean => reader.base.covered.includes(name)
  const doomed = left.filter((file) => isCovered(file) && file.ending !== DAMAGED)
  const covered = [...sealed, ...left.filter(isCovered).map(({ name }) => name)]
  const frame: SnapshotFrame = {
    ...reader.base,
    name: options.random.hex(16),
    previous: reader.base.name,
    isAnew: imported !== undefined,
    covered: [...new Set(covered)],
    ...expiry(reader, settings),
  }
  reader.fold.dropIdsBefore(frame.droppedBeforeMs)
  const bytes = encodeSnapshot(frame, {
    ...reader.fold.contents,
    imported: imported ?? reader.fold.imported,
  })
  await publish(options, lock, bytes)
  if (imported !== undefined) reader.fold.adoptImported(imported)
  await reader.moveTo(frame)
  onStep?.('published')
  for (const { name, ending } of doomed) {
    await unlink(join(directory, LESSONS, name + ending)).catch(ignoreMissing)
  }
  onStep?.('removed')
  const { decisions } = reader.fold
  const tookMs = clock.monotonicMs() - startMs
  observe({
    kind: 'bandit-store.compacted',
    directory,
    decisions,
    segments: sealed.length,
    sizeBytes: bytes.length,
    tookMs,
  })
  return { kind: 'done', decisions }
}

/** Seals every segment that no snapshot covers, and reads it to its end. @returns their names. */
async function readAll({
  directory,
  reader,
  owns,
  observe,
  onStep,
}: CompactionOptions): Promise<string[]> {
  const lessonsAt = join(directory, LESSONS)
  const names: string[] = []
  for (const { name, ending } of await segmentsIn(lessonsAt)) {
    if (reader.base.covered.includes(name)) continue
    if (ending === OPEN) {
      await rename(join(lessonsAt, name + OPEN), join(lessonsAt, name + SEALED))
    }
    names.push(name)
  }
  onStep?.('sealed')
  for (const name of names) {
    if (owns(name)) continue
    const finished = await reader.finish(name)
    if (finished === null || finished.damagedBytes === 0) continue
    const path = join(lessonsAt, name + DAMAGED)
    await rename(join(lessonsAt, name + SEALED), path).catch(ignoreMissing)
    observe({ kind: 'bandit-store.segment-damaged', path, bytes: finished.damagedBytes })
  }
  onStep?.('read')
  return names
}

interface SegmentFile {
  readonly name: string
  readonly ending: string
}

async function segmentsIn(directory: string): Promise<SegmentFile[]> {
  return (await readdir(directory)).flatMap((file) => {
    const name = segmentOf(file)
    return name === null ? [] : [{ name, ending: file.slice(name.length) }]
  })
}

/**
 * Rewards are refused some time before their ids are forgotten: a writer that has just heard of the one would
 * otherwise acknowledge a lesson that everyone else drops for the other.
 */
function expiry(
  { base, fold }: LessonReader,
  { deadlineMs, dedupeLimit, clock }: CompactionOptions['settings'],
): Pick<SnapshotFrame, 'refuseBeforeMs' | 'announcedAtMs' | 'droppedBeforeMs'> {
  const nowMs = clock.wallMs()
  const { refuseBeforeMs, announcedAtMs, droppedBeforeMs } = base
  if (nowMs - announcedAtMs < GRACE_MS) return { refuseBeforeMs, announcedAtMs, droppedBeforeMs }
  const { ids } = fold.contents
  return {
    refuseBeforeMs: Math.max(refuseBeforeMs, nowMs - deadlineMs, ids.timeOfNewest(dedupeLimit)),
    announcedAtMs: nowMs,
    droppedBeforeMs: refuseBeforeMs,
  }
}

/** Puts a snapshot in the place of the one there is, which stays as a spare. */
async function publish(
  { directory, reader, random, onStep }: CompactionOptions,
  lock: Lock,
  bytes: Buffer,
): Promise<void> {
  const path = join(directory, SNAPSHOT)
  await removeAbandoned(directory)
  const temporary = join(directory, `snapshot.${random.hex(16)}${TEMPORARY}`)
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    onStep?.('written')
    lock.assertValid()
    if (!reader.isSnapshotBroken && reader.base.name !== '') await spare(directory)
    onStep?.('spared')
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(ignoreMissing)
    throw error
  }
  await syncDirectory(directory)
}

async function spare(directory: string): Promise<void> {
  const temporary = join(directory, `snapshot.spare${TEMPORARY}`)
  await unlink(temporary).catch(ignoreMissing)
  try {
    await link(join(directory, SNAPSHOT), temporary)
  } catch (error) {
    // Some file systems know no second name for a file.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))) throw error
    await copyFile(join(directory, SNAPSHOT), temporary)
  }
  await rename(temporary, join(directory, PREVIOUS))
}

const TEMPORARY = '.tmp'

/** Removes what a process left that was killed while it wrote. Nobody else is writing: the lock is ours. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const file of await readdir(directory)) {
    if (file.endsWith(TEMPORARY)) await unlink(join(directory, file)).catch(ignoreMissing)
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
