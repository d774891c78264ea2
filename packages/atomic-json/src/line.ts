/**
 * Calls that change one path stand in one line, in the order they were made. The lines are shared by
 * the whole process, because callers who know nothing of each other may mean the same file: that is
 * why this module holds state. A line exists while someone stands in it.
 */
const lines = new Map<string, Line>()

/** One place in a line. */
export interface Turn {
  /** A later call has already put its content in place: this one's must not come after it. */
  isOvertaken: boolean
}

interface Line {
  readonly turns: Set<Turn>
  /** Settles when the last in line has left. Never rejects. */
  tail: Promise<void>
}

/** More calls than this waiting for one path is a program that writes faster than its disk. */
export const LONGEST_LINE = 1000

/** How many calls stand in the line of `path`. */
export function lineLength(path: string): number {
  return lines.get(path)?.turns.size ?? 0
}

/** Runs `work` when all earlier calls for `path` are done; at once when there are none. */
export function inTurn<T>(path: string, work: (turn: Turn) => Promise<T>): Promise<T> {
  const line = lines.get(path) ?? { turns: new Set(), tail: Promise.resolve() }
  lines.set(path, line)
  const turn: Turn = { isOvertaken: false }
  const isFirst = line.turns.size === 0
  line.turns.add(turn)
  const result = isFirst ? work(turn) : line.tail.then(() => work(turn))
  const leave = (): void => {
    line.turns.delete(turn)
    if (line.turns.size === 0) lines.delete(path)
  }
  line.tail = result.then(leave, leave)
  return result
}

/** Tells everyone in the line of `path` that newer content than theirs is in place. */
export function overtake(path: string): void {
  for (const turn of lines.get(path)?.turns ?? []) turn.isOvertaken = true
}
