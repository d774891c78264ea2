import { join } from 'node:path'
import type { Clock } from '@holdfast/seams'
import type { Learnt } from '../bandit-store.ts'
import { BanditStoreBrokenError, codeOf } from '../errors.ts'
import type { BanditStoreFact } from '../facts.ts'
import { Fold, type Counted, type FoldRules } from '../fold.ts'
import type { LessonRecord } from '../record.ts'
import type { Body } from './frame.ts'
import { closeAll, lessonsOf, loadAll, segmentNames, type Loaded } from './load.ts'
import { LESSONS, snapshotFile } from './names.ts'
import { openSegment, type SegmentReader } from './segment-reader.ts'
import type { SnapshotFrame } from './snapshot.ts'
import { firstFrame, readFrame, signatureOf, snapshotNumbers } from './snapshot-file.ts'

export interface LessonReaderOptions {
  readonly directory: string
  readonly rules: FoldRules
  /** Whether a segment is one that this process writes, whose lessons it has learned already. */
  readonly owns: (segment: string) => boolean
  /** Lessons of this process that may not be in its segments yet. */
  readonly unwritten: () => Iterable<LessonRecord>
  readonly clock: Clock
  readonly onLessons: (lessons: readonly Learnt[]) => void
  readonly onReset: () => void
  readonly observe: (fact: BanditStoreFact) => void
}

/** What all processes have learned, as far as this one has read. Its methods run one at a time. */
export interface LessonReader {
  readonly fold: Fold
  /** What the snapshot says from which this process goes on. */
  readonly base: SnapshotFrame
  /** The highest number of a snapshot that this process knows of. */
  readonly newest: number
  /** Since when this process has known `base.refuseBeforeMs`, on its own clock that never goes back. */
  readonly refusingSinceMs: number
  /** Lessons counted, and segments read, that no snapshot covers. */
  readonly uncovered: { readonly lessons: number; readonly segments: number }
  /** Whether a segment ends in bytes that cannot be read, or hides lessons behind them. The next snapshot mends it. */
  readonly isStuck: boolean
  /** Whether one decision was seen rewarded in two ways. The next snapshot decides. */
  readonly isInConflict: boolean
  /** Counts a lesson of this process. */
  learn(record: LessonRecord): Counted
  /** Takes in what came since, also a new snapshot. */
  look(): Promise<void>
  /** Reads everything anew. */
  reload(): Promise<void>
  /** Whether something was read of a segment that is not among these any more. */
  misses(segments: ReadonlySet<string>): boolean
  /** Reads a segment that nobody appends to, to its end. Null if it is gone. */
  finish(segment: string): Promise<Finished | null>
  /** Goes on from a snapshot that this process has made. */
  moveTo(frame: SnapshotFrame): Promise<void>
  close(): Promise<void>
}

export interface Finished {
  /** How far it was read. */
  readonly bytes: number
  readonly damagedBytes: number
}

const MOST_RELOADS = 10

