import { readLedger, type LedgerRow } from '@holdfast/ledger'
import type { Context } from '../command.ts'

const HOUR_MS = 3_600_000
/** How far back is looked, in ms, until there are enough: most who look mean what has just happened. */
const REACHES_MS = [HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS, 31 * 24 * HOUR_MS, Infinity]

/** The newest decisions, the newest first. */
export interface NewestRows {
  /** The newest first. */
  readonly rows: readonly LedgerRow[]
  /** How many there are in the time that was read. */
  readonly found: number
  readonly fromMs: number | null
}

type Means = Pick<Context, 'clock' | 'random' | 'signal'>

/**
 * The newest rows of a ledger, at most `limit`. No more than four times as many are held, whatever its size.
 * @param sinceMs null: as far back as it takes.
 */
export async function newestRows(
  directory: string,
  limit: number,
  sinceMs: number | null,
  means: Means,
): Promise<NewestRows> {
  if (sinceMs !== null) return await rowsFrom(directory, limit, sinceMs, means)
  let found: NewestRows = { rows: [], found: 0, fromMs: null }
  for (const reachMs of REACHES_MS) {
    found = await rowsFrom(directory, limit, means.clock.wallMs() - reachMs, means)
    if (found.found >= limit) break
  }
  return found
}

async function rowsFrom(
  directory: string,
  limit: number,
  fromMs: number,
  { clock, random, signal }: Means,
): Promise<NewestRows> {
  let rows: LedgerRow[] = []
  let found = 0
  for await (const batch of readLedger(directory, { fromMs, clock, random }).batches()) {
    signal.throwIfAborted()
    found += batch.length
    rows.push(...batch)
    if (rows.length > 4 * limit) rows = newest(rows, limit)
  }
  return { rows: newest(rows, limit), found, fromMs: Number.isFinite(fromMs) ? fromMs : null }
}

const newest = (rows: readonly LedgerRow[], limit: number): LedgerRow[] =>
  rows.toSorted((a, b) => b.tMs - a.tMs || (a.id < b.id ? 1 : -1)).slice(0, limit)
