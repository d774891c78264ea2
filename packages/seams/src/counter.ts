import type { Fact } from './fact.ts'

/**
 * How facts of one kind feed one counter. A package publishes its rows as plain data; an adapter turns
 * them into the counters of a metrics library, which the package itself never imports.
 */
export interface CounterRow<F extends Fact = Fact> {
  /** The counter's name in Prometheus form, ending in `_total`. */
  readonly name: string
  readonly help: string
  readonly kind: F['kind']
  /** Fields of the fact that become labels; their values must be few. Default none. */
  readonly labels?: readonly string[]
  /** Field of the fact to add, a number ≥ 0. Default: add 1. */
  readonly amount?: string
}

type RowFor<F extends Fact> = F extends Fact
  ? CounterRow<F> & {
      readonly labels?: readonly (keyof F & string)[]
      readonly amount?: keyof F & string
    }
  : never

/** Writes down rows, and lets the compiler check each against the fact it counts. */
export function counterRows<F extends Fact>(...rows: readonly RowFor<F>[]): readonly CounterRow[] {
  return rows
}
