import { existsSync } from 'node:fs'
import { verifyReceipts } from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { receiptsOf } from '../evidence/daily-options.ts'
import { counted } from '../figure.ts'
import { broken, ok, type Said } from './finding.ts'

/** Whether the chain of receipts is whole. */
export async function lookAtReceipts(context: Context): Promise<readonly Said[]> {
  const { directory, key } = receiptsOf(context)
  if (!existsSync(directory)) return [ok('there are no receipts yet')]
  const { isWhole, receipts, flaws } = await verifyReceipts(
    directory,
    key === undefined ? {} : { key },
  )
  const [first] = flaws
  if (isWhole || first === undefined)
    return [ok(`${counted(receipts, 'receipt')}, and their chain is whole`)]
  const more = flaws.length > 1 ? `, and ${flaws.length - 1} more` : ''
  return [broken(`${first.file}: ${first.reason}${more}`, 'holdfast receipts verify')]
}
