import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { namesIn } from '../state/store-files.ts'

/** A segment's file, as it lies there now. */
export interface SegmentFile {
  /** Its name without ending, which it keeps for ever. */
  readonly segment: string
  readonly day: string
  /** Absolute. */
  readonly path: string
  readonly isArchived: boolean
  readonly bytes: number
}

const SEGMENT = /^(\d{4}-\d{2}-\d{2}\.[0-9a-f]{12}-\d+)(?:\.sealed)?\.ndjson(?:\.zst)?$/

/** The day of the segment that a file holds; null for any other file. */
export const dayOfFile = (path: string): string | null =>
  SEGMENT.exec(basename(path))?.[1]?.slice(0, 10) ?? null

/** The files of all segments: those that are written to, those that wait, those that are archived. */
export async function segmentFiles(directory: string): Promise<SegmentFile[]> {
  const live = (await readdir(directory)).map((name) => join(directory, name))
  const months = (await namesIn(join(directory, 'archive'))).map((month) =>
    join(directory, 'archive', month),
  )
  const archived = await Promise.all(
    months.map(async (month) => (await namesIn(month)).map((name) => join(month, name))),
  )
  const found = [...live, ...archived.flat()].map(fileAt).filter((file) => file !== null)
  return found.toSorted((a, b) => (a.segment < b.segment ? -1 : 1))
}

function fileAt(path: string): SegmentFile | null {
  const segment = SEGMENT.exec(basename(path))?.[1]
  // One that is gone by now was archived or is too old to be kept.
  const found = segment === undefined ? undefined : statSync(path, { throwIfNoEntry: false })
  if (segment === undefined || found === undefined) return null
  const isArchived = path.endsWith('.zst')
  return { segment, day: segment.slice(0, 10), path, isArchived, bytes: found.size }
}
