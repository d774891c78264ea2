import {
  replayReceipt,
  verifyReceipts,
  type ChainFlaw,
  type GateVerdict,
} from '@holdfast/promotion'
import type { Command } from '../command.ts'
import { receiptsOf } from '../evidence/daily-options.ts'
import { EXIT } from '../exit-codes.ts'
import { findReceipt, readAll, receiptFiles, type ReadOne } from '../receipts/read.ts'
import { replayLines } from '../show/receipts.ts'

/** A verdict as it was recorded, and as the same rules give it today. */
export interface ReplayedReceipt {
  readonly seq: number
  readonly file: string
  /** Null for one that judged nothing, or that cannot be read: then `trouble` says why. */
  readonly recorded: GateVerdict | null
  readonly recomputed: GateVerdict | null
  readonly isSame: boolean
  readonly trouble: string | null
}

/** Whether the recorded verdicts can be reproduced from what their receipts hold. */
export interface ReceiptsReplayed {
  readonly receipts: readonly ReplayedReceipt[]
  /** How many judged something. */
  readonly judged: number
  readonly differing: number
  /** Of the chain, in which each receipt vouches for the one before. */
  readonly flaws: readonly ChainFlaw[]
}

export const command: Command<ReceiptsReplayed, { readonly which?: string }> = {
  async run(context, { which }) {
    const { directory, key } = receiptsOf(context)
    const files =
      which === undefined ? await receiptFiles(directory) : [await findReceipt(directory, which)]
    context.progress(`judging ${files.length} receipts again`)
    const { flaws } = await verifyReceipts(directory, key === undefined ? {} : { key })
    const receipts = (await readAll(files)).map(replayed)
    const differing = receipts.filter(({ isSame }) => !isSame).length
    const judged = receipts.filter(({ recorded }) => recorded !== null).length
    const isSound = differing === 0 && flaws.length === 0
    return {
      code: isSound ? EXIT.ok : EXIT.integrity,
      data: { receipts, judged, differing, flaws },
      next: isSound ? [] : ['holdfast receipts verify'],
    }
  },
  show: replayLines,
}

function replayed(one: ReadOne): ReplayedReceipt {
  const { seq, file, receipt } = one
  if (receipt === null) {
    const { trouble } = one
    return { seq, file, recorded: null, recomputed: null, isSame: false, trouble }
  }
  const { recorded, recomputed, isSame } = replayReceipt(receipt)
  const verdicts = {
    recorded: recorded?.verdict ?? null,
    recomputed: recomputed?.verdict ?? null,
  }
  return { seq, file, ...verdicts, isSame, trouble: null }
}
