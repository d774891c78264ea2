import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { readStats, verifyLedger } from '@holdfast/ledger'
import {
  createRollout,
  isLive,
  readReceipt,
  replayReceipt,
  verifyReceipts,
  type DailyReport,
  type Rollout,
  type RolloutCommand,
} from '@holdfast/promotion'
import { systemClock } from '@holdfast/seams'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callerAt, served, type Caller, type Served } from './cluster/served.fixture.ts'
import type { Handler } from './http/fake-upstream.fixture.ts'
import { generatedTable } from './replay/generated-table.ts'

const JOB = fileURLToPath(new URL('daily-job.fixture.ts', import.meta.url))
/** Who asks. The same users come again and again, and each keeps its side of the rollout. */
const USERS = 300
/** Requests between two daily jobs. */
const A_DAY = 600
const LANES = 8
const WORKERS = 2

/** Models that answer with nonsense at the moment. */
const broken = new Set<string>()
const answers: Handler = (response, { model }) => {
  const content = broken.has(String(model)) ? 'nonsense' : 'an answer'
  const body = {
    id: 'c',
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const table = generatedTable(1, 4_000)
let sent = 0

interface Asked {
  readonly user: string
  readonly sentAtMs: number
  readonly route: string
}

/** One request, and what came of it: how good the answer was, and whether what was deployed upon it had to be taken back. */
async function askOnce({ post }: Pick<Caller, 'post'>): Promise<Asked> {
  const row = table.rows[sent % table.rows.length]
  if (row === undefined) throw new Error('unreachable')
  const user = `u${(sent * 7) % USERS}`
  sent += 1
  const sentAtMs = systemClock.wallMs()
  const { status, headers, body } = await post('/v1/chat/completions', {
    model: 'auto',
    user,
    messages: [{ role: 'user', content: row.prompt }],
  })
  expect({ status, body }).toMatchObject({ status: 200 })
  const isNonsense = JSON.stringify(body).includes('nonsense')
  const route = String(headers['x-holdfast-route'])
  const decisionId = headers['x-holdfast-decision']
  const quality = isNonsense ? 0 : (row.quality[Number(route.slice(1)) - 1] ?? 0)
  const deployment = { slo_ok: !isNonsense, rollback: isNonsense, error_rate: 0 }
  for (const part of [{ quality }, { deployment }]) {
    const told = await post('/v1/feedback', { decisionId, ...part })
    expect(told).toMatchObject({ status: 200 })
  }
  return { user, sentAtMs, route }
}

/** Traffic from several callers at once, until there is enough of it. */
async function traffic(
  url: string,
  isEnough: (asked: readonly Asked[]) => boolean,
): Promise<Asked[]> {
  const asked: Asked[] = []
  const lane = async (): Promise<void> => {
    await using caller = callerAt(url)
    while (!isEnough(asked)) asked.push(await askOnce(caller))
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return asked
}
const aDay = (url: string): Promise<Asked[]> => traffic(url, ({ length }) => length >= A_DAY)

/** Who is answered by another route than the guardrail at least once: the learned policy answers for them. */
const liveUsers = (asked: readonly Asked[]): Set<string> =>
  new Set(asked.flatMap(({ user, route }) => (route === 'R4' ? [] : [user])))

/** The policy answers for exactly those whom the stage lets in. What it chooses for them is the guardrail now and then. */
function expectPilot(live: ReadonlySet<string>, stage: number): void {
  const users = Array.from({ length: USERS }, (_, i) => `u${i}`)
  const pilot = new Set(users.filter((user) => isLive(user, stage / 100)))
  expect([...live].filter((user) => !pilot.has(user))).toEqual([])
  expect(live.size).toBeGreaterThan(0.8 * pilot.size)
}

interface Ended {
  readonly code: number | null
  readonly outcome: {
    readonly kind: string
    readonly from?: number
    readonly to?: number
    readonly reasons?: readonly string[]
    readonly acknowledgement?: Awaited<ReturnType<Rollout['acknowledged']>>
  }
}

/** Runs the daily job to its end, as a scheduler does; meanwhile requests go on. */
async function dailyJob(dataDir: string): Promise<Ended> {
  const child = spawn(process.execPath, [JOB, dataDir], {
    env: { PATH: process.env['PATH'], NOVA_BUILD_SHA: 'abc', NOVA_API_KEY: 'sk-very-secret' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = [text(child.stdout), text(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  if ((await out) === '') throw new Error(await err)
  return { code, outcome: JSON.parse(await out) as Ended['outcome'] }
}

/** What all processes of the router took less than a second for. */
function expectObeyed({ acknowledgement }: Ended['outcome']): void {
  if (acknowledgement?.kind !== 'acknowledged') throw new Error(JSON.stringify(acknowledgement))
  expect(acknowledgement.workers).toHaveLength(WORKERS)
  expect(acknowledgement.waitedMs).toBeLessThan(1_000)
}

describe('a rollout of a router, from its traffic to its users', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'))
  const dataDir = join(folder, 'run')
  const rollout = createRollout({ directory: join(dataDir, 'rollout') })
  let router: Served
  const start = async (): Promise<void> => {
    router = await served({
      workers: WORKERS,
      dataDir,
      models: table.routes.map(({ model }) => model),
      handler: answers,
      // An answer brings at most a quality of 1, and 1 for what was deployed upon it.
      config: { rollout: {}, learning: { priorMean: 2 } },
    })
  }
  /** Ends the router as an operator does, and starts it anew. */
  const restart = async (): Promise<void> => {
    router.run.child.kill('SIGTERM')
    expect(await router.run.ended).toMatchObject({ code: 0 })
    await router[Symbol.asyncDispose]()
    await start()
  }
  /** What a person does, with a reason; all processes obey. */
  const byHand = async (command: RolloutCommand): Promise<void> => {
    const result = await rollout.run(command, 'ana')
    if (result.kind !== 'moved') throw new Error(result.reasons.join('; '))
    expectObeyed({
      kind: 'moved',
      acknowledgement: await rollout.acknowledged({ seq: result.state.seq }),
    })
  }
  const begin = (): Promise<void> =>
    byHand({ kind: 'stage', stage: 10, reason: 'first users', verdict: null, isForced: false })
  beforeAll(start)
  afterAll(async () => {
    await router[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('climbs from 10 to 100 % on evidence, and a restart in between changes nothing', async () => {
    expect(liveUsers(await aDay(router.url)).size).toBe(0)
    await begin()
    for (const [from, to] of [
      [10, 25],
      [25, 50],
      [50, 75],
      [75, 100],
    ] as const) {
      if (from === 25) await restart()
      expectPilot(liveUsers(await aDay(router.url)), from)
      const { code, outcome } = await dailyJob(dataDir)
      expect({ code, ...outcome }).toMatchObject({ code: 0, kind: 'promoted', from, to })
      expectObeyed(outcome)
    }
    expectPilot(liveUsers(await aDay(router.url)), 100)
    expect((await dailyJob(dataDir)).outcome.kind).toBe('nothing-to-do')
  })

  it('falls back to the guardrail within a second when a bad route comes at 50 %', async () => {
    await byHand({ kind: 'begin', reason: 'another release', rollback: null })
    await begin()
    for (const from of [10, 25]) {
      await aDay(router.url)
      expect((await dailyJob(dataDir)).outcome).toMatchObject({ kind: 'promoted', from })
    }
    const routes = (await aDay(router.url)).map(({ route }) => route).filter((id) => id !== 'R4')
    const favourite = mostFrequent(routes)
    broken.add(table.routes[Number(favourite.slice(1)) - 1]?.model ?? '')
    await aDay(router.url)

    // Requests go on while the job judges, and until enough were sent a second after the rollback.
    let atMs = Infinity
    const [{ code, outcome }, asked] = await Promise.all([
      dailyJob(dataDir).then((ended) => {
        const { rollback } = rollout.files
        atMs = (JSON.parse(readFileSync(rollback, 'utf8')) as { readonly atMs: number }).atMs
        return ended
      }),
      traffic(
        router.url,
        (all) => all.filter(({ sentAtMs }) => sentAtMs > atMs + 1_000).length > 50,
      ),
    ])
    expect({ code, ...outcome }).toMatchObject({ code: 6, kind: 'rolled-back', from: 50, to: 0 })
    expect(outcome.reasons?.join()).toMatch(/rollbacks no-go/)
    expectObeyed(outcome)
    expect(asked.some(({ route, sentAtMs }) => route !== 'R4' && sentAtMs < atMs)).toBe(true)
    const late = asked.filter(({ sentAtMs }) => sentAtMs > atMs + 1_000)
    expect(new Set(late.map(({ route }) => route))).toEqual(new Set(['R4']))

    await restart()
    expect(liveUsers(await aDay(router.url)).size).toBe(0)
    // Green or not: nothing moves until a person begins again.
    expect((await dailyJob(dataDir)).outcome).toMatchObject({ kind: 'nothing-to-do' })
    expect(rollout.look().state).toMatchObject({ stage: 0, standing: { kind: 'rolled-back' } })
  })

  it('leaves a ledger, a report and receipts that anyone can check', async () => {
    const { rows, missing, malformed, duplicate } = await readStats(join(dataDir, 'ledger'))
    expect({ rows, missing, malformed, duplicate }).toEqual({
      rows: sent,
      missing: 0,
      malformed: 0,
      duplicate: 0,
    })
    expect(await verifyLedger(join(dataDir, 'ledger'))).toMatchObject({ isSound: true })
    const report = JSON.parse(
      readFileSync(join(dataDir, 'ops', 'report.json'), 'utf8'),
    ) as DailyReport
    expect(report.decisions).toBeGreaterThan(9 * A_DAY)

    const logs = join(dataDir, 'ops', 'logs')
    expect(await verifyReceipts(logs)).toMatchObject({ isWhole: true })
    for (const name of readdirSync(logs).filter((file) => /^anr_.*\.json$/.test(file))) {
      const path = join(logs, name)
      expect(readFileSync(path, 'utf8')).not.toContain('sk-very-secret')
      expect(replayReceipt(await readReceipt(path))).toMatchObject({ isSame: true })
    }
  })
})

function mostFrequent(values: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? ''
}
