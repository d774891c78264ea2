/**
 * TRI delta: how much better an answer was than the usual, as the seed documents normalise it: over 0.2, and clipped to
 * −1 to 1. The usual is the mean of every quality that was told of the guardrail's answers before, to this process and
 * since it started.
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

/** @param quality 0 to 1. @returns −1 to 1; null while there is nothing to compare with. */
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

/** What was told of one answer; each null when something else was told. */
export interface Told {
  /** 0 to 1. */
  readonly quality: number | null
  /** The difference by the caller's own account. */
  readonly triDelta: number | null
}

/**
 * Compares what is told of answers, one after the other, with the guardrail's. Those are what others are compared with, and are neither better nor worse.
 * @returns −1 to 1; null where it says nothing.
 */
export function createComparison(guardrail: string): (route: string, told: Told) => number | null {
  let usual = NOTHING_TOLD
  return (route, told) => {
    if (told.triDelta !== null) return normalised(told.triDelta)
    if (told.quality === null) return null
    if (route !== guardrail) return triDelta(usual, told.quality)
    usual = withQuality(usual, told.quality)
    return null
  }
}
