/** Pause before the first, second, … new start of a worker that does not last, in ms. */
const FIRST_MS = 100
const LONGEST_MS = 30_000
/** A worker that lasted so long was well, in ms. */
const WELL_MS = 60_000

/** How a worker fared so far. */
export interface Endings {
  /** How often in a row it ended soon after it was started. */
  readonly early: number
}

/**
 * When a worker that ended is started anew: at once after it worked for a minute, otherwise after a pause that doubles.
 * A router never gives a worker up: others answer meanwhile, and what ended it may pass.
 * @param lastedMs how long it worked.
 */
export function restartAfter(
  { early }: Endings,
  lastedMs: number,
): { readonly endings: Endings; readonly inMs: number } {
  if (lastedMs >= WELL_MS) return { endings: { early: 0 }, inMs: 0 }
  // The first end is most likely a kill by hand: nobody should have to wait.
  const inMs = early === 0 ? 0 : Math.min(FIRST_MS * 2 ** (early - 1), LONGEST_MS)
  return { endings: { early: early + 1 }, inMs }
}
