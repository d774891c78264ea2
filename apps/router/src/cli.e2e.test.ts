import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runCli, startCli, type RouterProcess } from './cli.fixture.ts'
import { fakeUpstream, goodAnswer } from './http/fake-upstream.fixture.ts'
import { ledgerLines, ledgerRewards } from './learning/ledger-lines.fixture.ts'
import { generatedTable } from './replay/generated-table.ts'
import type { Report } from './replay/tally.ts'

let folder: string
let dataDir: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'))
  dataDir = join(folder, 'run')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A recorded table of `count` rows, as a file. */
function tableFile(count: number): string {
  const { routes, rows } = generatedTable(7, count)
  const named = (values: readonly number[]) =>
    Object.fromEntries(routes.map(({ model }, i) => [model, values[i]]))
  const lines = rows.map(({ id, prompt, quality, costUsd }) =>
    JSON.stringify({ id, prompt, score: named(quality), cost_usd: named(costUsd) }),
  )
  const path = join(folder, 'table.ndjson.gz')
  writeFileSync(path, gzipSync(`${lines.join('\n')}\n`))
  return path
}

describe('npm start -- --once --json', () => {
  it('prints one JSON document and nothing else on standard output', async () => {
    const { code, out, err } = await runCli([
      '--once',
      '--json',
      '--replay',
      tableFile(400),
      '--data-dir',
      dataDir,
    ])
    expect(code).toBe(0)
    const report = JSON.parse(out) as Report
    expect(report).toMatchObject({ decisions: 400, failed: 0, seed: 1, lambda: 40 })
    const { learner, random, bestFixed, oracle } = report.meanReward
    expect(oracle).toBeGreaterThan(Math.max(learner, bestFixed))
    expect(bestFixed).toBeGreaterThan(random)
    expect(Object.values(report.shareByRoute).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
    expect(report.spendUsd).toBeGreaterThan(0)
    expect(report.addedLatencyMs.p99).toBeGreaterThanOrEqual(report.addedLatencyMs.p50)
    expect(report.requestsPerSecond).toBeGreaterThan(0)
    expect(err).toContain('best fixed')
  })

  it('repeats every decision with its seed, and makes others with another', async () => {
    const table = tableFile(300)
    const playSeed = async (seed: string): Promise<Report> => {
      const args = [
        '--once',
        '--json',
        '--replay',
        table,
        '--seed',
        seed,
        '--data-dir',
        join(folder, seed),
      ]
      return JSON.parse((await runCli(args)).out) as Report
    }
    const first = await playSeed('5')
    const again = await playSeed('5')
    const other = await playSeed('6')
    expect(again.shareOverTime).toEqual(first.shareOverTime)
    expect(again.meanReward).toEqual(first.meanReward)
    expect(other.shareOverTime).not.toEqual(first.shareOverTime)
  })

  it('plays tables with as many routes as they have models, and only as many rows as asked', async () => {
    const path = join(folder, 'two.ndjson')
    const rows = Array.from({ length: 50 }, (_, i) => ({
      id: `${i}`,
      prompt: `question ${i}`,
      mixtral: i % 2,
      gpt4: 1,
    }))
    writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'))
    const args = [
      '--once',
      '--json',
      '--replay',
      path,
      '--limit',
      '20',
      '--concurrency',
      '4',
      '--data-dir',
      dataDir,
    ]
    const report = JSON.parse((await runCli(args)).out) as Report
    expect(report.decisions).toBe(20)
    expect(Object.keys(report.shareByRoute)).toEqual(['R1', 'R2'])
  })
})

/** The report of a replay of 1200 generated rows. */
async function reportOf(...more: string[]): Promise<Report> {
  const args = ['--once', '--json', '--replay', tableFile(1_200), ...more]
  const { out } = await runCli([...args, '--data-dir', join(folder, more.join('-'))])
  return JSON.parse(out) as Report
}

describe('a replay that knows something beforehand', () => {
  it('of the half that it does not play, does better from the first decision on', async () => {
    const cold = await reportOf()
    const warm = await reportOf('--prior-half', '--prior-count', '300')
    expect(cold.prior).toBeNull()
    expect(warm.prior).toEqual({ table: 'table', rows: 600, effectiveCount: 300 })
    expect(warm.decisions).toBe(600)
    expect(cold.meanReward.learner).toBeLessThan(cold.meanReward.bestFixed)
    expect(warm.meanReward.learner).toBeGreaterThan(warm.meanReward.bestFixed)
  })

  it('from a table of its own, says so', async () => {
    const prior = tableFile(500)
    const { out, err } = await runCli([
      '--once',
      '--json',
      '--limit',
      '50',
      '--prior',
      prior,
      '--data-dir',
      dataDir,
    ])
    expect(JSON.parse(out)).toMatchObject({ prior: { table: 'table', rows: 500 } })
    expect(err).toContain('knew 500 prompts beforehand, counting as 500')
  })
})

describe('npm start -- --once --scenario outage', () => {
  it('shows the learner get over the loss of its best route, beside those that do not', async () => {
    const args = ['--once', '--json', '--scenario', 'outage', '--replay', tableFile(1_500)]
    const { code, out, err } = await runCli([...args, '--data-dir', dataDir])
    expect(code).toBe(0)
    const { outage, decisions } = JSON.parse(out) as Report
    if (outage === null) throw new Error('the report must tell of the outage')
    expect(outage).toMatchObject({ halfLifeHours: 12, decisionsBefore: 500, decisionsAfter: 1_000 })
    expect(outage.bestFixedRouteAfter).not.toBe(outage.route)
    expect(decisions).toBe(1_500)
    const { before, after, recoveredAfter, halfLives } = outage
    expect(before.staticTable).toBeGreaterThan(before.bestFixed)
    expect(after.staticTable).toBeLessThan(after.bestFixed)
    expect(after.learner).toBeGreaterThan(after.staticTable + 0.05)
    expect(after.oracle).toBeGreaterThan(after.learner)
    expect(recoveredAfter.learner).toBeGreaterThanOrEqual(100)
    expect(halfLives.at(-1)).toEqual({
      hours: null,
      before: before.noForgetting,
      after: after.noForgetting,
      recoveredAfter: recoveredAfter.noForgetting,
    })
    expect(err).toContain(`${outage.route} lost 70 % of its quality after 500 decisions`)
  })

  it('plays the half that is not known beforehand, and holds it against a table that never learns', async () => {
    const warm = await reportOf('--scenario', 'outage', '--prior-half')
    expect(warm.prior).toMatchObject({ rows: 600 })
    const { before, after } = warm.outage ?? {}
    expect(warm.outage).toMatchObject({ decisionsBefore: 200, decisionsAfter: 400 })
    // It decides by the prompt, not always the same: better than any one route, until its best one fails.
    expect(before?.staticTable).toBeGreaterThan(before?.bestFixed ?? 1)
    expect(after?.staticTable).toBeLessThan(after?.bestFixed ?? 0)
  })
})

describe('a replay that is killed', () => {
  it('with kill -9 goes on with every reward that it acknowledged', async () => {
    const args = ['--once', '--json', '--replay', tableFile(3_000), '--data-dir', dataDir]
    await using first = startCli(args)
    // Two lines a decision: its own and its reward's.
    await vi.waitFor(() => expect(ledgerLines(dataDir).length).toBeGreaterThan(600), {
      timeout: 60_000,
      interval: 20,
    })
    first.child.kill('SIGKILL')
    expect((await first.ended).signal).toBe('SIGKILL')
    const acknowledged = ledgerRewards(dataDir).length

    const second = await runCli(args)
    expect(second.code).toBe(0)
    const learned = Number(/Going on with (\d+) updates/.exec(second.err)?.[1])
    // A reward that was learned in the moment of the kill may have been heard of by nobody.
    expect(learned - acknowledged).toBeGreaterThanOrEqual(0)
    expect(learned - acknowledged).toBeLessThanOrEqual(1)
    expect(JSON.parse(second.out)).toMatchObject({
      decisions: 3_000,
      failed: 0,
      learned: 3_000,
      resumedAfter: learned,
    })
    expect(second.err).toContain('no fair trial')
  })

  it('with Ctrl-C saves what it learned and ends with 130', async () => {
    await using run = startCli([
      '--once',
      '--json',
      '--replay',
      tableFile(3_000),
      '--data-dir',
      dataDir,
    ])
    await vi.waitFor(() => expect(ledgerLines(dataDir).length).toBeGreaterThan(200), {
      timeout: 60_000,
      interval: 20,
    })
    run.child.kill('SIGINT')
    const { code, out } = await run.ended
    expect(code).toBe(130)
    expect(out).toBe('')
    const acknowledged = ledgerRewards(dataDir).length
    await using again = startCli([
      '--once',
      '--json',
      '--replay',
      tableFile(3_000),
      '--data-dir',
      dataDir,
    ])
    await vi.waitFor(() => expect(again.err()).toContain(`Going on with ${acknowledged} updates`), {
      timeout: 60_000,
    })
    expect(existsSync(join(dataDir, 'report.json'))).toBe(false)
  })
})

describe('a command that cannot be carried out', () => {
  it('says what is wrong and what it may be, on standard error, with exit code 2', async () => {
    const garbage = join(folder, 'garbage.ndjson')
    writeFileSync(
      garbage,
      '{"id":"1","prompt":"x","score":{"a":1,"b":0},"cost_usd":{"a":0,"b":0}}\nnot json\n',
    )
    const foreign = join(folder, 'foreign.ndjson')
    writeFileSync(foreign, '{"id":"1","prompt":"x","mixtral":1,"gpt4":0}\n')
    const cases: [string[], string][] = [
      [['--replay', join(folder, 'none.ndjson')], 'cannot be read'],
      [['--replay', garbage], `${garbage}:2: is not JSON`],
      [['--lambda', 'much'], 'must be a number from 0'],
      [['--seed', '1.5'], 'must be an integer'],
      [['--features', 'seven'], 'six, surface22'],
      [['--colour'], "unknown option '--colour'"],
      [['--config', 'router.json'], "cannot be used with option '--once'"],
      [['--prior-count', '100'], 'it needs --prior or --prior-half'],
      [['--prior-half', '--prior', 'x.ndjson'], 'cannot be used with option'],
      [['--prior', foreign], 'has none for R1, R2, R3, R4'],
      [['--prior-half', '--limit', '1'], 'a table of one row has no halves'],
      [['--scenario', 'outage', '--limit', '2'], 'it needs at least 3 prompts, got 2'],
      [['--scenario', 'flood'], 'Allowed choices are outage'],
    ]
    for (const [args, message] of cases) {
      const { code, out, err } = await runCli([...args, '--once', '--data-dir', dataDir])
      expect(err).toContain(message)
      expect(err).not.toContain('    at ')
      expect({ code, out }).toEqual({ code: 2, out: '' })
    }
    expect(existsSync(dataDir)).toBe(false)
  })

  it.runIf(process.platform === 'linux')('because nothing can be made there says so', async () => {
    const { code, err } = await runCli(['--once', '--limit', '5', '--data-dir', '/proc/nope'])
    expect(code).toBe(1)
    expect(err).toContain("mkdir '/proc/nope'")
  })

  it('because the port is taken touches nothing and says what to do', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as { port: number }
    const { code, err } = await runCli([
      '--limit',
      '10',
      '--port',
      `${port}`,
      '--data-dir',
      dataDir,
    ])
    expect(code).toBe(1)
    expect(err).toContain(`127.0.0.1:${port} is taken by another program`)
    expect(existsSync(dataDir)).toBe(false)
    server.close()
  })
})

