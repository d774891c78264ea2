/** What every route would have answered to every prompt: the counterfactual that real traffic never shows. */
export interface OutcomeTable {
  readonly name: string
  readonly routes: readonly TableRoute[]
  readonly rows: readonly OutcomeRow[]
}

export interface TableRoute {
  /** `R1`, `R2`, … in the order of the table. */
  readonly id: string
  readonly model: string
}

export interface OutcomeRow {
  readonly id: string
  readonly prompt: string
  readonly task: string | null
  /** Quality of each route's answer, 0 to 1, in the order of `routes`. */
  readonly quality: readonly number[]
  /** What each route's answer costs, in USD. */
  readonly costUsd: readonly number[]
  /** How long each route takes, in ms. Absent: at once. */
  readonly latencyMs?: readonly number[]
}

/** Rewards by route for one row: quality − λ · cost. */
export function rewardsOf(row: OutcomeRow, lambda: number): number[] {
  return row.quality.map((quality, i) => quality - lambda * (row.costUsd[i] ?? 0))
}

export interface Yardsticks {
  /** Mean reward of a route drawn evenly for each prompt. */
  readonly random: number
  /** Mean reward of the one route that turns out best, known only afterwards. */
  readonly bestFixed: number
  readonly bestFixedRoute: string
  /** Mean reward of the best route for each prompt: out of reach for any learner. */
  readonly oracle: number
}

/** What the learner is measured against, over the rows that were played. */
export function yardsticks(
  table: OutcomeTable,
  played: Iterable<number>,
  lambda: number,
): Yardsticks {
  const sums = table.routes.map(() => 0)
  let oracle = 0
  let count = 0
  for (const index of played) {
    const row = table.rows[index]
    if (row === undefined) throw new RangeError(`no row ${index} in ${table.name}`)
    const rewards = rewardsOf(row, lambda)
    for (const [i, reward] of rewards.entries()) sums[i] = (sums[i] ?? 0) + reward
    oracle += Math.max(...rewards)
    count += 1
  }
  const total = sums.reduce((sum, one) => sum + one, 0)
  const best = Math.max(...sums)
  return {
    random: total / sums.length / count,
    bestFixed: best / count,
    bestFixedRoute: table.routes[sums.indexOf(best)]?.id ?? '',
    oracle: oracle / count,
  }
}
