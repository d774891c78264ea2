import { readReceipt, type Receipt } from '@holdfast/promotion'
import type { Command } from '../command.ts'
import { findReceipt } from '../receipts/read.ts'
import { receiptLines } from '../show/receipts.ts'

/** A receipt as it was written. */
export interface ReceiptShown {
  readonly path: string
  readonly receipt: Receipt
}

export const command: Command<ReceiptShown, { readonly which?: string }> = {
  async run({ settings }, { which = 'last' }) {
    const { path, seq } = await findReceipt(settings.receipts.directory, which)
    const receipt = await readReceipt(path)
    const next = receipt.verdict === null ? [] : [`holdfast receipts replay ${seq}`]
    return { data: { path, receipt }, next }
  },
  show: receiptLines,
}
