/**
 * TRI delta: how much better an answer was than the usual, as the seed documents normalise it: over 0.2, and clipped to
 * −1 to 1. The usual is the mean of every quality that feedback told before, to this process and since it started.
 */
export interface Usual {
  readonly count: number
  /** Of the qualities told, 0 to 1. */
  readonly mean: number
}

/** Before any quality was told. */
export const NOTHING_TOLD: Usual = { count: 0, mean: 0 }

/** A difference so large, in quality, is as large as can be. */
const LARGEST_DELTA = 0.2

/** @param quality 0 to 1. @returns −1 to 1; null for the first quality, which there is nothing to compare with. */
export function triDelta({ count, mean }: Usual, quality: number): number | null {
  return count === 0 ? null : normalised(quality - mean)
}

/** A difference in quality as TRI delta, −1 to 1. */
export function normalised(delta: number): number {
  return Math.max(-1, Math.min(1, delta / LARGEST_DELTA))
}

/** Takes in one quality. */
export function withQuality({ count, mean }: Usual, quality: number): Usual {
  const next = count + 1
  return { count: next, mean: mean + (quality - mean) / next }
}
