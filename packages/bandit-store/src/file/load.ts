import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BanditStoreFact } from '../facts.ts'
import { Fold, type FoldRules } from '../fold.ts'
import type { LessonRecord } from '../record.ts'
import type { Body } from './frame.ts'
import { LESSONS, segmentOf } from './names.ts'
import { openSegment, type SegmentReader } from './segment-reader.ts'
import { checkHeader, loadSnapshot, snapshotNumbers, type LoadedSnapshot } from './snapshot-file.ts'

/** Everything that is stored, put together. */
export interface Loaded extends LoadedSnapshot {
  readonly fold: Fold
  /** The segments that the snapshot does not cover, by name, as far as they were read. */
  readonly segments: Map<string, SegmentReader>
}

/** The names of all segments, without their endings. */
export async function segmentNames(directory: string): Promise<string[]> {
  const names = (await readdir(join(directory, LESSONS))).map(segmentOf)
  return names.filter((name) => name !== null)
}

/** Makes of what hears lessons what hears a segment. */
export const lessonsOf =
  (path: string, rules: FoldRules, hear: (record: LessonRecord) => void) =>
  (body: Body): void => {
    if (body.kind === 'header') checkHeader(path, body.header, rules)
    if (body.kind === 'lesson') hear(body)
  }

/**
 * Reads everything there is.
 * @param count counts a lesson.
 * @returns null if it changed under the reader's hands.
 */
export async function loadAll(
  directory: string,
  rules: FoldRules,
  count: (into: Fold, record: LessonRecord) => void,
  observe: (fact: BanditStoreFact) => void,
): Promise<Loaded | null> {
  const loaded = await loadSnapshot(directory, rules, observe)
  if (loaded === null) return null
  const fold = new Fold(rules, loaded.contents)
  const segments = new Map<string, SegmentReader>()
  let isWhole = false
  try {
    for (const name of await segmentNames(directory)) {
      if (loaded.frame.covered.has(name)) continue
      const path = join(directory, LESSONS, name)
      const segment = await openSegment(path, rules.dim)
      // Taken back by its writer, or else the check below tells.
      if (segment === null) continue
      segments.set(name, segment)
      await segment.read(lessonsOf(path, rules, (record) => count(fold, record)))
    }
    isWhole = await isStillThere(directory, loaded.frame.number)
  } finally {
    if (!isWhole) await closeAll(segments)
  }
  return isWhole ? { ...loaded, fold, segments } : null
}

/** Whether every segment that a snapshot needs was there until now: it goes before them. */
async function isStillThere(directory: string, number: number): Promise<boolean> {
  const numbers = await snapshotNumbers(directory)
  // Before the first snapshot there is no file; the second is the first that lets segments go.
  return number === 0 ? (numbers[0] ?? 0) <= 1 : numbers.includes(number)
}

export async function closeAll(segments: ReadonlyMap<string, SegmentReader>): Promise<void> {
  for (const segment of segments.values()) await segment.close()
}
