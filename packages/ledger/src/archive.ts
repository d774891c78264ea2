import { existsSync } from 'node:fs'
import { readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { tryLock, type Lock } from '@holdfast/file-lock'
import { partsOfFile, partsOfZstd } from './blocks.ts'
import { syncDirectory } from './directory.ts'
import { codeOf, LedgerArchiveError, messageOf } from './errors.ts'
import { readHead, writeHead, type Head } from './head.ts'
import {
  ARCHIVE,
  archivedSegmentOf,
  archivePath,
  ARCHIVING,
  dayOfSegment,
  sealedPath,
  segmentOf,
} from './names.ts'
import {
  checkedArchiveOptions,
  checkPath,
  type ArchiveLedgerOptions,
  type ArchiveSettings,
} from './options.ts'
import { checkReplaces, packFile } from './packed-file.ts'
import { prune } from './prune.ts'
import { ignoreMissing } from './segment.ts'
import { namesIn } from './segments.ts'
import { endOfDay } from './timestamp.ts'
import { examineSegment, type WholeSegment } from './verify.ts'

/** `elsewhere`: another process archives this ledger right now, and nothing was done. */
export type Archived =
  | {
      readonly kind: 'done'
      readonly archived: readonly string[]
      /** Segments whose chain or head is broken. They are archived as they are, and `verifyLedger` goes on telling of them. */
      readonly tampered: readonly string[]
      /** Of torn tails: a writer was killed there, and nothing of it was acknowledged. */
      readonly cutBytes: number
      /** Segments that were removed for their age. */
      readonly pruned: readonly string[]
    }
  | { readonly kind: 'elsewhere' }

const NOTHING_DONE: Archived = {
  kind: 'done',
  archived: [],
  tampered: [],
  cutBytes: 0,
  pruned: [],
}

/**
 * Packs the segments of days gone by, each into `archive/<month>/`, and removes months that are not kept any more. A segment is removed
 * when what was packed has been unpacked and compared. Readers may read, and writers write, meanwhile. With `isDryRun` nothing is touched, and the
 * answer is what would be done.
 * @throws {LedgerArchiveError} if a segment cannot be archived; what was archived before it stays so.
 * @throws {TypeError | RangeError} naming an option that is not as it may be.
 */
export async function archiveLedger(
  directory: string,
  options: ArchiveLedgerOptions,
): Promise<Archived> {
  checkPath(directory)
  const settings = checkedArchiveOptions(options)
  try {
    // Nothing was written yet, so there is nothing to do.
    if (!existsSync(directory)) return NOTHING_DONE
    if (settings.isDryRun) return await archiveAll(directory, settings)
    const lock = await lockFor(directory)
    if (lock === null) return { kind: 'elsewhere' }
    try {
      return await archiveAll(directory, settings)
    } finally {
      // One that was lost was taken over when this process seemed dead: the other does the same work, and harms nothing.
      await lock.release().catch(() => {})
    }
  } catch (error) {
    if (error instanceof LedgerArchiveError) throw error
    throw new LedgerArchiveError(directory, messageOf(error), error)
  }
}

async function lockFor(directory: string): Promise<Lock | null> {
  try {
    return await tryLock(join(directory, ARCHIVING), { engine: 'direct' })
  } catch (error) {
    if (codeOf(error) === 'LOCK_EXISTS') return null
    throw error
  }
}

async function archiveAll(directory: string, settings: ArchiveSettings): Promise<Archived> {
  const { nowMs, observe, sealAfterMs, isDryRun } = settings
  const archived: string[] = []
  const tampered: string[] = []
  let cutBytes = 0
  for (const file of (await readdir(directory)).toSorted()) {
    const found = segmentOf(file)
    if (found === null || !isOver(found.segment, nowMs - sealAfterMs)) continue
    const { segment } = found
    try {
      const examined = await archiveSegment(directory, segment, join(directory, file), settings)
      if (examined.problemCount > 0) tampered.push(segment)
      else cutBytes += examined.tornBytes
    } catch (error) {
      // Its writer has sealed it, or another archiver, taken for dead, was quicker.
      if (codeOf(error) === 'ENOENT') continue
      if (error instanceof LedgerArchiveError) throw error
      throw new LedgerArchiveError(join(directory, file), messageOf(error), error)
    }
    archived.push(segment)
  }
  if (!isDryRun) await finishHeads(directory, archived)
  const pruned = await prune(directory, settings)
  if (!isDryRun) {
    const segments = archived.length
    observe({ kind: 'ledger.archived', directory, segments, cutBytes, pruned: pruned.length })
  }
  return { kind: 'done', archived, tampered, cutBytes, pruned }
}

const isOver = (segment: string, atMs: number): boolean => endOfDay(dayOfSegment(segment)) <= atMs

/** Seals a segment, packs it, brings its head up to its end, and removes it. */
async function archiveSegment(
  directory: string,
  segment: string,
  path: string,
  { random, isDryRun }: ArchiveSettings,
): Promise<WholeSegment> {
  const sealed = sealedPath(directory, segment)
  const to = archivePath(directory, segment)
  await checkReplaces(path, to)
  if (path !== sealed) await checkReplaces(path, sealed)
  if (path !== sealed && !isDryRun) {
    // From now on its writer acknowledges nothing that it writes here.
    await rename(path, sealed)
    await syncDirectory(directory)
  }
  const from = isDryRun ? path : sealed
  const examined = await examineSegment(
    partsOfFile(from),
    segment,
    await readHead(directory, segment),
  )
  // Evidence is neither cut nor blessed with a new head.
  const { head, problemCount, wholeBytes } = examined
  const isSound = problemCount === 0 && head !== null
  if (isDryRun) return examined
  await packFile(from, to, isSound ? wholeBytes : Infinity, random.hex(16))
  const last = isSound && !head.isFinal ? lastHead(head, examined) : null
  if (last !== null) await writeHead(directory, { ...last, isFinal: false }, 'full')
  await unlink(sealed).catch(ignoreMissing)
  // Not before: its writer may still write a batch here, which it then finds is to be written elsewhere.
  if (last !== null) await writeHead(directory, last, 'full')
  return examined
}

const lastHead = (head: Head, { lines, hash, times }: WholeSegment): Head => ({
  ...head,
  lines,
  hash,
  ...times,
  isFinal: true,
})

/** Writes the last heads of archived segments for an archiver that was killed before it did. @param known those that are done. */
async function finishHeads(directory: string, known: readonly string[]): Promise<void> {
  for (const month of await namesIn(join(directory, ARCHIVE))) {
    for (const file of await namesIn(join(directory, ARCHIVE, month))) {
      const segment = archivedSegmentOf(file)
      if (segment === null || known.includes(segment)) continue
      const found = await readHead(directory, segment)
      if (found.kind !== 'found' || found.head.isFinal) continue
      const parts = partsOfZstd(archivePath(directory, segment))
      const examined = await examineSegment(parts, segment, found)
      if (examined.problemCount > 0 || examined.tornBytes > 0) continue
      await writeHead(directory, lastHead(found.head, examined), 'full')
    }
  }
}
