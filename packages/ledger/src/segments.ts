import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { partsOfFile, partsOfZstd } from './blocks.ts'
import { codeOf, LedgerReadError, messageOf } from './errors.ts'
import {
  ARCHIVE,
  archivedSegmentOf,
  archivePath,
  headedSegmentOf,
  HEADS,
  openPath,
  sealedPath,
  segmentOf,
} from './names.ts'

/** The segments of a ledger, wherever they are, in the order of their names: by day, then by writer. */
export interface SegmentList {
  readonly segments: readonly string[]
  /** Those that have a head and no file. */
  readonly missing: readonly string[]
}

/**
 * Lists a ledger while others write and archive. Segments move in one direction only, so who looks into the archive last misses none.
 * @throws the system's error if there is no such directory.
 */
export async function listSegments(directory: string): Promise<SegmentList> {
  const headed = (await namesIn(join(directory, HEADS))).flatMap(
    (file) => headedSegmentOf(file) ?? [],
  )
  const live = (await readdir(directory)).flatMap((file) => segmentOf(file)?.segment ?? [])
  const archived: string[] = []
  for (const month of await namesIn(join(directory, ARCHIVE))) {
    const files = await namesIn(join(directory, ARCHIVE, month))
    archived.push(...files.flatMap((file) => archivedSegmentOf(file) ?? []))
  }
  const there = new Set([...live, ...archived])
  return {
    segments: [...there].toSorted(),
    missing: headed.filter((segment) => !there.has(segment)).toSorted(),
  }
}

/** The names in a directory; none if there is no such directory. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return []
    throw error
  }
}

/** The bytes of a segment, and where they are. */
export interface SegmentParts {
  readonly path: string
  readonly isArchived: boolean
  readonly parts: AsyncIterable<Buffer>
}

/**
 * Opens a segment where it is by now. Once open it can be read on, also after it was archived or removed.
 * @returns null if it is gone.
 * @throws {LedgerReadError}
 */
export async function openSegment(
  directory: string,
  segment: string,
): Promise<SegmentParts | null> {
  for (const path of [openPath(directory, segment), sealedPath(directory, segment)]) {
    const parts = await begun(path, partsOfFile(path))
    if (parts !== null) return { path, isArchived: false, parts }
  }
  const path = archivePath(directory, segment)
  const parts = await begun(path, partsOfZstd(path))
  return parts === null ? null : { path, isArchived: true, parts }
}

/** Reads the first part, so that the file is open; null if there is no file. */
async function begun(
  path: string,
  parts: AsyncGenerator<Buffer>,
): Promise<AsyncIterable<Buffer> | null> {
  try {
    return resumed(path, await parts.next(), parts)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw new LedgerReadError(path, messageOf(error), error)
  }
}

async function* resumed(
  path: string,
  first: IteratorResult<Buffer, unknown>,
  parts: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    if (first.done === true) return
    yield first.value
    yield* parts
  } catch (error) {
    throw new LedgerReadError(path, messageOf(error), error)
  } finally {
    await parts.return(undefined)
  }
}
