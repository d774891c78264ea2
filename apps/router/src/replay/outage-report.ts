import { seededRandom } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import { banditOptions } from '../decide/bandit-options.ts'
import { features } from '../decide/features.ts'
import type { Outage } from './outage.ts'
import { rewardsOf, yardsticks } from './outcome-table.ts'
import { recoveredAfter } from './recovery.ts'
import { replayIds } from './replay-ids.ts'
import { simulate, simulateStatic, type Prompt } from './simulate.ts'
import { warmStartOf } from './warm-start.ts'

/** Mean rewards of the learner and of those it is measured against. */
export interface OutageRewards {
  readonly learner: number
  /** The same learner, simulated, if it never forgot. */
  readonly noForgetting: number
  /** A rule that is never updated: what the prior teaches, or else all outcomes of the prompts before the outage. */
  readonly staticTable: number
  /** The route that turns out best in this part of the stream. */
  readonly bestFixed: number
  readonly oracle: number
}

/** What the same learner would have brought with a certain half-life, simulated. */
export interface HalfLife {
  /** After how many hours a lesson counts half; null never forgets. A decision is a minute. */
  readonly hours: number | null
  readonly before: number
  readonly after: number
  readonly recoveredAfter: number | null
}

/** How an outage was met. */
export interface OutageReport {
  /** The route that failed. */
  readonly route: string
  /** The learner's half-life; null never forgets. */
  readonly halfLifeHours: number | null
  readonly decisionsBefore: number
  readonly decisionsAfter: number
  readonly before: OutageRewards
  readonly after: OutageRewards
  readonly bestFixedRouteAfter: string
  /** Decisions from the outage until the learner was back for the first time; null: not in this stream. */
  readonly recoveredAfter: {
    readonly learner: number | null
    readonly noForgetting: number | null
  }
  /** From the shortest half-life to none. */
  readonly halfLives: readonly HalfLife[]
}

const HALF_LIVES = [2, 4, 8, 12, 24, 48, null]

/** What the router got for a row. */
export interface Answered {
  readonly row: number
  readonly reward: number
}

export interface OutageReportOptions {
  readonly outage: Outage
  /** Rows as they were sent. */
  readonly order: readonly number[]
  /** Rows as they were answered. */
  readonly answered: readonly Answered[]
  readonly config: Config
  readonly seed: number
  readonly sendTask: boolean
}

/** Compares the router with learners that are simulated over the stream it had, before and after the outage. */
export async function outageReport(options: OutageReportOptions): Promise<OutageReport> {
  const { outage, order, answered, config } = options
  const { startsAt, table, route } = outage
  const early = order.slice(0, startsAt)
  const late = order.slice(startsAt)
  const isLate = new Set(late)
  const learnerLate = answered.filter(({ row }) => isLate.has(row)).map(({ reward }) => reward)
  const learnerEarly = answered.filter(({ row }) => !isLate.has(row)).map(({ reward }) => reward)
  const bestEarly = yardsticks(table, early, config.lambda)
  const bestLate = yardsticks(table, late, config.lambda)

  const stream = streamOf(options)
  const never = await simulated(options, stream, null)
  const known = staticTable(options, stream)
  const level = mean(known.slice(startsAt))
  const back = (rewards: readonly number[]): number | null =>
    recoveredAfter(rewards, level, bestLate.bestFixed)
  const halfLives: HalfLife[] = []
  for (const hours of HALF_LIVES) {
    const rewards = hours === null ? never : await simulated(options, stream, hours)
    const after = rewards.slice(startsAt)
    const before = mean(rewards.slice(0, startsAt))
    halfLives.push({ hours, before, after: mean(after), recoveredAfter: back(after) })
  }
  return {
    route,
    halfLifeHours: config.learning.halfLifeHours,
    decisionsBefore: startsAt,
    decisionsAfter: late.length,
    before: {
      learner: mean(learnerEarly),
      noForgetting: mean(never.slice(0, startsAt)),
      staticTable: mean(known.slice(0, startsAt)),
      bestFixed: bestEarly.bestFixed,
      oracle: bestEarly.oracle,
    },
    after: {
      learner: mean(learnerLate),
      noForgetting: mean(never.slice(startsAt)),
      staticTable: level,
      bestFixed: bestLate.bestFixed,
      oracle: bestLate.oracle,
    },
    bestFixedRouteAfter: bestLate.bestFixedRoute,
    recoveredAfter: { learner: back(learnerLate), noForgetting: back(never.slice(startsAt)) },
    halfLives,
  }
}

/** What the learner would have got with another half-life, in the same order and with the same ids. */
function simulated(
  { config, seed }: OutageReportOptions,
  stream: readonly Prompt[],
  halfLifeHours: number | null,
): Promise<number[]> {
  const learner = { bandit: banditOptions(config), caps: config.caps, halfLifeHours }
  return simulate(stream, learner, replayIds(seededRandom(seed)))
}

/** What the prior teaches; with none, what every route's outcomes teach of the prompts before the outage. */
function staticTable(options: OutageReportOptions, stream: readonly Prompt[]): number[] {
  const { outage, order, config, sendTask } = options
  const bandit = banditOptions(config)
  if (bandit.prior !== undefined) return simulateStatic(stream, bandit)
  const { startsAt, table } = outage
  const rows = order.slice(0, startsAt).flatMap((index) => table.rows[index] ?? [])
  const { prior } = warmStartOf({
    table: { ...table, rows },
    columns: table.routes.map(({ id }, column) => ({ route: id, column })),
    features: config.features,
    seesTask: sendTask,
    lambda: config.lambda,
    effectiveCount: rows.length,
  })
  return simulateStatic(stream, { ...bandit, prior })
}

function streamOf({ outage, order, config, sendTask }: OutageReportOptions): Prompt[] {
  const { table } = outage
  return order.flatMap((index) => {
    const row = table.rows[index]
    if (row === undefined) return []
    const task = sendTask ? (row.task ?? undefined) : undefined
    return {
      context: features(row.prompt, task, config.features),
      rewards: rewardsOf(row, config.lambda),
    }
  })
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
