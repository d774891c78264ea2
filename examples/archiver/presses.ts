/** So many presses of Ctrl-C … */
const PRESSES = 3
/** … within this time mean: at once. */
const WITHIN_MS = 2000

/** What a press of Ctrl-C means: finish what is at work, or leave at once. */
export interface Press {
  /** The presses that still count, this one included, in ms. Hand them to the next call. */
  readonly recentMs: readonly number[]
  readonly meaning: 'finish' | 'leave'
}

/** @param nowMs of a clock that never goes back. */
export function press(earlierMs: readonly number[], nowMs: number): Press {
  const recentMs = [...earlierMs.filter((atMs) => nowMs - atMs <= WITHIN_MS), nowMs]
  return { recentMs, meaning: recentMs.length >= PRESSES ? 'leave' : 'finish' }
}
