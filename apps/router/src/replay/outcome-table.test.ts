import { describe, expect, it } from 'vitest'
import { generatedTable } from './generated-table.ts'
import { yardsticks, type OutcomeTable } from './outcome-table.ts'

const table: OutcomeTable = {
  name: 'two',
  routes: [
    { id: 'R1', model: 'cheap' },
    { id: 'R2', model: 'dear' },
  ],
  rows: [
    { id: '0', prompt: 'a', task: null, quality: [1, 1], costUsd: [0, 0.01] },
    { id: '1', prompt: 'b', task: null, quality: [0, 1], costUsd: [0, 0.01] },
  ],
}

describe('the yardsticks of a table', () => {
  it('are the even draw, the best single route and the best route per prompt', () => {
    const { random, bestFixed, bestFixedRoute, oracle } = yardsticks(table, [0, 1], 10)
    expect(random).toBeCloseTo((0.5 + 0.9) / 2)
    expect(bestFixed).toBeCloseTo(0.9)
    expect(bestFixedRoute).toBe('R2')
    expect(oracle).toBeCloseTo((1 + 0.9) / 2)
  })

  it('count only what was played', () => {
    expect(yardsticks(table, [0], 10)).toMatchObject({ bestFixed: 1, bestFixedRoute: 'R1' })
  })
})

describe('the generated table', () => {
  it('is the same for the same seed', () => {
    expect(generatedTable(3, 50)).toEqual(generatedTable(3, 50))
    expect(generatedTable(3, 50)).not.toEqual(generatedTable(4, 50))
  })

  it('has no route that is best for everything, so that there is something to learn', () => {
    const generated = generatedTable(1, 4_000)
    const { random, bestFixed, oracle } = yardsticks(generated, generated.rows.keys(), 40)
    expect(bestFixed).toBeGreaterThan(random + 0.05)
    expect(oracle).toBeGreaterThan(bestFixed + 0.05)
  })
})
