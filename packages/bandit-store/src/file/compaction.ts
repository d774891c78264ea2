import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { acquireLock, tryLock, type Lock } from '@holdfast/file-lock'
import type { Random } from '@holdfast/seams'
import type { Compacted } from '../bandit-store.ts'
import { codeOf } from '../errors.ts'
import type { BanditStoreFact } from '../facts.ts'
import type { ArmSums } from '../fold.ts'
import type { StoreSettings } from '../options.ts'
import type { LessonReader } from './lesson-reader.ts'
import { COMPACTION, DAMAGED, LESSONS, OPEN, SEALED, segmentOf } from './names.ts'
import { ignoreMissing, publish, remove } from './publish.ts'
import type { Entry, SegmentWriter } from './segment-writer.ts'
import { encodeSnapshot, type SnapshotFrame } from './snapshot.ts'

/**
 * How long ids are remembered after rewards for them are refused, in ms: much longer than any writer goes between a
 * look at the snapshot and an acknowledgement (`LOOK_MS` in file-store.ts).
 */
const GRACE_MS = 60_000
/** Many times what a snapshot takes. */
const IMPORT_WAIT_MS = 30_000

export interface CompactionOptions {
  readonly directory: string
  readonly reader: LessonReader
  /** Of the lessons of this process. */
  readonly writer: Pick<SegmentWriter<Entry>, 'owns' | 'rotate' | 'drained'>
  readonly settings: Pick<StoreSettings, 'dedupeLimit' | 'clock'>
  readonly random: Random
  readonly observe: (fact: BanditStoreFact) => void
  /** Told between two steps, so that a test can end the process there. */
  readonly onStep?: ((step: CompactionStep) => void) | undefined
}

export type CompactionStep = 'locked' | 'sealed' | 'read' | 'written' | 'published' | 'removed'

/**
 * Makes a snapshot of all segments there are, and removes those that the snapshot before it covers.
 *
 * A segment is sealed by renaming it. Its writer acknowledges a lesson only if, after it was written, the segment
 * still had its name; so whatever was acknowledged was written before the renaming, and is read after it. This
 * holds whether the writer lives, hangs or is dead.
 *
 * Snapshots are numbered, and each is made from the one before: a number that is taken already shows that another
 * process was quicker. The lock only keeps two processes from doing the same work.
 * @param imported what no segment ever said, to be taken in with it. Then nothing happens to a store that has lessons.
 */
