/**
 * What lies in a store's directory:
 *
 *   lessons/<writer>.<n>.log      a segment that its writer may still append to
 *   lessons/<writer>.<n>.sealed   one that nobody appends to any more
 *   lessons/<writer>.<n>.damaged  a sealed one with bytes that could not be read, kept for whoever wants to look
 *   decisions/<writer>.<n>.log    decisions that wait for their reward
 *   snapshot.<n>.bin              the sum of all segments that it names; the highest number counts, the one before is its spare
 *   snapshot.<chance>.tmp         one that is being written
 *   compaction.lock/              who makes the next
 *
 * A writer's name is used by one process once, so no name ever comes back.
 */
export const LESSONS = 'lessons'
export const DECISIONS = 'decisions'
export const COMPACTION = 'compaction'

export const OPEN = '.log'
export const SEALED = '.sealed'
export const DAMAGED = '.damaged'

/** The name of a segment without its ending; null for any other file. */
export function segmentOf(file: string): string | null {
  for (const ending of [OPEN, SEALED, DAMAGED]) {
    if (file.endsWith(ending)) return file.slice(0, -ending.length)
  }
  return null
}

const SNAPSHOT = /^snapshot\.([1-9]\d*)\.bin$/

/** The file of a snapshot. @param number from 1. */
export const snapshotFile = (number: number): string => `snapshot.${number}.bin`

/** The number of a snapshot; null for any other file. */
export function snapshotNumber(file: string): number | null {
  const digits = SNAPSHOT.exec(file)?.[1]
  return digits === undefined ? null : Number(digits)
}