/** A short replay in the folder of the test. */
const play = (...more: string[]) =>
  runCli(['--once', '--json', '--limit', '20', '--data-dir', dataDir, ...more])

describe('the files of a replay', () => {
  it('stay apart from any other file in their folder, run after run', async () => {
    await play()
    writeFileSync(join(dataDir, 'mine.txt'), 'not to be touched')
    for (let run = 0; run < 3; run += 1) expect((await play()).code).toBe(0)
    expect(readFileSync(join(dataDir, 'mine.txt'), 'utf8')).toBe('not to be touched')
    expect(readdirSync(join(dataDir, 'previous'))).toContain('report.json')
  })

  it('are not taken up by a replay with other settings, which would be no fair trial', async () => {
    await play()
    rmSync(join(dataDir, 'report.json')) // As if it had been cut short.
    expect((await play('--lambda', '300')).err).not.toContain('Going on')
    rmSync(join(dataDir, 'report.json'))
    expect((await play('--lambda', '300')).err).toContain('Going on with 20 updates')
  })

  it('leave no router running when the report cannot be kept, and the report was printed', async () => {
    await using run = startCli(['--once', '--json', '--limit', '500', '--data-dir', dataDir])
    await vi.waitFor(() => expect(existsSync(join(dataDir, 'replay.json'))).toBe(true), {
      timeout: 20_000,
      interval: 5,
    })
    mkdirSync(join(dataDir, 'report.json'))
    const { code, out, err } = await run.ended
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ decisions: 500 })
    expect(err).toContain('report.json')
    expect(ledgerRewards(dataDir)).toHaveLength(500)
  })

  it('are never mixed with those of a router', async () => {
    await play()
    rmSync(join(dataDir, 'replay.json'))
    const held = (): string[] =>
      readdirSync(join(dataDir, 'learned'), { recursive: true }).map(String).toSorted()
    const before = held()
    const { code, err } = await play()
    expect(code).toBe(1)
    expect(err).toContain('holds what a router has learned')
    expect(held()).toEqual(before)
  })

  it('belong to one run at a time, whatever port it has', async () => {
    await using first = startCli(['--limit', '20', '--port', '0', '--data-dir', dataDir])
    await vi.waitFor(() => expect(first.err()).toContain('Serving on'), { timeout: 20_000 })
    const { code, err } = await play()
    expect(code).toBe(1)
    expect(err).toContain(`another router works in ${dataDir}`)
  })
})

