import type { Restrictions } from './restrictions.ts'

/** What the order of the other routes is decided by. */
export interface Ranked {
  /** Expected reward and bound of each route. */
  readonly scores: Readonly<Record<string, number>>
  readonly restrictions: Restrictions
  /** The most probability each route may ever get. */
  readonly caps: Readonly<Record<string, number>>
}

/**
 * The routes to ask when `first` did not answer: the best score first, the guardrail last. A route that may not be
 * chosen now, or only with some probability, is none of them, because nothing is left to chance here.
 * @param routes every route, in the order of the configuration, which breaks ties.
 */
export function fallbackOrder(
  first: string,
  guardrail: string,
  routes: readonly string[],
  { scores, restrictions, caps }: Ranked,
): readonly string[] {
  const isOpenTo = (route: string): boolean =>
    !restrictions.mask.includes(route) &&
    (restrictions.caps[route] ?? 1) >= 1 &&
    (caps[route] ?? 1) > 0
  const scoreOf = (route: string): number => scores[route] ?? -Infinity
  const others = routes
    .filter((route) => route !== first && route !== guardrail && isOpenTo(route))
    .toSorted((a, b) => scoreOf(b) - scoreOf(a))
  return first === guardrail ? others : [...others, guardrail]
}
