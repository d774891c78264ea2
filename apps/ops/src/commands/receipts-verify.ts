import { verifyReceipts, type ChainCheck } from '@holdfast/promotion'
import type { Command } from '../command.ts'
import { receiptsOf } from '../evidence/daily-options.ts'
import { EXIT } from '../exit-codes.ts'
import { chainLines } from '../show/receipts.ts'

export interface ReceiptsVerified extends ChainCheck {
  readonly directory: string
  /** Whether signatures were looked at. */
  readonly isKeyed: boolean
}

export const command: Command<ReceiptsVerified> = {
  async run(context) {
    const { directory, key } = receiptsOf(context)
    const check = await verifyReceipts(directory, key === undefined ? {} : { key })
    return {
      code: check.isWhole ? EXIT.ok : EXIT.integrity,
      data: { directory, ...check, isKeyed: key !== undefined },
      next: check.isWhole ? [] : ['holdfast receipts list'],
    }
  },
  show: chainLines,
}
