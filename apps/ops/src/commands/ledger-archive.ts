import { archiveLedger } from '@holdfast/ledger'
import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { counted, sizeText } from '../figure.ts'
import { planArchive } from '../ledger/plan-archive.ts'
import type { SegmentFile } from '../ledger/segments.ts'
import { ledgerIn } from '../ledger/place.ts'
import { archivedLines } from '../show/ledger.ts'

/** What was packed and what was removed. */
export interface LedgerArchived {
  /** Segments; after a dry run those that would be. */
  readonly archived: readonly string[]
  /** Removed for their age. */
  readonly pruned: readonly string[]
  /** Archived as they are, with a chain that is broken. */
  readonly tampered: readonly string[]
  /** A month that is so long after all before it that nothing is removed because of it; null mostly. */
  readonly doubted: string | null
  readonly keepMonths: number
  readonly isDone: boolean
}

export const command: Command<LedgerArchived> = {
  async run(context) {
    const { clock, random, observe, settings } = context
    const directory = ledgerIn(context)
    const keepMonths = settings.keep.ledgerMonths
    const nowMs = clock.wallMs()
    const plan = await planArchive(directory, { nowMs, keepMonths })
    const { doubted } = plan
    if (doubted !== null) context.warn(doubtText(doubted, keepMonths))
    const bytes = plan.archived.reduce((sum, file) => sum + file.bytes, 0)
    const months = new Set(plan.pruned.map(({ day }) => day.slice(0, 7)))
    const isAgreed = await context.proceed({
      steps: [
        ...(plan.archived.length === 0
          ? ['pack nothing: no day is over that is not archived']
          : [`pack ${counted(plan.archived.length, 'segment')} of past days, ${sizeText(bytes)}`]),
        ...[...months].map((month) => {
          const count = plan.pruned.filter(({ day }) => day.startsWith(month)).length
          return `remove ${month}, ${counted(count, 'segment')}: older than ${keepMonths} months`
        }),
      ],
      // What is packed is all there; what is removed is gone.
      ask: plan.pruned.length > 0 ? 'yes' : 'nothing',
    })
    if (!isAgreed) {
      const planned = { archived: names(plan.archived), pruned: names(plan.pruned) }
      return { data: { ...planned, tampered: [], doubted, keepMonths, isDone: false } }
    }
    context.progress('packing')
    const done = await archiveLedger(directory, { nowMs, keepMonths, random, observe })
    if (done.kind === 'elsewhere') {
      throw new OpsError('OPS_LOCKED', `someone else archives ${directory} right now`, {
        next: ['holdfast locks list'],
      })
    }
    const { archived, pruned, tampered } = done
    for (const segment of tampered) context.warn(`the chain of ${segment} is broken: kept as it is`)
    return {
      data: { archived, pruned, tampered, doubted, keepMonths, isDone: true },
      next: [
        ...(tampered.length > 0 ? ['holdfast ledger verify'] : []),
        ...(doubted === null ? [] : ['holdfast ledger stats']),
      ],
    }
  },
  show: archivedLines,
}

const doubtText = (month: string, keepMonths: number): string =>
  `nothing is removed because of ${month}: it comes more than ${keepMonths} months after all before it, as if a clock had been ahead. If it is right, older months go once there are more than ${keepMonths} since; if not, set the clock of this machine right`

const names = (files: readonly SegmentFile[]): string[] => files.map(({ segment }) => segment)
