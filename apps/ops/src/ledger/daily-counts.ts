import { readLedger, type ReadStats } from '@holdfast/ledger'
import type { Context } from '../command.ts'
import { dayOfFile, segmentFiles } from './segments.ts'

/** What a ledger has of one day. Lines that were not used are of the day of their segment. */
export interface DayCounts {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  readonly decisions: number
  readonly outcomes: number
  /** Decisions of which nothing came, as far as is known. */
  readonly missing: number
  readonly malformed: number
  readonly undated: number
  readonly duplicate: number
  readonly late: number
  readonly torn: number
  readonly bytes: number
  readonly live: number
  readonly archived: number
}

type Counts = { -readonly [K in Exclude<keyof DayCounts, 'day'>]: DayCounts[K] }

/** Reads a window once, and counts by day, the latest last. */
export async function dailyCounts(
  directory: string,
  window: { readonly fromMs: number; readonly toMs: number },
  { clock, random, signal }: Pick<Context, 'clock' | 'random' | 'signal'>,
): Promise<{ readonly days: DayCounts[]; readonly stats: ReadStats }> {
  const days = new Map<string, Counts>()
  const of = (day: string): Counts => {
    const counts = days.get(day) ?? nothing()
    days.set(day, counts)
    return counts
  }
  const isIn = (day: string): boolean =>
    day >= dayAt(window.fromMs) && day <= dayAt(window.toMs - 1)
  for (const { day, bytes, isArchived } of await segmentFiles(directory)) {
    if (!isIn(day)) continue
    const counts = of(day)
    counts.bytes += bytes
    counts[isArchived ? 'archived' : 'live'] += 1
  }
  const reading = readLedger(directory, {
    ...window,
    clock,
    random,
    onReject: ({ path, kind }) => {
      const day = dayOfFile(path)
      if (day !== null && isIn(day)) of(day)[kind] += 1
    },
  })
  for await (const rows of reading.batches()) {
    signal.throwIfAborted()
    for (const { tMs, outcomes, missing } of rows) {
      const counts = of(dayAt(tMs))
      counts.decisions += 1
      counts.outcomes += outcomes.length
      if (missing) counts.missing += 1
    }
  }
  const listed = [...days].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { days: listed.map(([day, counts]) => ({ day, ...counts })), stats: reading.stats }
}

const nothing = (): Counts => ({
  decisions: 0,
  outcomes: 0,
  missing: 0,
  malformed: 0,
  undated: 0,
  duplicate: 0,
  late: 0,
  torn: 0,
  bytes: 0,
  live: 0,
  archived: 0,
})

/** The years that days can be written for. */
const [FIRST_MS, LAST_MS] = [Date.UTC(1970), Date.UTC(9999)]

const dayAt = (atMs: number): string =>
  new Date(Math.min(Math.max(atMs, FIRST_MS), LAST_MS)).toISOString().slice(0, 10)
