import type { ReceiptAction } from '@holdfast/promotion'
import type { Command } from '../command.ts'
import { readAll, receiptFiles, type ReadOne } from '../receipts/read.ts'
import { receiptTable } from '../show/receipts.ts'

/** A receipt in one line; one that cannot be read is listed too. */
export interface ListedReceipt {
  readonly seq: number
  readonly file: string
  /** ISO 8601; null where it cannot be read, and then `trouble` says why. */
  readonly ts: string | null
  readonly action: ReceiptAction | null
  /** Percent of the users afterwards. */
  readonly stage: string | null
  readonly by: string | null
  readonly reason: string | null
  readonly verdict: string | null
  readonly trouble: string | null
}

/** The last receipts, and how many there are. */
export interface ReceiptsListed {
  readonly directory: string
  readonly receipts: readonly ListedReceipt[]
  /** How many there are in all. */
  readonly total: number
}

interface Given {
  readonly last?: number
  readonly action?: ReceiptAction
}

export const command: Command<ReceiptsListed, Given> = {
  async run({ settings }, { last = 20, action }) {
    const { directory } = settings.receipts
    const files = await receiptFiles(directory)
    // To find those of one kind, all have to be opened.
    const read = await readAll(action === undefined ? files.slice(-last) : files)
    const receipts = read
      .filter(({ receipt }) => action === undefined || receipt?.action === action)
      .slice(-last)
      .map(listed)
    return {
      data: { directory, receipts, total: files.length },
      next: receipts.length === 0 ? ['holdfast status'] : ['holdfast receipts show last'],
    }
  },
  show: receiptTable,
}

function listed(one: ReadOne): ListedReceipt {
  const { seq, file, receipt } = one
  if (receipt === null) {
    const none = { ts: null, action: null, stage: null, by: null, reason: null, verdict: null }
    return { seq, file, ...none, trouble: one.trouble }
  }
  const { ts, action, stage, by, reason, verdict } = receipt
  return {
    seq,
    file,
    ts,
    action,
    stage,
    by,
    reason,
    verdict: verdict?.verdict ?? null,
    trouble: null,
  }
}
