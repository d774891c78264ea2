import { archiveLedger } from '@holdfast/ledger'
import { segmentFiles, type SegmentFile } from './segments.ts'

/** What archiving would do. */
export interface ArchivePlan {
  readonly archived: readonly SegmentFile[]
  readonly pruned: readonly SegmentFile[]
}

/** Says what archiving would do, and touches nothing. @throws as `archiveLedger` would. */
export async function planArchive(
  directory: string,
  options: { readonly nowMs: number; readonly keepMonths: number },
): Promise<ArchivePlan> {
  const files = await segmentFiles(directory)
  const done = await archiveLedger(directory, { ...options, isDryRun: true })
  const [archived, pruned] = done.kind === 'done' ? [done.archived, done.pruned] : [[], []]
  return {
    archived: files.filter(({ segment, isArchived }) => !isArchived && archived.includes(segment)),
    pruned: files.filter(({ segment }) => pruned.includes(segment)),
  }
}
