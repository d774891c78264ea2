import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openFileStore } from '@holdfast/bandit-store'
import { seededRandom, systemRandom } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { startCli } from '../cli.fixture.ts'
import { featureNames } from '../decide/features.ts'
import { ledgerLines } from '../learning/ledger-lines.fixture.ts'
import { generatedTable } from '../replay/generated-table.ts'
import type { Report } from '../replay/tally.ts'
import { childrenOf, isAlive, until } from './served.fixture.ts'

// The recorded tables lie beside the repository, where there are any; they are not part of it.
const PARETO = fileURLToPath(
  new URL('../../../../../shared/data/pareto4.dev.ndjson.gz', import.meta.url),
)
/** Without its table a test is skipped; in CI it fails, unless that CI is known to be without. */
const mayBeMissing =
  process.env['CI'] !== 'true' || process.env['HOLDFAST_WITHOUT'] === 'recorded-data'

const KILLS = 5

/** Plays a table with two workers, of which one stays and whoever takes the other's place is killed, again and again. */
async function replayWithKills(dataDir: string, rows: number, ...args: string[]): Promise<Report> {
  const seed = systemRandom.integer(2 ** 31)
  // Printed, so that a failure can be looked for where it was.
  process.stderr.write(`kills of seed ${seed}\n`)
  const random = seededRandom(seed)
  const more = ['--once', '--json', '--workers', '2', '--data-dir', dataDir]
  await using run = startCli([...args, ...more])
  const survivor = await until(() => {
    const workers = childrenOf(run)
    expect(workers).toHaveLength(2)
    return workers[random.integer(2)]
  })
  // Two lines a decision, its own and its reward's: so all of it happens in the first half.
  const moments = Array.from({ length: KILLS }, () => random.integer(rows))
  for (const moment of moments.toSorted((a, b) => a - b)) {
    const pid = await until(() => {
      expect(ledgerLines(dataDir).length).toBeGreaterThanOrEqual(moment)
      // It may be over before the last kill, as each successor is started after a longer pause.
      if (!isAlive(run.child.pid ?? 0)) return null
      const others = childrenOf(run).filter((worker) => worker !== survivor && isAlive(worker))
      expect(others).toHaveLength(1)
      return others[0] ?? null
    })
    if (pid === null) break
    process.kill(pid, 'SIGKILL')
  }
  const { code, out, err } = await run.ended
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
  expect(err.split('"kind":"router.worker-ended"').length).toBeGreaterThan(2)
  return JSON.parse(out) as Report
}

/** What a replay left on the disk. */
async function storedDecisions(dataDir: string): Promise<number> {
  const dim = featureNames({ set: 'surface22', taskSlots: 8 }).length
  await using store = await openFileStore(join(dataDir, 'learned'), { dim })
  expect(await store.verify()).toMatchObject({ isSound: true })
  return store.read().decisions
}

describe('a replay with two workers, of which one is killed (kill -9) in mid-replay, again and again', () => {
  it('has learned from every reward that was acknowledged, and from no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'killed-'))
    const dataDir = join(folder, 'run')
    const { routes, rows } = generatedTable(7, 2_500)
    const named = (values: readonly number[]) =>
      Object.fromEntries(routes.map(({ model }, i) => [model, values[i]]))
    const text = rows.map(({ id, prompt, quality, costUsd }) =>
      JSON.stringify({ id, prompt, score: named(quality), cost_usd: named(costUsd) }),
    )
    writeFileSync(join(folder, 'table.ndjson'), text.join('\n'))
    const report = await replayWithKills(dataDir, 2_500, '--replay', join(folder, 'table.ndjson'))
    expect(report).toMatchObject({ decisions: 2_500, failed: 0, workers: 2, learned: 2_500 })
    expect(await storedDecisions(dataDir)).toBe(2_500)
    rmSync(folder, { recursive: true })
  })

  it.skipIf(mayBeMissing && !existsSync(PARETO))(
    'has done so on recorded traffic of four models at λ 300 (needs ../shared/data)',
    async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'killed-'))
      const args = ['--replay', PARETO, '--lambda', '300']
      const report = await replayWithKills(dataDir, 1_766, ...args)
      expect(report).toMatchObject({ decisions: 1_766, failed: 0, workers: 2, learned: 1_766 })
      expect(await storedDecisions(dataDir)).toBe(1_766)
      rmSync(dataDir, { recursive: true })
    },
  )
})
