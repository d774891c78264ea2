/**
 * What lies in a store's directory:
 *
 *   lessons/<writer>.<n>.log      a segment that its writer may still append to
 *   lessons/<writer>.<n>.sealed   one that nobody appends to any more
 *   lessons/<writer>.<n>.damaged  a sealed one with bytes that could not be read, kept for whoever wants to look
 *   decisions/<writer>.<n>.log    decisions that wait for their reward
 *   snapshot.bin                  the sum of all segments that it names
 *   snapshot.previous.bin         the one before
 *   compaction.lock/              who makes the next
 *
 * A writer's name is used by one process once, so no name ever comes back.
 */
export const LESSONS = 'lessons'
export const DECISIONS = 'decisions'
export const SNAPSHOT = 'snapshot.bin'
export const PREVIOUS = 'snapshot.previous.bin'
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
