import { yardsticks, type OutcomeRow, type OutcomeTable } from './outcome-table.ts'

/** What is left of the quality of a route that fails. */
const LEFT = 0.3
/** The part of the stream in which all is well. */
const WELL = 1 / 3

/** The best route of a stream fails on the way. */
export interface Outage {
  readonly route: string
  /** The decision, counted from 0, with which it begins. */
  readonly startsAt: number
  /** The table in which the rows that are played from then on tell of it. */
  readonly table: OutcomeTable
}

/**
 * After a third of the stream, the route that brings most over the whole of it loses 70 % of its quality. Its
 * cost stays, so nothing but feedback tells.
 * @param order rows of the table as they are played, each once.
 */
export function withOutage(table: OutcomeTable, order: readonly number[], lambda: number): Outage {
  const { bestFixedRoute: route } = yardsticks(table, order, lambda)
  const failing = table.routes.findIndex(({ id }) => id === route)
  const startsAt = Math.floor(order.length * WELL)
  const rows = [...table.rows]
  for (const index of order.slice(startsAt)) {
    const row = rows[index]
    if (row !== undefined) rows[index] = worse(row, failing)
  }
  return { route, startsAt, table: { ...table, rows } }
}

const worse = (row: OutcomeRow, failing: number): OutcomeRow => ({
  ...row,
  quality: row.quality.map((quality, i) => (i === failing ? quality * LEFT : quality)),
})