const unusedRoute = { baseUrl: 'http://127.0.0.1:9', model: 'm', prices: { input: 1, output: 1 } }

/** What to call it with, to serve these routes from the test's data directory. */
function serving(routes: object, more: object = {}): string[] {
  const path = join(folder, 'router.json')
  writeFileSync(path, JSON.stringify({ version: 1, routes, ...more }))
  return ['--config', path, '--port', '0', '--data-dir', dataDir]
}

const listening = (run: RouterProcess): Promise<string> =>
  vi.waitFor(
    () => {
      const [, url] = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(run.err()) ?? []
      if (url === undefined) throw new Error('not listening yet')
      return url
    },
    { timeout: 20_000 },
  )

describe('npm start -- --config', () => {
  it('serves real upstreams, shadow and guardrail first, until it is told to stop', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const route = { baseUrl: upstream.baseUrl, model: 'm', prices: { input: 1, output: 1 } }
    await using run = startCli(serving({ R1: route, R2: route, R3: route, R4: route }))
    const url = await listening(run)
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }] }),
    })
    expect(answer.headers.get('x-holdfast-route')).toBe('R4')
    run.child.kill('SIGTERM')
    expect(await run.ended).toMatchObject({ code: 0, signal: null })
    expect(readdirSync(dataDir)).toContain('ledger')
  })

  it('begins with what a table says, if it names one', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const route = (model: string) => ({ ...unusedRoute, baseUrl: upstream.baseUrl, model })
    const row = { id: '1', prompt: 'hi', score: { a: 0.2, b: 0.9 }, cost_usd: { a: 0, b: 0 } }
    const rows = Array.from({ length: 50 }, () => JSON.stringify(row))
    writeFileSync(join(folder, 'known.ndjson'), rows.join('\n'))
    const args = serving(
      { R1: route('a'), R2: route('b'), R4: route('a') },
      {
        prior: { table: 'known.ndjson' },
        rollout: { enabled: true, pilot: 1 },
        learning: { epsilon: 0 },
      },
    )
    await using run = startCli(args)
    const url = await listening(run)
    expect(run.err()).toContain('warm start from 50 rows of known')
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }] }),
    })
    expect(answer.headers.get('x-holdfast-route')).toBe('R2')
  })

  it('waits for a router that ends, and then has its directory', async () => {
    const args = serving({ R1: unusedRoute, R4: unusedRoute })
    await using first = startCli(args)
    await listening(first)
    await using second = startCli(args)
    await vi.waitFor(
      () => expect(second.err()).toContain(`(process ${first.child.pid}) works here`),
      {
        timeout: 20_000,
      },
    )
    expect(second.err()).not.toContain('listening on')
    first.child.kill('SIGTERM')
    expect((await first.ended).code).toBe(0)
    await listening(second)
  })

  it('gives up at once when it may not wait, and when it is told to while it waits', async () => {
    const args = serving({ R1: unusedRoute, R4: unusedRoute })
    await using first = startCli(args)
    await listening(first)
    const { code, err } = await runCli(args, { NOVA_ANR_LOCK_TIMEOUT: '0' })
    expect(code).toBe(1)
    expect(err).toContain(`another router works in ${dataDir} (process ${first.child.pid})`)

    await using patient = startCli(args, { NOVA_ANR_LOCK_TIMEOUT: '600' })
    await vi.waitFor(() => expect(patient.err()).toContain('works here'), { timeout: 20_000 })
    patient.child.kill('SIGTERM')
    expect((await patient.ended).code).toBe(130)
  })

  it('names everything that is wrong with the file at once', async () => {
    const path = join(folder, 'router.json')
    writeFileSync(path, JSON.stringify({ version: 2, lambda: 'x', routes: {} }))
    const { code, err } = await runCli(['--config', path])
    expect(code).toBe(2)
    for (const field of ['version:', 'lambda:', 'routes:']) expect(err).toContain(field)
  })
})
