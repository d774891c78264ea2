import { describe, expect, it } from 'vitest'
import { withOutage } from './outage.ts'
import type { OutcomeTable } from './outcome-table.ts'

/** Of nine prompts the second model answers all well, at a price. */
const table: OutcomeTable = {
  name: 'recorded',
  routes: [
    { id: 'R1', model: 'small' },
    { id: 'R2', model: 'large' },
  ],
  rows: Array.from({ length: 9 }, (_, i) => ({
    id: `${i}`,
    prompt: 'x',
    task: null,
    quality: [0.5, 1],
    costUsd: [0, 0.01],
  })),
}
const order = [8, 0, 7, 1, 6, 2, 5, 3, 4]
const qualityOf = (index: number, lambda = 10): readonly number[] | undefined =>
  withOutage(table, order, lambda).table.rows[index]?.quality

describe('an outage', () => {
  it('takes 70 % of the quality of the best route, after a third of the stream as it is played', () => {
    expect(withOutage(table, order, 10)).toMatchObject({ route: 'R2', startsAt: 3 })
    for (const index of order.slice(0, 3)) expect(qualityOf(index)).toEqual([0.5, 1])
    for (const index of order.slice(3)) expect(qualityOf(index)).toEqual([0.5, 0.3])
  })

  it('strikes the route that is best at this λ, and leaves the costs', () => {
    expect(withOutage(table, order, 100).route).toBe('R1')
    expect(qualityOf(4, 100)).toEqual([0.15, 1])
    expect(withOutage(table, order, 10).table.rows[4]?.costUsd).toEqual([0, 0.01])
  })

  it('changes neither the table it is given nor rows that are not played', () => {
    const { rows } = withOutage(table, order.slice(0, 6), 10).table
    expect(rows[4]).toBe(table.rows[4])
    expect(table.rows.every(({ quality }) => quality[1] === 1)).toBe(true)
  })
})
