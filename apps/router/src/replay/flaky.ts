import type { Random } from '@holdfast/seams'
import type { OutcomeTable } from './outcome-table.ts'

/**
 * What an upstream does while it is in trouble: answers 500, resets the connection, says nothing, takes long, breaks off in
 * the middle of an answer, or answers 429 with a Retry-After.
 */
export type FaultKind = 'error' | 'reset' | 'hang' | 'slow' | 'cut' | 'limit'

/** One upstream's trouble. */
export interface Fault {
  /** Which route of the table. */
  readonly route: number
  readonly kind: FaultKind
  /** It begins with the request of this number, counted from 0, and ends before that of number `until`. */
  readonly from: number
  readonly until: number
}

/** The fewest routes and requests of the scenario. */
export const FLAKY_ROUTES = 4
export const FLAKY_ROWS = 200

/** Who is in trouble (the first three other routes, and the guardrail), how, and in which part of the stream. */
const COURSE: readonly (readonly [who: number | 'guardrail', FaultKind, number, number])[] = [
  [0, 'error', 0.1, 0.22],
  [1, 'hang', 0.16, 0.28],
  [2, 'reset', 0.36, 0.48],
  ['guardrail', 'limit', 0.42, 0.54],
  [1, 'slow', 0.6, 0.7],
  [0, 'cut', 0.65, 0.75],
  ['guardrail', 'reset', 0.82, 0.9],
]

/**
 * Which upstream is in trouble when. Two overlap, three never do, and between them all is well for a while.
 * @param rows      requests that are sent, at least `FLAKY_ROWS`.
 * @param routes    of the table, at least `FLAKY_ROUTES`.
 * @param guardrail which of them is the guardrail.
 */
export function flakyPlan(rows: number, routes: number, guardrail: number): Fault[] {
  const others = Array.from({ length: routes }, (_, i) => i).filter((i) => i !== guardrail)
  return COURSE.map(([who, kind, from, until]) => ({
    route: who === 'guardrail' ? guardrail : (others[who] ?? guardrail),
    kind,
    from: Math.floor(rows * from),
    until: Math.floor(rows * until),
  }))
}

/** Most answers of a model that is well take about this long, in ms; one in a hundred takes three times as long. */
export const TYPICAL_LATENCY_MS = 20
const SPREAD = 0.5

/** The table with latencies as they are in real life, log-normal around 20 ms, whatever it said of them. */
export function withLatencies(table: OutcomeTable, random: Random): OutcomeTable {
  const latency = (): number => TYPICAL_LATENCY_MS * Math.exp(SPREAD * normal(random))
  const rows = table.rows.map((row) => ({ ...row, latencyMs: table.routes.map(latency) }))
  return { ...table, rows }
}

/** A draw from the standard normal distribution (Box and Muller). */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()))
  return radius * Math.cos(2 * Math.PI * random.next())
}
