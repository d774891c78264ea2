import type { Fact, Observe } from './fact.ts'

export interface RecordedFacts<F extends Fact> {
  readonly observe: Observe<F>
  /** Every fact heard so far, oldest first. */
  readonly all: readonly F[]
  /** The facts of one kind, oldest first. */
  ofKind<K extends F['kind']>(kind: K): Extract<F, { readonly kind: K }>[]
}

/** An ear that keeps what it hears. */
export function recordedFacts<F extends Fact = Fact>(): RecordedFacts<F> {
  const all: F[] = []
  return {
    observe: (fact) => void all.push(fact),
    all,
    ofKind: <K extends F['kind']>(kind: K) =>
      all.filter((fact): fact is Extract<F, { readonly kind: K }> => fact.kind === kind),
  }
}