export async function compact(
  options: CompactionOptions,
  imported?: ArmSums,
): Promise<Compacted | { readonly kind: 'taken' }> {
  const { directory, observe, reader } = options
  // An import is not made by whoever else makes a snapshot now.
  const lock =
    imported === undefined
      ? await lockFor(directory)
      : await acquireLock(join(directory, COMPACTION), { engine: 'direct', waitMs: IMPORT_WAIT_MS })
  const elsewhere: Compacted = { kind: 'elsewhere', decisions: reader.fold.decisions }
  if (lock === null) return elsewhere
  try {
    return (await compactLocked(options, lock, imported)) ?? elsewhere
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

/** Null if another process was quicker. */
async function compactLocked(
  options: CompactionOptions,
  lock: Lock,
  imported: ArmSums | undefined,
): Promise<Compacted | { readonly kind: 'taken' } | null> {
  const { directory, reader, writer, observe, onStep, settings, random } = options
  const { clock } = settings
  const startMs = clock.monotonicMs()
  onStep?.('locked')
  await reader.look()
  const read = await readAll(options)
  if (imported !== undefined && !reader.fold.isEmpty) return { kind: 'taken' }

  const { base } = reader
  const left = await segmentsIn(directory)
  const isCovered = ({ name }: SegmentFile): boolean => base.covered.has(name)
  const doomed = left
    .filter((file) => isCovered(file) && file.ending !== DAMAGED)
    .map(({ name, ending }) => name + ending)
  const kept = left.filter(isCovered).map(({ name }) => [name, base.covered.get(name)!] as const)
  const frame: SnapshotFrame = {
    ...base,
    number: reader.newest + 1,
    name: random.hex(16),
    previous: base.name,
    isAnew: imported !== undefined,
    covered: new Map([...kept, ...read]),
    ...expiry(reader, settings),
  }
  // What is told to this process from now on goes into a new segment, and what was told before is in the snapshot.
  writer.rotate()
  const bytes = encodeSnapshot(frame, {
    ...reader.fold.contents,
    imported: imported ?? reader.fold.imported,
  })
  const isNewest = await publish(options, frame, bytes, async () => {
    // Others read in segments, and never in the snapshot, what this process was told: so it must be in one first.
    await writer.drained()
    lock.assertValid()
    onStep?.('written')
  })
  if (!isNewest) return null
  if (imported !== undefined) reader.fold.adoptImported(imported)
  await reader.moveTo(frame)
  onStep?.('published')
  await remove(directory, base, doomed)
  onStep?.('removed')
  const { decisions } = reader.fold
  const tookMs = clock.monotonicMs() - startMs
  observe({
    kind: 'bandit-store.compacted',
    directory,
    decisions,
    segments: read.size,
    sizeBytes: bytes.length,
    tookMs,
  })
  return { kind: 'done', decisions }
}

/** Seals every segment that no snapshot covers, and reads it to its end. @returns how far each was read. */
async function readAll(options: CompactionOptions): Promise<Map<string, number>> {
  const { directory, reader, writer, observe, onStep } = options
  const path = (name: string, ending: string): string => join(directory, LESSONS, name + ending)
  const sealed = new Set<string>()
  for (const { name, ending } of await segmentsIn(directory)) {
    if (reader.base.covered.has(name)) continue
    if (ending === OPEN) await rename(path(name, OPEN), path(name, SEALED)).catch(ignoreMissing)
    sealed.add(name)
  }
  onStep?.('sealed')
  // Which of two accounts counts is decided here, from what is stored, for every process. And what a writer took
  // back after it was read is in no segment that others can read.
  if (reader.isInConflict || reader.misses(sealed)) await reader.reload()
  const read = new Map<string, number>()
  for (const name of sealed) {
    if (reader.base.covered.has(name)) continue
    if (writer.owns(name)) {
      read.set(name, Infinity)
      continue
    }
    const finished = await reader.finish(name)
    if (finished === null) continue
    read.set(name, finished.bytes)
    if (finished.damagedBytes === 0) continue
    await rename(path(name, SEALED), path(name, DAMAGED)).catch(ignoreMissing)
    observe({
      kind: 'bandit-store.segment-damaged',
      path: path(name, DAMAGED),
      bytes: finished.damagedBytes,
    })
  }
  onStep?.('read')
  return read
}

interface SegmentFile {
  readonly name: string
  readonly ending: string
}

async function segmentsIn(directory: string): Promise<SegmentFile[]> {
  return (await readdir(join(directory, LESSONS))).flatMap((file) => {
    const name = segmentOf(file)
    return name === null ? [] : [{ name, ending: file.slice(name.length) }]
  })
}

/**
 * Rewards are refused some time before their ids are forgotten: a writer that has just heard of the one would
 * otherwise acknowledge a lesson that everyone else drops for the other. That time is measured from when this very
 * process heard of it, because wall clocks jump and a process may be stopped while it publishes.
 *
 * Which ids are forgotten is a matter of their number alone. Whether a deadline is over each process asks its own clock:
 * published by one whose clock is wrong, it would hold for all and for ever.
 */
function expiry(
  { base, fold, refusingSinceMs }: LessonReader,
  { dedupeLimit, clock }: CompactionOptions['settings'],
): Pick<SnapshotFrame, 'refuseBeforeMs' | 'droppedBeforeMs'> {
  const { refuseBeforeMs, droppedBeforeMs } = base
  const isPending = refuseBeforeMs > droppedBeforeMs
  if (isPending && clock.monotonicMs() - refusingSinceMs < GRACE_MS) {
    return { refuseBeforeMs, droppedBeforeMs }
  }
  const { ids } = fold.contents
  return {
    refuseBeforeMs: Math.max(refuseBeforeMs, ids.timeOfNewest(dedupeLimit)),
    droppedBeforeMs: refuseBeforeMs,
  }
}
