import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BanditStoreBrokenError, codeOf } from '../errors.ts'
import type { BanditStoreFact } from '../facts.ts'
import { Fold, type Counted, type FoldRules } from '../fold.ts'
import type { Learnt } from '../bandit-store.ts'
import type { LessonRecord } from '../record.ts'
import type { Body } from './frame.ts'
import { LESSONS, segmentOf, SNAPSHOT } from './names.ts'
import { openSegment, type SegmentReader } from './segment-reader.ts'
import type { SnapshotFrame } from './snapshot.ts'
import {
  checkHeader,
  firstFrame,
  loadSnapshot,
  readFrame,
  signatureOf,
  type LoadedSnapshot,
} from './snapshot-file.ts'

export interface LessonReaderOptions {
  readonly directory: string
  readonly rules: FoldRules
  /** Whether a segment is one that this process writes, whose lessons it has learned already. */
  readonly owns: (segment: string) => boolean
  /** Lessons of this process that may not be in its segments yet. */
  readonly unwritten: () => Iterable<LessonRecord>
  readonly onLessons: (lessons: readonly Learnt[]) => void
  readonly onReset: () => void
  readonly observe: (fact: BanditStoreFact) => void
}

/** What all processes have learned, as far as this one has read. Its methods run one at a time. */
export interface LessonReader {
  readonly fold: Fold
  /** What the snapshot says from which this process goes on. */
  readonly base: SnapshotFrame
  /** Lessons counted, and segments read, that no snapshot covers. */
  readonly uncovered: { readonly lessons: number; readonly segments: number }
  /** Whether the snapshot on the disk is not `base` but a broken one. */
  readonly isSnapshotBroken: boolean
  /** Whether one decision was seen rewarded in two ways. The next snapshot decides. */
  readonly isInConflict: boolean
  /** Counts a lesson of this process. */
  learn(record: LessonRecord): Counted
  /** Takes in what came since, also a new snapshot. */
  look(): Promise<void>
  /** Reads everything anew. */
  reload(): Promise<void>
  /** Reads a segment that nobody appends to, to its end. False if it is gone. */
  finish(segment: string): Promise<{ readonly damagedBytes: number } | null>
  /** Goes on from a snapshot that this process has made. */
  moveTo(frame: SnapshotFrame): Promise<void>
  close(): Promise<void>
}

const MOST_RELOADS = 10

