import type { Status } from './status.ts'

/** One result of a check. */
export interface HistoryEntry {
  /** When it was there, in ms since 1970. */
  readonly atMs: number
  /** What was held of the check from then on. */
  readonly status: Status
  /** What this result said by itself. */
  readonly seen: Status
  readonly message: string | null
  readonly tookMs: number
}

/** The last results, and no more than `limit` of them. */
export interface History {
  add(entry: HistoryEntry): void
  /** Oldest first. A copy. */
  entries(): readonly HistoryEntry[]
}

/** @param limit how many results are kept. Integer ≥ 0. */
export function createHistory(limit: number): History {
  const kept: HistoryEntry[] = []
  return {
    add(entry) {
      kept.push(entry)
      if (kept.length > limit) kept.shift()
    },
    entries: () => [...kept],
  }
}
