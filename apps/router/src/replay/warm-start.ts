import { priorFromTable, type OutcomeRow, type Prior } from '@holdfast/linucb'
import { features, type FeatureOptions } from '../decide/features.ts'
import { LARGEST_COST_USD, reward } from '../decide/reward.ts'
import type { RouteColumn } from './match-routes.ts'
import type { OutcomeTable } from './outcome-table.ts'

/** What the learner knows before its first decision, and where it is from. */
export interface WarmStart extends PriorSource {
  readonly prior: Prior
  /** What reading and adding up took, in ms. */
  readonly tookMs: number
}

/** Where a prior is from, as reports tell it. */
export interface PriorSource {
  readonly table: string
  readonly rows: number
  /** Most observations that a route's rows count for. */
  readonly effectiveCount: number
}

export interface WarmStartOptions {
  readonly table: OutcomeTable
  /** The table's column of each route. */
  readonly columns: readonly RouteColumn[]
  readonly features: FeatureOptions
  /** Whether callers will say what kind of task it is; if not, the table's tasks are not looked at. */
  readonly seesTask: boolean
  /** λ: quality per US dollar. */
  readonly lambda: number
  /** A number from 1 to 10⁶. */
  readonly effectiveCount: number
}

/** Adds up a table of outcomes as if the router had seen its prompts and tried every route on each. */
export function warmStartOf(options: WarmStartOptions): Omit<WarmStart, 'tookMs'> {
  const { table, effectiveCount } = options
  const prior = priorFromTable(outcomes(options), effectiveCount)
  return { table: table.name, rows: table.rows.length, effectiveCount, prior }
}

function* outcomes({
  table,
  columns,
  features: seen,
  seesTask,
  lambda,
}: WarmStartOptions): Generator<OutcomeRow> {
  for (const { prompt, task, quality, costUsd } of table.rows) {
    const context = features(prompt, seesTask ? (task ?? undefined) : undefined, seen)
    for (const { route, column } of columns) {
      const cost = Math.min(costUsd[column] ?? 0, LARGEST_COST_USD)
      yield { arm: route, context, reward: reward(quality[column] ?? 0, cost, lambda) }
    }
  }
}
