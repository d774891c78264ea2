import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createRollout, verifyReceipts, type ChainCheck } from '@holdfast/promotion'
import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { receiptsOf } from '../evidence/daily-options.ts'
import { EXIT } from '../exit-codes.ts'
import { chainLines } from '../show/receipts.ts'

/** Whether any receipt was changed or taken away, by the chain and, with a key, by signatures. */
export interface ReceiptsVerified extends ChainCheck {
  readonly directory: string
  /** Whether signatures were looked at. */
  readonly isKeyed: boolean
}

export const command: Command<ReceiptsVerified> = {
  async run(context) {
    const { directory, key } = receiptsOf(context)
    const { files } = createRollout({ directory: join(context.dataDir, 'rollout') })
    // Where something was moved there were receipts, and all of them may have been taken away. A router alone moves nothing.
    const isMoved = [files.journal, files.state, files.rollback].some((file) => existsSync(file))
    if (!existsSync(directory) && !isMoved) {
      throw new OpsError('OPS_NOT_FOUND', `there are no receipts yet: no ${directory}`, {
        next: ['holdfast status'],
      })
    }
    const check = await verifyReceipts(directory, key === undefined ? {} : { key })
    return {
      code: check.isWhole ? EXIT.ok : EXIT.integrity,
      data: { directory, ...check, isKeyed: key !== undefined },
      next: check.isWhole ? [] : ['holdfast receipts list'],
    }
  },
  show: chainLines,
}
