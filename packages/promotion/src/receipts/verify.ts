import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { printJson, readJson } from '@holdfast/atomic-json'
import { messageOf } from '../errors.ts'
import type { Verdict } from '../gates/gate.ts'
import { judge } from '../gates/judge.ts'
import { onlyOptions, someText } from '../option-rules.ts'
import { headPath, noChain, readReceipt, receiptFiles, type ChainHead } from './files.ts'
import { flawIn, receiptName, type Link, type Receipt } from './receipt.ts'

/** What is wrong with a chain of receipts. */
export interface ChainFlaw {
  /** The file, or the head's. */
  readonly file: string
  readonly reason: string
}

export interface ChainCheck {
  readonly isWhole: boolean
  readonly receipts: number
  /** The last receipt that was read. */
  readonly last: Link
  readonly flaws: readonly ChainFlaw[]
}

/**
 * Checks a directory of receipts, offline and without changing anything: whether one was changed, removed, added, renamed or put in another
 * place, and whether the last ones were taken away. A directory that is not there is a flaw: all may have been taken away.
 * @param options.key what they were signed with; then one that is not is a flaw.
 * @throws {TypeError} naming a bad option.
 */
export async function verifyReceipts(
  directory: string,
  options: { readonly key?: string } = {},
): Promise<ChainCheck> {
  onlyOptions('verifyReceipts', options, ['key'])
  someText('directory', directory)
  if (options.key !== undefined) someText('key', options.key)
  const flaws: ChainFlaw[] = []
  if (!existsSync(directory)) flaws.push({ file: directory, reason: 'is not there' })
  const head = await readHead(directory, flaws)
  let last: Link = head?.from ?? noChain.from
  let receipts = 0
  for (const { file } of await receiptFiles(directory)) {
    const receipt = await receiptIn(directory, file, flaws)
    if (receipt === null) continue
    receipts += 1
    const flaw = flawIn(receipt, options.key) ?? misplacement(receipt, file, last)
    if (flaw !== null) flaws.push({ file, reason: flaw })
    last = { seq: receipt.seq, hash: receipt.hash }
  }
  const end = endFlaw(head, last, receipts)
  if (end !== null) flaws.push({ file: headPath(directory), reason: end })
  return { isWhole: flaws.length === 0, receipts, last, flaws }
}

/** What a replayed receipt shows. */
export interface Replay {
  /** False: other inputs, other thresholds or another program than those that are told. */
  readonly isSame: boolean
  /** Null for an action that judged nothing. */
  readonly recorded: Verdict | null
  readonly recomputed: Verdict | null
}

/** Recomputes the verdict of a receipt from the inputs it keeps, offline. */
export function replayReceipt({ inputs, verdict }: Receipt): Replay {
  const recomputed = inputs === null ? null : judge(inputs)
  const isSame = printJson(recomputed) === printJson(verdict)
  return { isSame, recorded: verdict, recomputed }
}

async function readHead(directory: string, flaws: ChainFlaw[]): Promise<ChainHead | null> {
  const path = headPath(directory)
  try {
    const found = await readJson<ChainHead>(path, { onCorrupt: 'answer' })
    if (found.kind === 'ok' && found.value.version === 1) return found.value
    if (found.kind !== 'missing') flaws.push({ file: path, reason: found.reason })
  } catch (error) {
    flaws.push({ file: path, reason: messageOf(error) })
  }
  return null
}

async function receiptIn(
  directory: string,
  file: string,
  flaws: ChainFlaw[],
): Promise<Receipt | null> {
  try {
    return await readReceipt(join(directory, file))
  } catch (error) {
    flaws.push({ file, reason: messageOf(error) })
    return null
  }
}

function misplacement(receipt: Receipt, file: string, last: Link): string | null {
  if (receiptName(receipt) !== file) return `has another name than ${receiptName(receipt)}`
  if (receipt.seq > last.seq + 1) return `comes where ${last.seq + 1} should: some are missing`
  if (receipt.seq <= last.seq) return `has number ${receipt.seq} a second time`
  return receipt.previous_hash === last.hash ? null : 'does not follow the one before'
}

function endFlaw(head: ChainHead | null, last: Link, receipts: number): string | null {
  if (head === null)
    return receipts === 0 ? null : 'is missing, so the last receipts may be as well'
  if (head.seq > last.seq)
    return `the chain goes to ${head.seq}, and the last receipt is ${last.seq}`
  // A crash between a receipt and its head leaves exactly one after the head.
  if (last.seq > head.seq + 1)
    return `the chain ends at ${head.seq}, and there are receipts after it`
  return last.seq === head.seq && last.hash !== head.hash ? 'ends in another receipt' : null
}
