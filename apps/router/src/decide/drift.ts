/**
 * How far what is told of the answers has moved from what it was: the mean of one window against those of the windows
 * before it. Windows in which nothing was told are none.
 */
export interface Drift {
  /** Means of the last windows in which something was told, at most 200, oldest first. */
  readonly means: readonly number[]
  /** |z| of the last of them, 0 where it is nothing to speak of. */
  readonly z: number
}

/** Before anything was told. */
export const NO_DRIFT: Drift = { means: [], z: 0 }

const LOOKED_BACK = 200
/** Fewer windows say too little of what is usual. */
const LEAST = 40
/** What is nearer to the usual than this is not reported: it happens by chance in one window of 370. */
const LEAST_Z = 3
/** Feedback that is always the same makes no small change a large one. In units of what is told. */
const LEAST_DEVIATION = 0.02

/**
 * Takes in one window.
 * @param mean of what was told in it; null when nothing was, and then the last z fades by half, so that it ends when the
 *   feedback does. What is not finite is nothing.
 */
export function drifted({ means, z }: Drift, mean: number | null): Drift {
  if (mean === null || !Number.isFinite(mean)) return { means, z: z / 2 }
  const next = [...means, mean].slice(-LOOKED_BACK)
  if (means.length < LEAST) return { means: next, z: 0 }
  const usual = meanOf(means)
  const squares = means.reduce((sum, one) => sum + (one - usual) ** 2, 0)
  const deviation = Math.sqrt(squares / (means.length - 1))
  const distance = Math.abs(mean - usual) / Math.max(deviation, LEAST_DEVIATION)
  return { means: next, z: distance >= LEAST_Z ? distance : 0 }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
