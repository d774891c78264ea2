import { findInLedger, type LedgerRow } from '@holdfast/ledger'
import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { newestRows } from '../ledger/newest-rows.ts'
import { ledgerIn } from '../ledger/place.ts'
import { momentBefore, type Since } from '../moment.ts'
import { ledgerLines } from '../show/ledger.ts'

/** A decision as it is in the ledger. */
export interface ShownRow {
  readonly id: string
  readonly tMs: number
  /** The fields of the decision's line, as they were written. */
  readonly decision: Readonly<Record<string, unknown>>
  /** What came of it, a part each, in the order of their time. */
  readonly outcomes: readonly {
    readonly tMs: number
    readonly part: string
    readonly fields: Readonly<Record<string, unknown>>
  }[]
}

/** The decisions that were asked for. */
export interface LedgerShown {
  /** The newest first. */
  readonly rows: readonly ShownRow[]
  /** How many there are in the time that was read. */
  readonly found: number
  /** Null: from the beginning. */
  readonly fromMs: number | null
  /** Whether one was asked for: then all of it is shown. */
  readonly isOne: boolean
}

interface Given {
  readonly id?: string
  readonly since?: Since
  readonly limit?: number
}

const LIMIT = 20

export const command: Command<LedgerShown, Given> = {
  async run(context, { id, since, limit = LIMIT }) {
    const directory = ledgerIn(context)
    const sinceMs = since === undefined ? null : momentBefore(context.clock.wallMs(), since)
    if (id !== undefined) {
      const found = await findInLedger(directory, id, sinceMs === null ? {} : { fromMs: sinceMs })
      if (found === null) {
        throw new OpsError('OPS_NOT_FOUND', `there is no decision "${id}" in ${directory}`, {
          next: ['holdfast ledger show', 'holdfast ledger stats'],
        })
      }
      return { data: { rows: [found], found: 1, fromMs: sinceMs, isOne: true } }
    }
    const { rows, found, fromMs } = await newestRows(directory, limit, sinceMs, context)
    return { data: { rows: rows.map(shown), found, fromMs, isOne: false } }
  },
  show: ledgerLines,
}

const shown = ({ id, tMs, decision, outcomes }: LedgerRow): ShownRow => ({
  id,
  tMs,
  decision,
  outcomes,
})
