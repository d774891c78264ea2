/** Decisions that are looked at together. */
const WINDOW = 100
/** How much of the way back counts as being back. */
const MOST = 0.9

/**
 * How many decisions it took to be back for the first time: until the mean over the last 100 has come nine
 * tenths of the way from `level` to `best`. It may fall behind again.
 * @param rewards of the decisions since the fall, in order.
 * @param level   what a learner that learns nothing gets since the fall.
 * @param best    what the best route gets.
 * @returns at least 100; null if it never came so far.
 */
export function recoveredAfter(
  rewards: readonly number[],
  level: number,
  best: number,
): number | null {
  const target = level + MOST * (best - level)
  let sum = 0
  for (const [i, reward] of rewards.entries()) {
    sum += reward - (rewards[i - WINDOW] ?? 0)
    if (i + 1 >= WINDOW && sum / WINDOW >= target) return i + 1
  }
  return null
}
