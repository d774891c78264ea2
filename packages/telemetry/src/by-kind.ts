import type { Fact, Observe } from '@holdfast/seams'

/** What is done with facts, kind by kind. A kind that is not there is not heard. */
export type Ears<F extends Fact = Fact> = {
  readonly [K in F['kind']]?: (fact: Extract<F, { readonly kind: K }>) => void
}

/**
 * One listener made of many, each for one kind. A fact that none is for costs a look into a map, however many there
 * are.
 * @throws {TypeError} if an ear is no function.
 */
export function byKind<F extends Fact>(ears: Ears<F>): Observe<F> {
  const heard = new Map<string, Observe<F>>()
  for (const [kind, hear] of Object.entries(ears) as [string, Observe<F> | undefined][]) {
    if (hear === undefined) continue
    if (typeof hear !== 'function') {
      throw new TypeError(`what hears ${kind} must be a function, got ${typeof hear}`)
    }
    heard.set(kind, hear)
  }
  return (fact) => heard.get(fact.kind)?.(fact)
}