export function lessonReader(options: LessonReaderOptions): LessonReader {
  const { directory, rules, owns, onLessons, observe } = options
  const lessonsAt = join(directory, LESSONS)
  let fold = new Fold(rules)
  let base = firstFrame(rules)
  /** Tells one snapshot file from the next. */
  let signature = ''
  let segments = new Map<string, SegmentReader>()
  let uncoveredLessons = 0
  let isSnapshotBroken = false
  let isOpen = false
  let isInConflict = false
  /** Lessons of this process that were counted while everything is read anew. */
  let meanwhile: LessonRecord[] | null = null

  /** Counts what a segment says, and keeps what is new of it. */
  const hearInto =
    (into: Fold, path: string, learnt: Learnt[]) =>
    (body: Body): void => {
      if (body.kind === 'header') checkHeader(path, body.header, rules)
      if (body.kind === 'lesson') countInto(into, body, learnt)
    }
  const countInto = (into: Fold, record: LessonRecord, learnt: Learnt[]): void => {
    const counted = into.count(record)
    if (counted.kind === 'applied') {
      learnt.push(counted.learnt)
      uncoveredLessons += 1
    } else if (counted.kind === 'late') observe({ kind: 'bandit-store.late', directory })
    else if (counted.differs) {
      isInConflict = true
      observe({ kind: 'bandit-store.conflict', directory })
    }
  }

  const segmentAt = async (
    name: string,
    among: Map<string, SegmentReader>,
  ): Promise<SegmentReader | null> => {
    const known = among.get(name)
    if (known !== undefined) return known
    const segment = await openSegment(join(lessonsAt, name), rules.dim)
    if (segment !== null) among.set(name, segment)
    return segment
  }

  /** Reads a segment on. False if it is gone. */
  const readOn = async (name: string): Promise<boolean> => {
    const segment = await segmentAt(name, segments)
    if (segment === null) return false
    const learnt: Learnt[] = []
    try {
      await segment.read(hearInto(fold, join(lessonsAt, name), learnt))
    } finally {
      if (learnt.length > 0) onLessons(learnt)
    }
    return true
  }

  const names = async (): Promise<string[]> =>
    (await readdir(lessonsAt)).map(segmentOf).filter((name) => name !== null)

  const look = async (): Promise<void> => {
    const found = await signatureOf(join(directory, SNAPSHOT))
    if (found !== signature) {
      const frame = await frameOnDisk()
      if (frame !== null && frame.name !== base.name && !(await follow(frame))) {
        await reload()
        return
      }
      signature = found
    }
    for (const name of await names()) {
      if (!base.covered.includes(name) && !owns(name)) await readOn(name)
    }
  }

  /** Null if it is broken: what this process knows is good, and the next snapshot will be. */
  const frameOnDisk = async (): Promise<SnapshotFrame | null> => {
    const path = join(directory, SNAPSHOT)
    try {
      const frame = await readFrame(path, rules)
      isSnapshotBroken = false
      return frame
    } catch (error) {
      if (codeOf(error) !== 'BANDIT_STORE_BROKEN') throw error
      isSnapshotBroken = true
      observe({ kind: 'bandit-store.snapshot-broken', path, error })
      return null
    }
  }

  /** Goes on from a snapshot made by another process, if everything in it is known here already. */
  const follow = async (frame: SnapshotFrame): Promise<boolean> => {
    if (frame.isAnew || frame.previous !== base.name) return false
    for (const name of frame.covered) {
      const isKnown = owns(name) || base.covered.includes(name)
      if (!isKnown && !(await readOn(name))) return false
    }
    if (isInConflict) return false
    await moveTo(frame)
    return true
  }

  const moveTo = async (frame: SnapshotFrame): Promise<void> => {
    base = frame
    uncoveredLessons = 0
    isInConflict = false
    fold.dropIdsBefore(frame.droppedBeforeMs)
    for (const name of frame.covered) {
      const segment = segments.get(name)
      segments.delete(name)
      await segment?.close()
    }
  }

  const reload = async (): Promise<void> => {
    meanwhile = []
    try {
      for (let tries = 1; ; tries += 1) {
        const loaded = await loadAll()
        if (loaded !== null) {
          await settle(loaded)
          return
        }
        // Each time another process has made two snapshots meanwhile.
        if (tries === MOST_RELOADS) {
          throw new BanditStoreBrokenError(directory, 'changes faster than it can be read')
        }
      }
    } finally {
      meanwhile = null
    }
  }

  /** Everything on the disk; null if it changed under the reader's hands. */
  const loadAll = async (): Promise<Loaded | null> => {
    const loaded = await loadSnapshot(directory, rules, observe)
    const into = new Fold(rules, loaded.contents)
    const read = new Map<string, SegmentReader>()
    const learnt: Learnt[] = []
    isInConflict = false
    uncoveredLessons = 0
    let isWhole = true
    for (const name of await names()) {
      if (loaded.frame.covered.includes(name)) continue
      const segment = await segmentAt(name, read)
      if (segment === null) isWhole = false
      else await segment.read(hearInto(into, join(lessonsAt, name), learnt))
      learnt.length = 0
    }
    const isSame = (await signatureOf(join(directory, SNAPSHOT))) === loaded.signature
    if (isWhole || isSame) return { ...loaded, fold: into, segments: read }
    await closeAll(read)
    return null
  }

  /** Puts what was loaded in the place of what was known. Nothing of this process is lost on the way. */
  const settle = async (loaded: Loaded): Promise<void> => {
    const before = segments
    for (const record of [...options.unwritten(), ...(meanwhile ?? [])]) {
      countInto(loaded.fold, record, [])
    }
    loaded.fold.continueFrom(fold)
    fold = loaded.fold
    base = loaded.frame
    signature = loaded.signature
    segments = loaded.segments
    isSnapshotBroken = loaded.isBroken
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
    get isInConflict() {
      return isInConflict
    },
    get uncovered() {
      return { lessons: uncoveredLessons, segments: segments.size }
    },
    get isSnapshotBroken() {
      return isSnapshotBroken
    },
    learn(record) {
      const counted = fold.count(record)
      if (counted.kind !== 'applied') return counted
      uncoveredLessons += 1
      meanwhile?.push(record)
      onLessons([counted.learnt])
      return counted
    },
    look,
    reload,
    async finish(name) {
      const segment = await segmentAt(name, segments)
      if (segment === null) return null
      const learnt: Learnt[] = []
      const path = join(lessonsAt, name)
      const { cutBytes, damagedBytes } = await segment.readToEnd(hearInto(fold, path, learnt))
      if (learnt.length > 0) onLessons(learnt)
      if (cutBytes > 0) observe({ kind: 'bandit-store.segment-cut', path, bytes: cutBytes })
      return { damagedBytes }
    },
    moveTo,
    close: () => closeAll(segments),
  }
}

interface Loaded extends LoadedSnapshot {
  readonly fold: Fold
  readonly segments: Map<string, SegmentReader>
}

async function closeAll(segments: Map<string, SegmentReader>): Promise<void> {
  for (const segment of segments.values()) await segment.close()
}
