/** Something worth knowing that happened, as a small plain object. `kind` is `package.what`. */
export interface Fact {
  readonly kind: string
}

/** Hears facts. Called in the middle of the work, so it is quick and does not throw. */
export type Observe<F extends Fact = Fact> = (fact: F) => void

/** Hears nothing. The default wherever `observe` is an option. */
export const ignore: Observe = () => {}

/**
 * One ear for several. Each hears every fact, in the order given. One that throws is a bug: the others
 * still hear, the work that told the fact goes on whole, and the error surfaces as an uncaught
 * exception of the process.
 */
export function fanOut<F extends Fact>(...listeners: readonly Observe<F>[]): Observe<F> {
  return (fact) => {
    for (const listen of listeners) {
      try {
        listen(fact)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
