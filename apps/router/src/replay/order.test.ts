import { seededRandom } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { generatedTable } from './generated-table.ts'
import { halvesOf } from './order.ts'

const table = generatedTable(1, 101)
const idsOf = ({ rows }: typeof table): string[] => rows.map(({ id }) => id)
const halves = (seed: number) => halvesOf(table, seededRandom(seed))

describe('the halves of a table', () => {
  it('hold every row once, and none in both', () => {
    const { known, played } = halves(1)
    expect([known.rows.length, played.rows.length]).toEqual([50, 51])
    expect([...idsOf(known), ...idsOf(played)].toSorted()).toEqual(idsOf(table).toSorted())
    expect(known.routes).toBe(table.routes)
  })

  it('are drawn by the seed, not by the place of a row', () => {
    expect(idsOf(halves(1).known)).toEqual(idsOf(halves(1).known))
    expect(idsOf(halves(1).known)).not.toEqual(idsOf(halves(2).known))
    const firsts = new Set(idsOf(table).slice(0, 50))
    expect(idsOf(halves(1).known).every((id) => firsts.has(id))).toBe(false)
  })
})