export function lessonReader(options: LessonReaderOptions): LessonReader {
  const { directory, rules, owns, clock, onLessons, observe } = options
  let fold = new Fold(rules)
  let base = firstFrame(rules)
  let newest = 0
  /** Tells the newest snapshot there is from the next. */
  let signature = ''
  let refusingSinceMs = clock.monotonicMs()
  let segments = new Map<string, SegmentReader>()
  let uncoveredLessons = 0
  let isOpen = false
  let isInConflict = false
  /** Lessons that were counted and are not told yet, in the order they were counted. */
  let untold: Learnt[] = []
  /** What may be missing in what is being read anew: lessons of this process that were not written when that began. */
  let meanwhile: LessonRecord[] | null = null

  const tell = (): void => {
    if (untold.length === 0) return
    const learnt = untold
    untold = []
    onLessons(learnt)
  }

  const countInto = (into: Fold, record: LessonRecord): Counted => {
    const counted = into.count(record)
    if (counted.kind === 'applied') uncoveredLessons += 1
    if (counted.kind === 'late') observe({ kind: 'bandit-store.late', directory })
    else if (counted.differs) {
      isInConflict = true
      observe({ kind: 'bandit-store.conflict', directory })
    }
    return counted
  }

  const hearOf = (name: string): ((body: Body) => void) =>
    lessonsOf(join(directory, LESSONS, name), rules, (record) => {
      const counted = countInto(fold, record)
      if (counted.kind === 'applied') untold.push(counted.learnt)
    })

  const segmentAt = async (name: string): Promise<SegmentReader | null> => {
    const known = segments.get(name)
    if (known !== undefined) return known
    const segment = await openSegment(join(directory, LESSONS, name), rules.dim)
    if (segment !== null) segments.set(name, segment)
    return segment
  }

  const look = async (): Promise<void> => {
    const [number = 0] = await snapshotNumbers(directory)
    const found = await signatureOf(directory, number)
    if (found !== signature) {
      if (!(await isKept(number))) {
        await reload()
        return
      }
      signature = found
      newest = Math.max(newest, number)
    }
    const names = new Set(await segmentNames(directory))
    if (misses(names)) {
      await reload()
      return
    }
    for (const name of names) {
      if (base.covered.has(name) || owns(name)) continue
      await (await segmentAt(name))?.read(hearOf(name)).finally(tell)
    }
  }

  /** Whether this process can go on from what it knows, with this as the newest snapshot. */
  const isKept = async (number: number): Promise<boolean> => {
    const path = join(directory, snapshotFile(Math.max(1, number)))
    try {
      // One that was removed, or is broken: what this process knows is good, and the next snapshot will be.
      if (number < base.number) throw new BanditStoreBrokenError(path, 'was removed')
      const frame = await readFrame(directory, number)
      if (frame === null) return false
      return frame.name === base.name || (await follow(frame))
    } catch (error) {
      if (codeOf(error) !== 'BANDIT_STORE_BROKEN') throw error
      observe({ kind: 'bandit-store.snapshot-broken', path, error })
      return true
    }
  }

  /** Goes on from a snapshot made by another process, if this one knows exactly what is in it. */
  const follow = async (frame: SnapshotFrame): Promise<boolean> => {
    if (frame.isAnew || frame.previous !== base.name) return false
    for (const [name, bytes] of frame.covered) {
      if (owns(name) || base.covered.has(name)) continue
      const finished = await finish(name, bytes)
      // Beyond it lies what a writer wrote too late, and will write again unless it was killed.
      if (finished === null || finished.bytes > bytes) return false
    }
    if (isInConflict) return false
    await moveTo(frame)
    return true
  }

  const finish = async (name: string, limitBytes = Infinity): Promise<Finished | null> => {
    const segment = await segmentAt(name)
    if (segment === null) return null
    const { cutBytes, damagedBytes } = await segment
      .readToEnd(hearOf(name), limitBytes)
      .finally(tell)
    const path = join(directory, LESSONS, name)
    if (cutBytes > 0) observe({ kind: 'bandit-store.segment-cut', path, bytes: cutBytes })
    return { bytes: segment.offset, damagedBytes }
  }

  const misses = (names: ReadonlySet<string>): boolean =>
    [...segments].some(([name, { offset }]) => offset > 0 && !names.has(name) && !owns(name))

  const goOnFrom = (frame: SnapshotFrame): void => {
    if (frame.refuseBeforeMs !== base.refuseBeforeMs) refusingSinceMs = clock.monotonicMs()
    base = frame
    newest = Math.max(newest, frame.number)
  }

  const moveTo = async (frame: SnapshotFrame): Promise<void> => {
    goOnFrom(frame)
    uncoveredLessons = 0
    isInConflict = false
    fold.dropIdsBefore(frame.droppedBeforeMs)
    for (const name of frame.covered.keys()) {
      const segment = segments.get(name)
      segments.delete(name)
      await segment?.close()
    }
  }

  const reload = async (): Promise<void> => {
    meanwhile = [...options.unwritten()]
    try {
      for (let tries = 1; ; tries += 1) {
        isInConflict = false
        uncoveredLessons = 0
        const loaded = await loadAll(directory, rules, countInto, observe)
        if (loaded !== null) {
          await settle(loaded, meanwhile)
          return
        }
        // Each time other processes have made two snapshots meanwhile.
        if (tries === MOST_RELOADS) {
          throw new BanditStoreBrokenError(directory, 'changes faster than it can be read')
        }
      }
    } finally {
      meanwhile = null
    }
  }

  /** Puts what was loaded in the place of what was known. Nothing of this process is lost on the way. */
  const settle = async (loaded: Loaded, own: readonly LessonRecord[]): Promise<void> => {
    const before = segments
    for (const record of own) countInto(loaded.fold, record)
    loaded.fold.continueFrom(fold)
    fold = loaded.fold
    goOnFrom(loaded.frame)
    newest = Math.max(newest, loaded.newest)
    signature = loaded.signature
    segments = loaded.segments
    options.onReset()
    if (isOpen) observe({ kind: 'bandit-store.reloaded', directory, decisions: fold.decisions })
    isOpen = true
    await closeAll(before)
  }

  return {
    get fold() {
      return fold
    },
    get base() {
      return base
    },
    get newest() {
      return newest
    },
    get refusingSinceMs() {
      return refusingSinceMs
    },
    get isStuck() {
      return [...segments.values()].some((segment) => segment.isStuck)
    },
    get isInConflict() {
      return isInConflict
    },
    get uncovered() {
      return { lessons: uncoveredLessons, segments: segments.size }
    },
    learn(record) {
      const counted = fold.count(record)
      // Also one that is known: what is read anew may not have it, if its first writer took it back.
      if (counted.kind !== 'late') meanwhile?.push(record)
      if (counted.kind !== 'applied') return counted
      uncoveredLessons += 1
      // Behind what a segment just said, so that lessons are told in the order of their numbers.
      untold.push(counted.learnt)
      tell()
      return counted
    },
    look,
    reload,
    misses,
    finish,
    moveTo,
    close: () => closeAll(segments),
  }
}
