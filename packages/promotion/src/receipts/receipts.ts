import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceJson } from '@holdfast/atomic-json'
import {
  fanOut,
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import { unchanged, updateSharedJson } from '@holdfast/shared-json'
import { ReceiptChainError } from '../errors.ts'
import type { PromotionFact } from '../facts.ts'
import { lengthMs, onlyOptions, someText } from '../option-rules.ts'
import { patience } from '../patience.ts'
import { headPath, noChain, readReceipt, receiptFiles, type ChainHead } from './files.ts'
import { flawIn, receiptName, receiptOf, type Receipt, type ReceiptBody } from './receipt.ts'

export interface ReceiptsOptions {
  /** Where receipts are kept, such as `ops/logs`. Made if it is missing. */
  readonly directory: string
  /** Signs each receipt. Without it, whoever can write all files, the head included, can forge the whole chain. */
  readonly key?: string
  /** Aborted: a lock is waited for no longer. One that is free is still taken, and what has begun is finished. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<PromotionFact>
}

/** Writes receipts. Any number of processes may, each gets its own number. */
export interface Receipts {
  /**
   * Writes a receipt without its secrets; when this resolves it is on disk.
   * @throws {ReceiptChainError} when the chain before it is broken. Nothing was written.
   */
  write(
    body: ReceiptBody,
  ): Promise<{ readonly file: string; readonly path: string; readonly receipt: Receipt }>
  /**
   * Removes receipts older than `keepMs` from the beginning of the chain; at least the last stays. Default 90 days.
   * @throws the error of the system where one cannot be removed. Those before it are gone, and the chain is whole.
   */
  prune(options?: { readonly keepMs?: number }): Promise<{ readonly removed: number }>
}

const OPTIONS = ['directory', 'key', 'signal', 'clock', 'random', 'observe']
const KEEP_MS = 90 * 86_400_000

/** @throws {TypeError} naming a bad option. */
export function createReceipts(options: ReceiptsOptions): Receipts {
  onlyOptions('receipts', options, OPTIONS)
  const { directory, key, signal = null, clock = systemClock, random = systemRandom } = options
  const observe = fanOut(options.observe ?? ignore)
  someText('directory', directory)
  if (key !== undefined) someText('key', key)
  const shared = { clock, random, observe, createDirectory: true }
  const head = headPath(directory)

  return {
    async write(body) {
      let written: Receipt | null = null
      const { wait, end } = patience(signal)
      await updateSharedJson<ChainHead>(
        head,
        async (kept = noChain) => {
          end()
          const last = await adopted(directory, kept, key)
          const receipt = receiptOf(body, last, clock.wallMs(), key)
          await replaceJson(join(directory, receiptName(receipt)), receipt, {
            ...shared,
            pretty: true,
          })
          written = receipt
          return { ...kept, seq: receipt.seq, hash: receipt.hash }
        },
        { ...shared, ...wait },
      ).finally(end)
      const receipt = written as unknown as Receipt
      const file = receiptName(receipt)
      observe({ kind: 'promotion.receipt', file, action: body.action })
      return { file, path: join(directory, file), receipt }
    },

    async prune({ keepMs = KEEP_MS } = {}) {
      lengthMs('keepMs', keepMs)
      let removed = 0
      let refused: { readonly error: unknown } | null = null
      await updateSharedJson<ChainHead>(
        head,
        async (kept) => {
          if (kept === undefined) return unchanged
          const old = await before(directory, kept, clock.wallMs() - keepMs)
          for (const { file } of old) {
            try {
              await rm(join(directory, file), { force: true })
            } catch (error) {
              // The chain begins after those that are gone, or they would be missed.
              refused = { error }
              break
            }
            removed += 1
          }
          const last = old[removed - 1]
          if (last === undefined) return unchanged
          return { ...kept, from: { seq: last.receipt.seq, hash: last.receipt.hash } }
        },
        shared,
      )
      if (refused !== null) throw (refused as { readonly error: unknown }).error
      return { removed }
    },
  }
}

/** The head, and the receipt that a crash left just after it. */
async function adopted(
  directory: string,
  kept: ChainHead,
  key: string | undefined,
): Promise<ChainHead> {
  const beyond = (await receiptFiles(directory)).filter(({ seq }) => seq > kept.seq)
  const [next, ...more] = beyond
  if (next === undefined) return kept
  const path = join(directory, next.file)
  if (more.length > 0 || next.seq !== kept.seq + 1) {
    throw new ReceiptChainError(path, `there are receipts after ${kept.seq}, where the chain ends`)
  }
  const receipt = await readReceipt(path)
  const flaw = flawIn(receipt, key)
  if (flaw !== null) throw new ReceiptChainError(path, flaw)
  if (receipt.previous_hash !== kept.hash || receipt.seq !== next.seq) {
    throw new ReceiptChainError(path, 'does not follow the end of the chain')
  }
  return { ...kept, seq: receipt.seq, hash: receipt.hash }
}

async function before(
  directory: string,
  kept: ChainHead,
  untilMs: number,
): Promise<{ readonly file: string; readonly receipt: Receipt }[]> {
  const old: { file: string; receipt: Receipt }[] = []
  for (const { file, seq } of await receiptFiles(directory)) {
    if (seq >= kept.seq) break
    const receipt = await readReceipt(join(directory, file))
    if (!(Date.parse(receipt.ts) < untilMs)) break
    old.push({ file, receipt })
  }
  return old
}
