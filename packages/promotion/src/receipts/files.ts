import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import { messageOf, ReceiptFormError, systemCode } from '../errors.ts'
import { FIRST_PREVIOUS, isReceipt, seqInName, type Link, type Receipt } from './receipt.ts'

/** How far the chain goes, kept apart from it: whoever takes the last receipts away leaves this behind. */
export interface ChainHead extends Link {
  readonly version: 1
  /** Where the chain begins now: what came before is past its keeping time, and was removed on purpose. */
  readonly from: Link
}

export const noChain: ChainHead = {
  version: 1,
  seq: 0,
  hash: FIRST_PREVIOUS,
  from: { seq: 0, hash: FIRST_PREVIOUS },
}

export function headPath(directory: string): string {
  return join(directory, 'receipts-head.json')
}

/** The receipts of a directory by number; two of one number are both there. */
export async function receiptFiles(
  directory: string,
): Promise<{ readonly file: string; readonly seq: number }[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
  return names
    .flatMap((file) => {
      const seq = seqInName(file)
      return seq === null ? [] : [{ file, seq }]
    })
    .toSorted((a, b) => a.seq - b.seq || (a.file < b.file ? -1 : 1))
}

/**
 * Reads one receipt.
 * @throws {ReceiptFormError} when it is none of version 1.
 */
export async function readReceipt(path: string): Promise<Receipt> {
  const found = await readJson(path, { onCorrupt: 'answer' }).catch((error: unknown) => {
    throw new ReceiptFormError(path, messageOf(error), error)
  })
  if (found.kind !== 'ok') throw new ReceiptFormError(path, found.reason)
  if (!isReceipt(found.value)) throw new ReceiptFormError(path, 'is no receipt of version 1')
  return found.value
}
