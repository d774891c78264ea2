import type { Rewards } from './line.ts'

/** The fields of a line without v, kind, id, t and its place in a chain. Typed by whoever knows what was written. */
export type Fields = Readonly<Record<string, unknown>>

/** A decision with all that came of it. */
export interface LedgerRow<D = Fields, O = Fields> {
  readonly id: string
  /** When it was decided, in ms since 1970. */
  readonly tMs: number
  readonly decision: D
  /** One for each part, in the order of their time. */
  readonly outcomes: readonly OutcomeOf<O>[]
  /** What the decision's own line says came of it, and what its outcomes say, the later over the earlier. */
  readonly rewards: Rewards
  /** Nothing is known of what came of it. */
  readonly missing: boolean
}

export interface OutcomeOf<O = Fields> {
  readonly tMs: number
  readonly part: string
  readonly fields: O
}

/** Puts one over the other, measure by measure. */
export function mergedRewards(first: Rewards, second: Rewards): Rewards {
  if (first === NO_REWARDS) return second
  if (second === NO_REWARDS) return first
  const merged: { -readonly [K in keyof Rewards]: Rewards[K] } = { ...first, ...second }
  if (first.immediate !== undefined) merged.immediate = { ...first.immediate, ...second.immediate }
  if (first.deployment !== undefined) {
    merged.deployment = { ...first.deployment, ...second.deployment }
  }
  return merged
}

export const NO_REWARDS: Rewards = Object.freeze({})

/** What a line says came of a decision; nothing where it says something else than measures. */
export function rewardsOf(rewards: unknown): Rewards {
  return isObject(rewards) ? rewards : NO_REWARDS
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
