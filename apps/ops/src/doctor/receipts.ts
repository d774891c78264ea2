import { existsSync } from 'node:fs'
import { verifyReceipts } from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { counted } from '../figure.ts'
import { broken, ok, type Said } from './finding.ts'

/** Whether the chain of receipts is whole. */
export async function lookAtReceipts({ settings }: Context): Promise<readonly Said[]> {
  const { directory } = settings.receipts
  if (!existsSync(directory)) return [ok('there are no receipts yet')]
  const { isWhole, receipts, flaws } = await verifyReceipts(directory)
  const [first] = flaws
  if (isWhole || first === undefined)
    return [ok(`${counted(receipts, 'receipt')}, and their chain is whole`)]
  const more = flaws.length > 1 ? `, and ${flaws.length - 1} more` : ''
  return [broken(`${first.file}: ${first.reason}${more}`, 'holdfast receipts verify')]
}
