import { rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './errors.ts'
import { ARCHIVE, archivePath, headPath, monthOfSegment, writerOf } from './names.ts'
import type { ArchiveSettings } from './options.ts'
import { removeAbandoned } from './packed-file.ts'
import { readPruned, writePruned } from './pruned.ts'
import { monthsToPrune } from './retention.ts'
import { ignoreMissing } from './segment.ts'
import { listSegments, namesIn } from './segments.ts'
import { dayOf } from './timestamp.ts'

/** Removes the months that are not kept any more. A record says so before, so that no segment is missed. @returns the segments. */
export async function prune(
  directory: string,
  { nowMs, keepMonths, isDryRun, observe }: ArchiveSettings,
): Promise<string[]> {
  const { segments, missing } = await listSegments(directory)
  const known = [...segments, ...missing]
  const there = [...segments.map(monthOfSegment), ...(await namesIn(join(directory, ARCHIVE)))]
  const { months, before, doubted } = monthsToPrune(there, monthOfSegment(dayOf(nowMs)), keepMonths)
  if (doubted !== null) observe({ kind: 'ledger.month-doubted', directory, month: doubted })
  const isOld = (segment: string): boolean => months.includes(monthOfSegment(segment))
  const old = known.filter(isOld)
  const pruned = segments.filter(isOld)
  if (isDryRun) return pruned
  if (old.length > 0) await record(directory, before, old, known)
  for (const segment of old) {
    await unlink(archivePath(directory, segment)).catch(ignoreMissing)
    await unlink(headPath(directory, segment)).catch(ignoreMissing)
  }
  for (const month of months) {
    const at = join(directory, ARCHIVE, month)
    await removeAbandoned(at)
    // What someone else put there is not ours to remove.
    await rmdir(at).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw error
    })
  }
  return pruned
}

/** Writes down what goes, for those who miss it. */
async function record(
  directory: string,
  before: string,
  old: readonly string[],
  known: readonly string[],
): Promise<void> {
  const earlier = await readPruned(directory)
  const staying = known.filter((segment) => !old.includes(segment))
  const left = new Set(staying.map((segment) => writerOf(segment).writer))
  const highest = new Map(Object.entries(earlier.writers))
  for (const { writer, count } of old.map(writerOf)) {
    highest.set(writer, Math.max(highest.get(writer) ?? 0, count))
  }
  await writePruned(directory, {
    version: 1,
    before: before > earlier.before ? before : earlier.before,
    writers: Object.fromEntries([...highest].filter(([writer]) => left.has(writer))),
  })
}
