import type { Random } from '@holdfast/seams'
import type { OutcomeTable } from './outcome-table.ts'

/** The numbers from 0 to `count` − 1 in random order (Fisher and Yates). */
export function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i -= 1) {
    const j = random.integer(i + 1)
    const held = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = held
  }
  return order
}

/** A table in two random halves: one to learn from beforehand, the other, never seen, to be played. */
export interface Halves {
  readonly known: OutcomeTable
  /** One row more than `known` where their number is odd. */
  readonly played: OutcomeTable
}

export function halvesOf(table: OutcomeTable, random: Random): Halves {
  const order = shuffled(table.rows.length, random)
  const middle = Math.floor(order.length / 2)
  const part = (from: number, to: number): OutcomeTable => ({
    ...table,
    rows: order.slice(from, to).flatMap((index) => table.rows[index] ?? []),
  })
  return { known: part(0, middle), played: part(middle, order.length) }
}
