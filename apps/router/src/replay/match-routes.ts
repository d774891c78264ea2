import type { OutcomeTable } from './outcome-table.ts'

/** A route, as far as a table of outcomes can know it. */
export interface NamedRoute {
  readonly id: string
  readonly model: string
}

/** Which column of the table tells of a route. */
export interface RouteColumn {
  readonly route: string
  readonly column: number
}

export type Matched =
  | { readonly kind: 'matched'; readonly columns: readonly RouteColumn[] }
  | { readonly kind: 'unmatched'; readonly problem: string }

/**
 * Finds each route's column in a table that was recorded for other routes: the one that is named as the
 * route's id, or else as its model. Columns that no route asks for are left out.
 */
export function matchRoutes(
  routes: readonly NamedRoute[],
  { routes: table }: OutcomeTable,
): Matched {
  const names = table.map(({ model }) => model)
  const columns = routes.map(({ id, model }) => ({
    route: id,
    column: names.includes(id) ? names.indexOf(id) : names.indexOf(model),
  }))
  const missing = columns.filter(({ column }) => column === -1).map(({ route }) => route)
  if (missing.length === 0) return { kind: 'matched', columns }
  const known = routes.map(({ id, model }) => `${id} (${model})`).join(', ')
  return {
    kind: 'unmatched',
    problem:
      `must have a column for every route, by its id or its model, and has none for ` +
      `${missing.join(', ')}; the routes are ${known}; the columns are ${names.join(', ')}`,
  }
}
