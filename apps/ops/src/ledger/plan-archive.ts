import { archiveLedger, type LedgerFact } from '@holdfast/ledger'
import type { Observe } from '@holdfast/seams'
import { segmentFiles, type SegmentFile } from './segments.ts'

/** What archiving would do. */
export interface ArchivePlan {
  readonly archived: readonly SegmentFile[]
  readonly pruned: readonly SegmentFile[]
  /** The newest month that comes so long after those before it that nothing is removed because of it; null mostly. */
  readonly doubted: string | null
}

/** Says what archiving would do, and touches nothing. @throws as `archiveLedger` would. */
export async function planArchive(
  directory: string,
  options: { readonly nowMs: number; readonly keepMonths: number },
): Promise<ArchivePlan> {
  const files = await segmentFiles(directory)
  let doubted: string | null = null
  const observe: Observe<LedgerFact> = (fact) => {
    if (fact.kind === 'ledger.month-doubted') doubted = fact.month
  }
  const done = await archiveLedger(directory, { ...options, observe, isDryRun: true })
  const [archived, pruned] = done.kind === 'done' ? [done.archived, done.pruned] : [[], []]
  return {
    archived: files.filter(({ segment, isArchived }) => !isArchived && archived.includes(segment)),
    pruned: files.filter(({ segment }) => pruned.includes(segment)),
    doubted,
  }
}
