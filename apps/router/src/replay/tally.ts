import { rewardsOf, yardsticks, type OutcomeTable, type Yardsticks } from './outcome-table.ts'
import type { FlakyReport } from './flaky-report.ts'
import type { Answered, OutageReport } from './outage-report.ts'
import { quantile } from './quantile.ts'
import type { Outcome } from './traffic.ts'
import type { PriorSource } from './warm-start.ts'

/** Points of the chart of shares over time. */
const SLICES = 40

/** A replay's result. The field names are those of `--json`. */
export interface Report {
  readonly table: string
  readonly seed: number
  readonly lambda: number
  readonly decisions: number
  readonly failed: number
  readonly meanReward: Pick<Yardsticks, 'random' | 'bestFixed' | 'oracle'> & {
    readonly learner: number
  }
  readonly bestFixedRoute: string
  readonly spendUsd: number
  readonly shareByRoute: Readonly<Record<string, number>>
  /** Shares of the routes in consecutive slices of the run. */
  readonly shareOverTime: readonly Readonly<Record<string, number>>[]
  readonly addedLatencyMs: { readonly p50: number; readonly p99: number }
  readonly requestsPerSecond: number
  /** How many processes answered. */
  readonly workers: number
  /** Rewards that were learned from; as many as `decisions`, which were all acknowledged. */
  readonly learned: number
  /** Rewards of a run that was cut short, which this one had learned from already: above 0 it is no fair trial. */
  readonly resumedAfter: number
  /** What the learner knew beforehand; null when it started from nothing. */
  readonly prior: PriorSource | null
  /** How `--scenario outage` went; null without it. */
  readonly outage: OutageReport | null
  /** How `--scenario flaky` went; null without it. */
  readonly flaky: FlakyReport | null
}

/** Adds up a replay as it goes. */
export interface Tally {
  readonly decisions: number
  /** What was answered, in the order of the answers. */
  readonly answered: readonly Answered[]
  readonly failed: number
  readonly meanReward: number
  readonly spendUsd: number
  readonly shares: Readonly<Record<string, number>>
  readonly add: (outcome: Pick<Outcome, 'row' | 'route' | 'status'>) => void
  readonly addLatency: (addedMs: number) => void
  addedLatencyMs(): { readonly p50: number; readonly p99: number }
  report(
    seed: number,
    elapsedMs: number,
  ): Omit<Report, 'flaky' | 'learned' | 'outage' | 'prior' | 'resumedAfter' | 'workers'>
}

export function createTally(table: OutcomeTable, lambda: number, planned: number): Tally {
  const answered: Answered[] = []
  const counts = new Map(table.routes.map(({ id }) => [id, 0]))
  const slices: Map<string, number>[] = []
  const added: number[] = []
  let rewards = 0
  let spendUsd = 0
  let failed = 0

  const sharesOf = (counted: ReadonlyMap<string, number>): Record<string, number> => {
    const total = [...counted.values()].reduce((sum, one) => sum + one, 0)
    return Object.fromEntries(
      table.routes.map(({ id }) => [id, total === 0 ? 0 : (counted.get(id) ?? 0) / total]),
    )
  }
  const tally: Tally = {
    answered,
    get decisions() {
      return answered.length
    },
    get failed() {
      return failed
    },
    get meanReward() {
      return answered.length === 0 ? 0 : rewards / answered.length
    },
    get spendUsd() {
      return spendUsd
    },
    get shares() {
      return sharesOf(counts)
    },
    add({ row, route, status }) {
      const chosen = table.routes.findIndex(({ id }) => id === route)
      const outcome = table.rows[row]
      if (status !== 200 || outcome === undefined || route === null || chosen < 0) {
        failed += 1
        return
      }
      const slice = Math.floor((answered.length / planned) * SLICES)
      const inSlice = (slices[slice] ??= new Map())
      inSlice.set(route, (inSlice.get(route) ?? 0) + 1)
      counts.set(route, (counts.get(route) ?? 0) + 1)
      const reward = rewardsOf(outcome, lambda)[chosen] ?? 0
      answered.push({ row, reward })
      rewards += reward
      spendUsd += outcome.costUsd[chosen] ?? 0
    },
    addLatency: (addedMs) => void added.push(addedMs),
    addedLatencyMs: () => ({ p50: quantile(added, 0.5), p99: quantile(added, 0.99) }),
    report(seed, elapsedMs) {
      const played = answered.map(({ row }) => row)
      const { random, bestFixed, bestFixedRoute, oracle } = yardsticks(table, played, lambda)
      return {
        table: table.name,
        seed,
        lambda,
        decisions: played.length,
        failed,
        meanReward: { learner: tally.meanReward, random, bestFixed, oracle },
        bestFixedRoute,
        spendUsd,
        shareByRoute: sharesOf(counts),
        // `filter` also skips the slices in which nothing was answered.
        shareOverTime: slices.filter((slice) => slice !== undefined).map(sharesOf),
        addedLatencyMs: tally.addedLatencyMs(),
        requestsPerSecond: played.length / (elapsedMs / 1000),
      }
    },
  }
  return tally
}
