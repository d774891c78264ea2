/**
 * Recorded traffic through the router, over real HTTP, five seeds a table: the learner beside the best fixed
 * route, from nothing with each set of features, and knowing a random half of the table beforehand; and how
 * it gets over an outage of its best route. Plays the tables of ../shared/data that are there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tellReport } from '../report.ts'

const root = join(import.meta.dirname, '..', '..')
const data = join(root, '..', 'shared', 'data')
const SEEDS = [1, 2, 3, 4, 5]
const STARTS = { nothing: [], half: ['--prior-half'] }
const tables = [
  { table: 'pareto4', lambda: 300 },
  { table: 'pareto4', lambda: 50 },
  { table: 'routellm', lambda: 40 },
  { table: 'llmrouter', lambda: 100 },
  { table: 'mmlupro', lambda: 100 },
].filter(({ table }) => existsSync(fileOf(table)))

interface Table {
  readonly table: string
  readonly lambda: number
}

/** What is used of a router's report. */
interface Played {
  readonly meanReward: { readonly learner: number; readonly bestFixed: number }
  readonly outage: {
    readonly before: { readonly learner: number; readonly staticTable: number }
    readonly after: Readonly<
      Record<'learner' | 'noForgetting' | 'staticTable' | 'bestFixed' | 'oracle', number>
    >
    readonly recoveredAfter: {
      readonly learner: number | null
      readonly noForgetting: number | null
    }
    readonly halfLives: readonly {
      readonly hours: number | null
      readonly before: number
      readonly after: number
    }[]
  }
}

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
try {
  const rows = tables.flatMap((table) =>
    ['surface22', 'six'].map((features) => fromNothing(table, features)),
  )
  const warm = tables.map(knowingHalf)
  const inOutages = tables.flatMap((table) =>
    Object.entries(STARTS).map(([start, options]) => playOutage(table, start, options)),
  )
  const outages = inOutages.map(({ outage }) => outage)
  const halfLives = inOutages.flatMap(({ halfLives: some }) => some)
  const what = 'mean reward of one pass over a recorded table, mean of five seeds'
  tellReport('replay', { what, seeds: SEEDS, rows, warm, outages, halfLives }, () => {
    for (const part of [rows, warm, outages, halfLives]) console.table(part)
  })
} finally {
  rmSync(directory, { recursive: true })
}

function fromNothing(table: Table, features: string) {
  const played = SEEDS.map((seed) => play(table, seed, '--features', features))
  const learner = played.map(({ meanReward }) => meanReward.learner)
  return {
    ...table,
    features,
    learner: mean(learner),
    worst: rounded(Math.min(...learner)),
    bestFixed: rounded(played[0]?.meanReward.bestFixed ?? 0),
  }
}

function knowingHalf(table: Table) {
  const played = SEEDS.map((seed) => play(table, seed, '--prior-half'))
  const gains = played.map(({ meanReward }) => meanReward.learner - meanReward.bestFixed)
  return {
    ...table,
    learner: mean(played.map(({ meanReward }) => meanReward.learner)),
    bestFixed: mean(played.map(({ meanReward }) => meanReward.bestFixed)),
    gain: mean(gains),
    worstGain: rounded(Math.min(...gains)),
    won: gains.filter((gain) => gain > 0).length,
  }
}

function playOutage(table: Table, start: string, options: readonly string[]) {
  const all = SEEDS.map((seed) => play(table, seed, '--scenario', 'outage', ...options)).map(
    ({ outage }) => outage,
  )
  const after = (who: keyof Played['outage']['after']): number =>
    mean(all.map((outage) => outage.after[who]))
  const gains = all.map((outage) => outage.after.learner - outage.after.staticTable)
  const outage = {
    ...table,
    start,
    learnerBefore: mean(all.map(({ before }) => before.learner)),
    staticTableBefore: mean(all.map(({ before }) => before.staticTable)),
    learner: after('learner'),
    noForgetting: after('noForgetting'),
    staticTable: after('staticTable'),
    bestFixed: after('bestFixed'),
    oracle: after('oracle'),
    worstGain: rounded(Math.min(...gains)),
    recoveredAfter: median(all.map(({ recoveredAfter }) => recoveredAfter.learner)),
    recoveredAfterNoForgetting: median(
      all.map(({ recoveredAfter }) => recoveredAfter.noForgetting),
    ),
  }
  const halfLives = (all[0]?.halfLives ?? []).map(({ hours }, i) => ({
    ...table,
    start,
    hours,
    before: mean(all.map((one) => one.halfLives[i]?.before ?? Number.NaN)),
    after: mean(all.map((one) => one.halfLives[i]?.after ?? Number.NaN)),
  }))
  return { outage, halfLives }
}

function fileOf(table: string): string {
  return join(data, `${table}.dev.ndjson.gz`)
}

function play({ table, lambda }: Table, seed: number, ...more: string[]): Played {
  const main = join(root, 'apps', 'router', 'dist', 'main.js')
  const args = ['--once', '--json', '--replay', fileOf(table), '--lambda', `${lambda}`]
  const { stdout } = spawnSync(
    process.execPath,
    [main, ...args, ...more, '--seed', `${seed}`, '--data-dir', directory],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 26,
    },
  )
  return JSON.parse(stdout) as Played
}

function mean(rewards: readonly number[]): number {
  return rounded(rewards.reduce((sum, one) => sum + one, 0) / rewards.length)
}

/** Null, never, is later than any number of decisions. */
function median(decisions: readonly (number | null)[]): number | null {
  const sorted = decisions.map((one) => one ?? Infinity).toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Infinity
  return middle === Infinity ? null : middle
}

function rounded(reward: number): number {
  return Number(reward.toFixed(4))
}
