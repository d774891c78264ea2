/**
 * How far an unbroken row of runs reaches that begins right after `mark`. The order of the runs does not matter, nor how
 * often one is named; those up to `mark` are passed over, and the first missing one ends the row.
 */
export function contiguousAfter(mark: number, successful: Iterable<number>): number {
  const runs = new Set(successful)
  let last = mark
  while (runs.has(last + 1)) last += 1
  return last
}

/** The highest run ever tried. It never falls. */
export function attemptedAfter(mark: number, attempted: Iterable<number>): number {
  let highest = mark
  for (const run of attempted) highest = Math.max(highest, run)
  return highest
}
