import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readdir, rename, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { tryLock, type Lock } from '@holdfast/file-lock'
import { partsOfFile, partsOfZstd } from './blocks.ts'
import { createDirectory, syncDirectory } from './directory.ts'
import { codeOf, LedgerArchiveError, messageOf } from './errors.ts'
import { readHead, writeHead, type Head } from './head.ts'
import {
  ARCHIVE,
  archivedSegmentOf,
  archivePath,
  ARCHIVING,
  dayOfSegment,
  headPath,
  openPath,
  sealedPath,
  segmentOf,
  TEMPORARY,
} from './names.ts'
import { choiceOf } from './choice.ts'
import {
  checkedArchiveOptions,
  checkPath,
  type ArchiveLedgerOptions,
  type ArchiveSettings,
} from './options.ts'
import { monthsToPrune } from './retention.ts'
import { LineScanner } from './scan.ts'
import { ignoreMissing } from './segment.ts'
import { listSegments, namesIn } from './segments.ts'
import { endOfDay } from './timestamp.ts'
import { walkSegment, type WalkedSegment } from './verify.ts'

/** `elsewhere`: another process archives this ledger right now, and nothing was done. */
export type Archived =
  | {
      readonly kind: 'done'
      readonly archived: readonly string[]
      /** Segments whose chain is broken. They are archived as they are, and `verifyLedger` goes on telling of them. */
      readonly tampered: readonly string[]
      /** Of torn tails: a writer was killed there, and nothing of it was acknowledged. */
      readonly cutBytes: number
      /** Segments that were removed for their age. */
      readonly pruned: readonly string[]
    }
  | { readonly kind: 'elsewhere' }

/**
 * Packs the segments of days gone by, each into `archive/<month>/`, and removes months that are not kept any more. A segment is removed
 * when what was packed has been unpacked and compared. Readers may read, and writers write, meanwhile.
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
    const lock = await lockFor(directory)
    if (lock === null) return { kind: 'elsewhere' }
    try {
      return await archiveLocked(directory, settings)
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

async function archiveLocked(directory: string, settings: ArchiveSettings): Promise<Archived> {
  const { nowMs, observe, random, sealAfterMs } = settings
  const archived: string[] = []
  const tampered: string[] = []
  let cutBytes = 0
  for (const file of (await readdir(directory)).toSorted()) {
    const found = segmentOf(file)
    if (found === null || !isOver(found.segment, nowMs - sealAfterMs)) continue
    const { segment, isSealed } = found
    try {
      // From now on its writer acknowledges nothing that it writes here.
      if (!isSealed) {
        await rename(openPath(directory, segment), sealedPath(directory, segment))
        await syncDirectory(directory)
      }
      const walked = await archiveSegment(directory, segment, random.hex(16))
      if (walked.problemCount > 0) tampered.push(segment)
      else cutBytes += walked.tornBytes
    } catch (error) {
      // Its writer has sealed it, or another archiver, taken for dead, was quicker.
      if (codeOf(error) === 'ENOENT') continue
      throw new LedgerArchiveError(join(directory, file), messageOf(error), error)
    }
    archived.push(segment)
  }
  const pruned = await prune(directory, settings)
  observe({
    kind: 'ledger.archived',
    directory,
    segments: archived.length,
    cutBytes,
    pruned: pruned.length,
  })
  return { kind: 'done', archived, tampered, cutBytes, pruned }
}

const isOver = (segment: string, atMs: number): boolean => endOfDay(dayOfSegment(segment)) <= atMs

/** Packs a sealed segment, brings its head up to its end, and removes it. */
async function archiveSegment(
  directory: string,
  segment: string,
  chance: string,
): Promise<WalkedSegment> {
  const path = sealedPath(directory, segment)
  const found = await readHead(directory, segment)
  const head = found.kind === 'found' ? found.head : null
  const times = { minMs: Infinity, maxMs: -Infinity }
  const scanner = new LineScanner(choiceOf([], []))
  const walked = await walkSegment(partsOfFile(path), segment, head, (words, start, end) => {
    if (scanner.look(words, start, end) !== null || Number.isNaN(scanner.tMs)) return
    times.minMs = Math.min(times.minMs, scanner.tMs)
    times.maxMs = Math.max(times.maxMs, scanner.tMs)
  })
  // Evidence is neither cut nor blessed with a new head.
  const isSound = walked.problemCount === 0 && head !== null
  const bytes = walked.wholeBytes + (isSound ? 0 : walked.tornBytes)
  if (bytes > 0) await pack(path, archivePath(directory, segment), bytes, chance)
  if (isSound) await writeHead(directory, lastHead(head, walked, times), 'full')
  await unlink(path).catch(ignoreMissing)
  if (bytes === 0 && isSound) await unlink(headPath(directory, segment)).catch(ignoreMissing)
  return walked
}

