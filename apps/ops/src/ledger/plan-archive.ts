import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { archiveLedger } from '@holdfast/ledger'
import { segmentFiles, type SegmentFile } from './segments.ts'

/** What archiving would do. */
export interface ArchivePlan {
  readonly archived: readonly SegmentFile[]
  readonly pruned: readonly SegmentFile[]
}

/**
 * Says what archiving would do, by doing it to a ledger of the same segments with nothing in them: what happens to which is a matter of their
 * names, and the rules stay in one place.
 */
export async function planArchive(
  directory: string,
  options: { readonly nowMs: number; readonly keepMonths: number },
): Promise<ArchivePlan> {
  const files = await segmentFiles(directory)
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-archive-'))
  try {
    for (const { path } of files) {
      const copy = join(scratch, relative(directory, path))
      await mkdir(dirname(copy), { recursive: true })
      // One without any bytes would not be packed, and so not be there any more for the months to be counted.
      await writeFile(copy, 'x\n')
    }
    const done = await archiveLedger(scratch, options)
    const [archived, pruned] = done.kind === 'done' ? [done.archived, done.pruned] : [[], []]
    return {
      archived: files.filter(
        ({ segment, isArchived }) => !isArchived && archived.includes(segment),
      ),
      pruned: files.filter(({ segment }) => pruned.includes(segment)),
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
