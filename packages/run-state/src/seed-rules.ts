import type { RunSet } from './run-set.ts'

/**
 * How far an unbroken row of runs reaches that begins right after `mark`. The order of the runs does not matter, nor how
 * often one is named; those up to `mark` are passed over, and the first missing one ends the row.
 */
export function contiguousAfter(mark: number, successful: RunSet): number {
  return successful.rangeOf(mark + 1)?.to ?? mark
}

/** The highest run ever tried. It never falls. */
export function attemptedAfter(mark: number, attempted: RunSet): number {
  return Math.max(mark, attempted.highest ?? 0)
}
