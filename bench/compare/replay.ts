/**
 * Recorded traffic through the router, over real HTTP, five seeds a table: the learner beside the best fixed
 * route, with each set of features. Plays the tables of ../shared/data that are there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tellReport } from '../report.ts'

const root = join(import.meta.dirname, '..', '..')
const data = join(root, '..', 'shared', 'data')
const SEEDS = [1, 2, 3, 4, 5]
const tables = [
  { table: 'pareto4', lambda: 300 },
  { table: 'pareto4', lambda: 50 },
  { table: 'routellm', lambda: 40 },
  { table: 'llmrouter', lambda: 100 },
  { table: 'mmlupro', lambda: 100 },
].filter(({ table }) => existsSync(fileOf(table)))

interface Played {
  readonly meanReward: { readonly learner: number; readonly bestFixed: number }
}

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
try {
  const rows = tables.flatMap(({ table, lambda }) =>
    ['surface22', 'six'].map((features) => {
      const played = SEEDS.map((seed) => play(table, lambda, seed, features))
      const learner = played.map(({ meanReward }) => meanReward.learner)
      return {
        table,
        lambda,
        features,
        learner: rounded(learner.reduce((sum, one) => sum + one, 0) / learner.length),
        worst: rounded(Math.min(...learner)),
        bestFixed: rounded(played[0]?.meanReward.bestFixed ?? 0),
      }
    }),
  )
  const what = 'mean reward of one pass over a recorded table, mean of five seeds'
  tellReport('replay', { what, seeds: SEEDS, rows }, () => console.table(rows))
} finally {
  rmSync(directory, { recursive: true })
}

function fileOf(table: string): string {
  return join(data, `${table}.dev.ndjson.gz`)
}

function play(table: string, lambda: number, seed: number, features: string): Played {
  const main = join(root, 'apps', 'router', 'dist', 'main.js')
  const args = ['--once', '--json', '--replay', fileOf(table), '--lambda', `${lambda}`]
  const more = ['--seed', `${seed}`, '--features', features]
  const { stdout } = spawnSync(
    process.execPath,
    [main, ...args, ...more, '--data-dir', directory],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  return JSON.parse(stdout) as Played
}

function rounded(reward: number): number {
  return Number(reward.toFixed(4))
}
