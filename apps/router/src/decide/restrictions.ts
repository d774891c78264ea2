/** What a decision may not do this time, whoever asks for it: the anomaly switch, or a breaker that is open. */
export interface Restrictions {
  /** Ids of routes that may not be chosen. */
  readonly mask: readonly string[]
  /** The most probability a route may get, 0 to 1, by id. */
  readonly caps: Readonly<Record<string, number>>
  /** The share of exploration, 0 to 1. Absent: what the configuration says. */
  readonly epsilon?: number
  /** Why, for people: for example `anomaly_engaged`. */
  readonly reasons: readonly string[]
}

/** Restricts nothing. */
export const NONE: Restrictions = Object.freeze({
  mask: Object.freeze([]),
  caps: Object.freeze({}),
  reasons: Object.freeze([]),
})

/** All of them at once: what any masks is masked, and the smaller cap and epsilon win. */
export function together(...all: readonly Restrictions[]): Restrictions {
  const restricting = all.filter((one) => one !== NONE)
  if (restricting.length === 0) return NONE
  const caps: Record<string, number> = {}
  let epsilon = Infinity
  for (const one of restricting) {
    for (const [id, cap] of Object.entries(one.caps)) caps[id] = Math.min(caps[id] ?? 1, cap)
    epsilon = Math.min(epsilon, one.epsilon ?? Infinity)
  }
  return {
    mask: [...new Set(restricting.flatMap(({ mask }) => mask))],
    caps,
    ...(epsilon === Infinity ? {} : { epsilon }),
    reasons: [...new Set(restricting.flatMap(({ reasons }) => reasons))],
  }
}
