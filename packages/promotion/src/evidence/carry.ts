import { printJson } from '@holdfast/atomic-json'
import { nothingCompared, type Compared, type ComparisonSettings } from './comparison.ts'

/** The median TRI Δ of one report. */
export interface TriPoint {
  readonly atMs: number
  readonly median: number
}

/**
 * What the reports of one rollout leave to the next: a day alone rarely has the decisions that proof takes. Plain data; each
 * decision is in it once, because it ends where the next report goes on.
 */
export interface Carry {
  readonly version: 1
  /** Which rollout it is of; a new one begins with nothing. */
  readonly epoch: number
  /** The settings it was made with: other settings, other evidence. */
  readonly settings: ComparisonSettings
  readonly sinceMs: number
  /**
   * Decisions before this moment are in it, which is where the last report's window began: what is told late of a decision still counts as long
   * as the decision is in a window.
   */
  readonly upToMs: number
  /** How many reports said something new, and of how many decisions the last of them was. */
  readonly looks: number
  readonly seen: number
  readonly compared: Compared
  /** Live decisions of which it is known whether they were rolled back, and how many were. */
  readonly exposed: number
  readonly rollbacks: number
  /** Newest last, at most 60. */
  readonly medians: readonly TriPoint[]
}

/** The evidence of a rollout that begins. */
export function newCarry(epoch: number, sinceMs: number, settings: ComparisonSettings): Carry {
  return {
    version: 1,
    epoch,
    settings,
    sinceMs,
    upToMs: sinceMs,
    looks: 0,
    seen: 0,
    compared: nothingCompared,
    exposed: 0,
    rollbacks: 0,
    medians: [],
  }
}

/** Whether evidence may be gone on with. */
export function continues(carry: Carry, epoch: number, settings: ComparisonSettings): boolean {
  return carry.epoch === epoch && printJson(carry.settings) === printJson(settings)
}

/** Theil–Sen slope of the medians, per day: the median of the slopes between all pairs. Null for fewer than two. */
export function triTrend(medians: readonly TriPoint[]): number | null {
  const slopes = medians.flatMap((from, i) =>
    medians
      .slice(i + 1)
      .filter(({ atMs }) => atMs > from.atMs)
      .map(({ atMs, median }) => ((median - from.median) * 86_400_000) / (atMs - from.atMs)),
  )
  if (slopes.length === 0) return null
  const sorted = slopes.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}
