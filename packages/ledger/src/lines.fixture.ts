import { VirtualClock } from '@holdfast/seams/testing'
import { seededRandom } from '@holdfast/seams'
import { openLedger, type Ledger } from './ledger.ts'
import type { DecisionLine, OutcomeLine } from './line.ts'
import type { LedgerOptions, ReadLedgerOptions } from './options.ts'
import { readLedger, type LedgerReading } from './read.ts'
import type { LedgerRow } from './row.ts'

export const NOON_MS: number = Date.UTC(2026, 0, 15, 12)
export const HOUR_MS = 3_600_000
export const DAY_MS: number = 24 * HOUR_MS

export const isoAt = (atMs: number): string => new Date(atMs).toISOString()

export function decision(id: string, atMs: number = NOON_MS, more: object = {}): DecisionLine {
  const fields = {
    shadow: { route: 'R2', argmax: 'R2' },
    live: { route: 'R2', pilot: 0.1 },
    ...more,
  }
  return {
    v: 1,
    kind: 'decision',
    id,
    t: isoAt(atMs),
    route: 'R2',
    p: 0.5,
    ...fields,
  }
}

export function outcome(id: string, atMs: number = NOON_MS, more: object = {}): OutcomeLine {
  return { v: 1, kind: 'outcome', id, t: isoAt(atMs), part: 'later', reward: 0.25, ...more }
}

/** A ledger whose clock stands still at noon, with that clock. */
export function ledgerAt(
  directory: string,
  { seed = 'writer', ...options }: LedgerOptions & { readonly seed?: string } = {},
): { ledger: Ledger; clock: VirtualClock } {
  const clock = new VirtualClock(NOON_MS)
  const ledger = openLedger(directory, { clock, random: seededRandom(seed), ...options })
  return { ledger, clock }
}

/** Writes lines and closes. */
export async function write(
  directory: string,
  lines: readonly (DecisionLine | OutcomeLine)[],
  seed = 'writer',
): Promise<void> {
  const { ledger } = ledgerAt(directory, { seed })
  await Promise.all(lines.map((line) => ledger.append(line)))
  await ledger.close()
}

/** All rows of a reading, by id. */
export async function all<D, O>(reading: LedgerReading<D, O>): Promise<LedgerRow<D, O>[]> {
  const rows: LedgerRow<D, O>[] = []
  for await (const row of reading) rows.push(row)
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

export const idsIn = async (
  directory: string,
  options: ReadLedgerOptions = {},
): Promise<string[]> => (await all(readLedger(directory, options))).map(({ id }) => id)
