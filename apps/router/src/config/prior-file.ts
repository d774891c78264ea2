import { resolve } from 'node:path'
import { matchRoutes, type RouteColumn } from '../replay/match-routes.ts'
import type { OutcomeTable } from '../replay/outcome-table.ts'
import { TableError, readTable } from '../replay/read-table.ts'
import { recordOf } from './config-file.ts'

/** The table that `prior.table` names, and its column of each route. */
export interface PriorFile {
  readonly table: OutcomeTable
  readonly columns: readonly RouteColumn[]
}

/**
 * Reads the table of a warm start. Like `problemsBetweenFields` it looks at the configuration as it was
 * written, so that its problems are told together with all others.
 * @param directory what a relative path starts from.
 * @returns null where no table is named, or it cannot be used.
 */
export function readPriorFile(
  input: unknown,
  directory: string,
  problems: string[],
): PriorFile | null {
  const { prior, routes } = recordOf(input)
  const { table: path } = recordOf(prior)
  if (typeof path !== 'string' || path === '') return null
  const table = tableAt(resolve(directory, path), problems)
  if (table === null) return null
  const named = Object.entries(recordOf(routes)).map(([id, route]) => {
    const { model } = recordOf(route)
    return { id, model: typeof model === 'string' ? model : '' }
  })
  const matched = matchRoutes(named, table)
  if (matched.kind === 'matched') return { table, columns: matched.columns }
  problems.push(`prior.table: ${matched.problem}`)
  return null
}

function tableAt(path: string, problems: string[]): OutcomeTable | null {
  try {
    return readTable(path)
  } catch (error) {
    if (!(error instanceof TableError)) throw error
    problems.push(`prior.table: ${error.message}`)
    return null
  }
}
