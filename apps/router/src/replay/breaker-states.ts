import type { RouterFact } from '../tell/facts.ts'

/** The breakers that are not closed, by route, as far as facts tell. */
export interface BreakerStates {
  readonly hear: (fact: RouterFact) => void
  readonly now: ReadonlyMap<string, 'open' | 'probing' | 'isolated'>
}

export function createBreakerStates(): BreakerStates {
  const now = new Map<string, 'open' | 'probing' | 'isolated'>()
  return {
    now,
    hear(fact) {
      switch (fact.kind) {
        case 'breaker.opened':
          now.set(fact.breaker, 'open')
          break
        case 'breaker.probing':
          now.set(fact.breaker, 'probing')
          break
        case 'breaker.isolated':
          now.set(fact.breaker, 'isolated')
          break
        case 'breaker.closed':
          now.delete(fact.breaker)
          break
        default:
          break
      }
    },
  }
}