function lastHead(
  head: Head,
  { lines, hash }: WalkedSegment,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
): Head {
  const isDated = minMs <= maxMs
  return {
    ...head,
    lines,
    hash,
    minMs: isDated ? minMs : null,
    maxMs: isDated ? maxMs : null,
    isFinal: true,
  }
}

/** Packs the beginning of a file under another name, whole or not at all. */
async function pack(from: string, to: string, bytes: number, chance: string): Promise<void> {
  await createDirectory(dirname(to))
  await removeAbandoned(dirname(to))
  const temporary = `${to.slice(0, -ENDING)}.${chance}${TEMPORARY}`
  try {
    const written = createHash('sha256')
    const params = { [constants.ZSTD_c_checksumFlag]: 1 }
    const target = createWriteStream(temporary, { flags: 'wx', flush: true })
    await pipeline(
      hashed(partsOfFile(from, bytes), written),
      createZstdCompress({ params }),
      target,
    )
    const unpacked = createHash('sha256')
    for await (const part of partsOfZstd(temporary)) unpacked.update(part)
    if (unpacked.digest('hex') !== written.digest('hex')) {
      throw new LedgerArchiveError(from, 'what was packed is not what is unpacked')
    }
    await rename(temporary, to)
  } catch (error) {
    // The error that led here is the one to tell, and the next archiver removes what is left.
    await unlink(temporary).catch(() => {})
    throw error
  }
  await syncDirectory(dirname(to))
}

const ENDING = '.ndjson.zst'.length

async function* hashed(parts: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    hash.update(part)
    // The next part is read into the same memory, and this one may still be waiting.
    yield Buffer.from(part)
  }
}

/** Removes what an archiver left that was killed. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const file of await namesIn(directory)) {
    if (file.endsWith(TEMPORARY)) await unlink(join(directory, file)).catch(ignoreMissing)
  }
}

/** Removes the months that are not kept any more. A head says so before its segment goes, and goes after it. */
async function prune(directory: string, { nowMs, keepMonths }: ArchiveSettings): Promise<string[]> {
  const { segments } = await listSegments(directory)
  const months = await namesIn(join(directory, ARCHIVE))
  const pruned: string[] = []
  for (const month of monthsToPrune(months, segments.map(dayOfSegment), nowMs, keepMonths)) {
    const at = join(directory, ARCHIVE, month)
    for (const file of (await namesIn(at)).toSorted()) {
      const segment = archivedSegmentOf(file)
      if (segment === null) continue
      const found = await readHead(directory, segment)
      if (found.kind === 'found') {
        await writeHead(directory, { ...found.head, isPruned: true }, 'full')
      }
      await unlink(join(at, file)).catch(ignoreMissing)
      await unlink(headPath(directory, segment)).catch(ignoreMissing)
      pruned.push(segment)
    }
    await removeAbandoned(at)
    // What someone else put there is not ours to remove.
    await rmdir(at).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw error
    })
  }
  return pruned
}
