import { createHash, createHmac } from 'node:crypto'
import { printJson } from '@holdfast/atomic-json'
import type { GateInput, Verdict } from '../gates/gate.ts'
import { redacted } from './redact.ts'

/** What was done, or decided. */
export type ReceiptAction = 'promote' | 'hold' | 'rollback' | 'stage' | 'freeze' | 'thaw' | 'begin'

/** What a receipt is written of. Names are those of the files the operators know. */
export interface ReceiptBody {
  readonly action: ReceiptAction
  /** Stage after the action, in percent, as text: `25`. */
  readonly stage: string
  /** `0.25`. */
  readonly pilot: string
  readonly app_url: string
  readonly runbook_url: string
  readonly env: Readonly<Record<string, string>>
  /** Null for an action that looked at no evidence. */
  readonly summary: ReceiptSummary | null
  readonly build_sha: string
  /** Null: the variables are in `env_snapshot`, under the receipt's hash, instead of in a file beside it. */
  readonly env_snapshot_path: null
  readonly env_snapshot: Readonly<Record<string, string>>
  readonly reason: string
  readonly by: string
  /** Version of the program that judged. */
  readonly code_version: string
  /** All that the verdict depends on: report, slots, thresholds, moment. Null without a verdict. */
  readonly inputs: GateInput | null
  readonly verdict: Verdict | null
}

export interface ReceiptSummary {
  readonly source: 'ledger' | 'none' | 'ledger-empty-window'
  readonly lookback_min: number
  readonly count: number
  readonly live_rate: number | null
  readonly rsi: number | null
  readonly rollbacks: number
  readonly tri_median: number | null
}

/** A receipt as it is on disk. */
export interface Receipt extends ReceiptBody {
  readonly version: 1
  /** Its number in the chain, from 1. */
  readonly seq: number
  /** ISO 8601 with offset. */
  readonly ts: string
  /** `hash` of the receipt before; 64 zeros in the first. */
  readonly previous_hash: string
  /** SHA-256 of the receipt without `hash` and `signature`, in canonical JSON, hexadecimal. */
  readonly hash: string
  /** HMAC-SHA256 of `hash`; null without a key. */
  readonly signature: string | null
}

export const FIRST_PREVIOUS: string = '0'.repeat(64)

/** Where a receipt stands in the chain. */
export interface Link {
  readonly seq: number
  readonly hash: string
}

/** Makes the receipt that follows `last`. Secrets are removed before anything is hashed. */
export function receiptOf(
  body: ReceiptBody,
  last: Link,
  atMs: number,
  key: string | undefined,
): Receipt {
  const unsealed = {
    version: 1 as const,
    seq: last.seq + 1,
    ts: isoWithOffset(atMs),
    previous_hash: last.hash,
    ...redacted(body),
  }
  const hash = hashOf(unsealed)
  return { ...unsealed, hash, signature: key === undefined ? null : signatureOf(hash, key) }
}

/** `anr_20261121_090500_000042.json`, in UTC: sorted by name is sorted by number within a second. */
export function receiptName({ ts, seq }: Pick<Receipt, 'ts' | 'seq'>): string {
  const digits = ts.replaceAll(/\D/g, '')
  return `anr_${digits.slice(0, 8)}_${digits.slice(8, 14)}_${String(seq).padStart(6, '0')}.json`
}

/** The number in a receipt's name; null for another file. */
export function seqInName(name: string): number | null {
  const digits = /^anr_\d{8}_\d{6}_(\d{6,})\.json$/.exec(name)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Why a receipt is not what was written; null when it is. */
export function flawIn(receipt: Receipt, key: string | undefined): string | null {
  const { hash, signature, ...unsealed } = receipt
  if (hashOf(unsealed) !== hash) return 'was changed after it was written'
  if (key !== undefined && signature !== signatureOf(hash, key)) {
    return signature === null ? 'is not signed' : 'is signed with another key'
  }
  return null
}

/** Whether a value has the form of a receipt. */
export function isReceipt(value: unknown): value is Receipt {
  if (typeof value !== 'object' || value === null) return false
  const { version, seq, ts, previous_hash, hash, action } = value as Partial<Receipt>
  return (
    version === 1 &&
    Number.isSafeInteger(seq) &&
    [ts, previous_hash, hash, action].every((text) => typeof text === 'string')
  )
}

/** What the receipt of a decision says of the evidence, in the few numbers that people look for. */
export function summaryOf({ report, settings }: GateInput): ReceiptSummary {
  if (report === null) {
    const none = { count: 0, live_rate: null, rsi: null, rollbacks: 0, tri_median: null }
    return { source: 'none', lookback_min: settings.windowMinutes, ...none }
  }
  return {
    source: report.decisions === 0 ? 'ledger-empty-window' : 'ledger',
    lookback_min: report.window_minutes,
    count: report.decisions,
    live_rate: report.live_rate,
    rsi: report.rsi,
    rollbacks: report.rollbacks,
    tri_median: report.tri_median,
  }
}

function hashOf(unsealed: object): string {
  return createHash('sha256').update(printJson(unsealed)).digest('hex')
}

function signatureOf(hash: string, key: string): string {
  return createHmac('sha256', key).update(hash).digest('hex')
}

function isoWithOffset(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, '+00:00')
}
