import { createReceipts, verifyReceipts } from '@holdfast/promotion'
import type { Command, Context } from '../command.ts'
import { durationText } from '../duration.ts'
import { OpsError } from '../errors.ts'
import { receiptsOf } from '../evidence/daily-options.ts'
import { readAll, receiptFiles, type ReceiptFile } from '../receipts/read.ts'
import { pruneLines } from '../show/receipts.ts'

/** What was taken from the beginning of the chain; the last receipt always stays. */
export interface ReceiptsPruned {
  readonly directory: string
  readonly keepMs: number
  /** Past their time; removed unless it is a dry run. */
  readonly files: readonly string[]
  readonly removed: number
  readonly kept: number
}

const DAY_MS = 86_400_000

export const command: Command<ReceiptsPruned, { readonly olderThan?: number }> = {
  async run(context, { olderThan }) {
    const { settings, clock, random, observe } = context
    const keepMs = olderThan ?? settings.keep.receiptDays * DAY_MS
    const { directory } = settings.receipts
    const files = await receiptFiles(directory)
    const old = await oldOnes(files, clock.wallMs() - keepMs)
    const names = old.map(({ file }) => file)
    const data = { directory, keepMs, files: names, removed: 0, kept: files.length }
    const [first, last] = [names[0], names.at(-1)]
    if (first === undefined || last === undefined) return { data }
    await mustBeWhole(context)
    const steps = [
      `remove ${names.length} of ${files.length} receipts, those older than ${durationText(keepMs)}: ${first} to ${last}`,
    ]
    if (!(await context.proceed({ steps, ask: 'yes' }))) return { data }

    const receipts = createReceipts({ ...receiptsOf(context), clock, random, observe })
    const { removed } = await receipts.prune({ keepMs })
    return {
      data: { ...data, removed, kept: files.length - removed },
      next: ['holdfast receipts verify'],
    }
  },
  show: pruneLines,
}

/** @throws {OpsError} `OPS_INTEGRITY`. What shows that receipts were changed is not to be removed by whoever changed them. */
async function mustBeWhole(context: Context): Promise<void> {
  const { directory, key } = receiptsOf(context)
  const { isWhole, flaws } = await verifyReceipts(directory, key === undefined ? {} : { key })
  if (isWhole) return
  const [flaw] = flaws
  throw new OpsError(
    'OPS_INTEGRITY',
    `the chain of receipts in ${directory} is broken, and none is removed: ${flaw?.file}: ${flaw?.reason}`,
    { next: ['holdfast receipts verify'] },
  )
}

/** Those before the moment, from the beginning on and never the last: a chain is not broken in its middle. */
async function oldOnes(files: readonly ReceiptFile[], untilMs: number): Promise<ReceiptFile[]> {
  const old: ReceiptFile[] = []
  for (const one of await readAll(files.slice(0, -1))) {
    if (one.receipt === null || !(Date.parse(one.receipt.ts) < untilMs)) break
    old.push(one)
  }
  return old
}
