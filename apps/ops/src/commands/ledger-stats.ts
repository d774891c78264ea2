import type { ReadStats } from '@holdfast/ledger'
import type { Command } from '../command.ts'
import { dailyCounts, type DayCounts } from '../ledger/daily-counts.ts'
import { ledgerIn } from '../ledger/place.ts'
import { segmentFiles } from '../ledger/segments.ts'
import { momentBefore, type Since } from '../moment.ts'
import { ledgerStatLines } from '../show/ledger.ts'

/** A window of the ledger by days in UTC. */
export interface LedgerCounted {
  readonly fromMs: number
  readonly toMs: number
  /** The latest last; days without a line are not here. */
  readonly days: readonly DayCounts[]
  /** Of the window. */
  readonly total: Omit<ReadStats, 'rejects'>
  /** Of the whole ledger. */
  readonly bytes: number
  readonly segments: { readonly live: number; readonly archived: number }
  /** The first of the lines that were not used, with their places. */
  readonly rejects: ReadStats['rejects']
}

const WEEK_MS = 7 * 86_400_000

export const command: Command<LedgerCounted, { readonly since?: Since }> = {
  async run(context, { since }) {
    const directory = ledgerIn(context)
    const nowMs = context.clock.wallMs()
    const fromMs = since === undefined ? nowMs - WEEK_MS : momentBefore(nowMs, since)
    const toMs = nowMs + 1
    context.progress('reading the ledger')
    const { days, stats } = await dailyCounts(directory, { fromMs, toMs }, context)
    const files = await segmentFiles(directory)
    const archived = files.filter(({ isArchived }) => isArchived).length
    const { rejects, ...total } = stats
    return {
      data: {
        fromMs,
        toMs,
        days,
        total,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        segments: { live: files.length - archived, archived },
        rejects,
      },
      next: total.missingSegments.length > 0 ? ['holdfast ledger verify'] : [],
    }
  },
  show: ledgerStatLines,
}
