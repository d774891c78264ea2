import type { Reject, RejectKind } from './options.ts'

/** What a reading has found so far; whole once it has come to its end. */
export interface ReadStats {
  readonly segments: number
  /** Whole lines that were looked at, whatever came of them. Empty ones do not count. */
  readonly lines: number
  /** Decisions of the window, each once, and how many of them nothing came of as far as is known. */
  readonly rows: number
  readonly missing: number
  /** Outcomes that belong to a row. */
  readonly outcomes: number
  /** Lines of another time than the window and what comes of it. */
  readonly outside: number
  /** Outcomes whose decision is not in the window, or nowhere. */
  readonly unmatched: number
  readonly malformed: number
  readonly undated: number
  readonly duplicate: number
  readonly late: number
  readonly torn: number
  readonly tornBytes: number
  /** Segments that a head tells of and that are not there. */
  readonly missingSegments: readonly string[]
  /** The first 100 lines that were not used, and why. */
  readonly rejects: readonly Reject[]
}

const MOST_KEPT = 100

export type Count = {
  -readonly [K in keyof ReadStats as ReadStats[K] extends number ? K : never]: number
}

export interface Tally {
  readonly count: Count
  readonly missingSegments: string[]
  reject(path: string, line: number, kind: RejectKind, reason: string): void
  /** What is known by now. */
  stats(): ReadStats
}

export function createTally(onReject: (reject: Reject) => void): Tally {
  const count: Count = {
    segments: 0,
    lines: 0,
    rows: 0,
    missing: 0,
    outcomes: 0,
    outside: 0,
    unmatched: 0,
    malformed: 0,
    undated: 0,
    duplicate: 0,
    late: 0,
    torn: 0,
    tornBytes: 0,
  }
  const rejects: Reject[] = []
  const missingSegments: string[] = []
  return {
    count,
    missingSegments,
    reject(path, line, kind, reason) {
      count[kind] += 1
      const reject = { path, line, kind, reason }
      if (rejects.length < MOST_KEPT) rejects.push(reject)
      onReject(reject)
    },
    stats: () => ({ ...count, missingSegments: [...missingSegments], rejects: [...rejects] }),
  }
}

export const rejected = ({ malformed, undated, duplicate, late, torn }: ReadStats): number =>
  malformed + undated + duplicate + late + torn
