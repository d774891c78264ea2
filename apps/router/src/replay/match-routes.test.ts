import { describe, expect, it } from 'vitest'
import { matchRoutes } from './match-routes.ts'
import type { OutcomeTable } from './outcome-table.ts'

const tableOf = (...models: string[]): OutcomeTable => ({
  name: 'recorded',
  routes: models.map((model, i) => ({ id: `R${i + 1}`, model })),
  rows: [],
})
const routes = [
  { id: 'R1', model: 'small' },
  { id: 'R2', model: 'large' },
]

describe('the columns of a table that was recorded for other routes', () => {
  it('are found by the model of a route, in whatever order they are, and the rest is left out', () => {
    expect(matchRoutes(routes, tableOf('large', 'huge', 'small'))).toEqual({
      kind: 'matched',
      columns: [
        { route: 'R1', column: 2 },
        { route: 'R2', column: 0 },
      ],
    })
  })

  it('are found by the id of a route first: two routes may have one model', () => {
    const twins = [
      { id: 'near', model: 'small' },
      { id: 'far', model: 'small' },
    ]
    expect(matchRoutes(twins, tableOf('small', 'far'))).toMatchObject({
      columns: [{ column: 0 }, { column: 1 }],
    })
  })

  it('never match by place: that the first column is called R1 says nothing of its model', () => {
    expect(matchRoutes(routes, tableOf('mixtral', 'large'))).toEqual({
      kind: 'unmatched',
      problem:
        'must have a column for every route, by its id or its model, and has none for R1; ' +
        'the routes are R1 (small), R2 (large); the columns are mixtral, large',
    })
  })
})
