import type { CounterRow, Observe } from '@holdfast/seams'
import { Counter, type Registry } from 'prom-client'
import { createCells, type Cells } from './cells.ts'
import { amountOf, rowsByKind } from './counted-rows.ts'
import { integerFrom, refuseUnknown } from './options.ts'

export interface CountFactsOptions {
  /** Where the counters are registered. */
  readonly registry: Registry
  /**
   * Most combinations of label values that one counter keeps apart, an integer ≥ 1. What comes after is counted with `other`
   * for each label. Default 1000.
   */
  readonly seriesLimit?: number
}

/** How many facts were told whose amount no counter can take. */
const NOT_COUNTED = 'holdfast_telemetry_not_counted_total'

/** A row at work. */
interface Counted {
  readonly row: CounterRow
  readonly cells: Cells
}

/**
 * Counts facts as the rows say, in counters of prom-client that it registers. A fact that no row is for costs a look into
 * a map; one that is counted adds to a number, and the counters take the numbers over when they are asked for.
 *
 * An amount that is not a finite number ≥ 0 is not added: `holdfast_telemetry_not_counted_total`, with the name of the
 * counter, says how often that was.
 * @throws {RangeError | TypeError} if a row or an option is not as it must be, or a name is registered already; nothing is
 * registered then.
 */
export function countFacts(rows: readonly CounterRow[], options: CountFactsOptions): Observe {
  refuseUnknown('countFacts', options, ['registry', 'seriesLimit'])
  const { registry, seriesLimit = 1000 } = options
  integerFrom(1, 'seriesLimit', seriesLimit)
  const planned = rowsByKind(rows)
  const taken = rows.find(({ name }) => registry.getSingleMetric(name) !== undefined)
  if (taken !== undefined) throw new RangeError(`rows: ${taken.name} is in the registry already`)

  const uncountable = notCountedOf(registry)
  const counted = new Map<string, readonly Counted[]>()
  for (const [kind, ofKind] of planned) {
    const make = (row: CounterRow): Counted => ({
      row,
      cells: registered(row, options, seriesLimit),
    })
    counted.set(kind, ofKind.map(make))
  }
  return (fact) => {
    const ofKind = counted.get(fact.kind)
    if (ofKind === undefined) return
    for (const { row, cells } of ofKind) {
      const amount = amountOf(row, fact)
      if (amount === null) uncountable.inc({ metric: row.name })
      else cells.of(fact).added += amount
    }
  }
}

/** Registers a row's counter, which takes over what its cells were added whenever it is asked for. */
function registered(row: CounterRow, { registry }: CountFactsOptions, limit: number): Cells {
  const { name, help, labels = [] } = row
  const cells = createCells(row, limit)
  const counter: Counter = new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      for (const cell of cells.all) {
        counter.inc(cell.labels, cell.added)
        cell.added = 0
      }
    },
  })
  return cells
}

/** Several tables in one registry have one such counter. */
function notCountedOf(registry: Registry): Counter {
  const there = registry.getSingleMetric(NOT_COUNTED) as Counter | undefined
  return (
    there ??
    new Counter({
      name: NOT_COUNTED,
      help: 'Facts that a counter could not take, because the amount was no number ≥ 0.',
      labelNames: ['metric'],
      registers: [registry],
    })
  )
}
