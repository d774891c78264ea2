/**
 * What the router adds to a call: the same request to an upstream directly, through the router, and through one without a ledger, taking
 * turns, with upstream, routers and load generator on the same cores. One request at a time for the
 * latency, then 32 at a time for the throughput. At last feedback for as many decisions of each router, one at a time.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { Pool } from 'undici'
import { againstBars } from '../bars.ts'
import { quantile, tellReport } from '../report.ts'

const ROUNDS = 60
const WARM_UP_ROUNDS = 10
const CALLS_PER_TURN = 50
const BUSY_LANES = 32
const BUSY_CALLS = 6_000
const FEEDBACK_ROUNDS = 20
const BAR_MS = 0.5
const LEDGER_BAR_MS = 0.1
const QUESTION =
  'Janet has 16 eggs. She eats 3 and bakes with 4. How much does she make selling the rest at $2 each? '
const BODY = JSON.stringify({
  model: 'auto',
  messages: [
    { role: 'system', content: 'You are helpful.' },
    { role: 'user', content: QUESTION.repeat(6) },
  ],
})

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const children: ChildProcess[] = []

try {
  const upstreamUrl = await startUpstream()
  const poolOf = (url: string): Pool => new Pool(url, { connections: BUSY_LANES })
  const targets = [
    { name: 'direct', pool: poolOf(upstreamUrl) },
    { name: 'through the router', pool: poolOf(await startRouter(upstreamUrl, true)) },
    { name: 'the same without a ledger', pool: poolOf(await startRouter(upstreamUrl, false)) },
  ]
  const times = targets.map((): number[] => [])
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    for (const [i, { pool }] of targets.entries()) {
      for (let n = 0; n < CALLS_PER_TURN; n += 1) {
        const tookMs = await callMs(pool)
        if (round >= WARM_UP_ROUNDS) times[i]?.push(tookMs)
      }
    }
  }
  const rows: { name: string; p50Ms: number; p99Ms: number; perSecondAt32: number }[] = []
  for (const [i, { name, pool }] of targets.entries()) {
    const sorted = (times[i] ?? []).toSorted((a, b) => a - b)
    const [p50Ms, p99Ms] = [rounded(quantile(sorted, 0.5)), rounded(quantile(sorted, 0.99))]
    rows.push({ name, p50Ms, p99Ms, perSecondAt32: await busyPerSecond(pool) })
  }
  const [direct, routed, unwritten] = rows
  const addedMs = {
    p50: rounded((routed?.p50Ms ?? 0) - (direct?.p50Ms ?? 0)),
    p99: rounded((routed?.p99Ms ?? 0) - (direct?.p99Ms ?? 0)),
  }
  const ledgerMs = {
    p50: rounded((routed?.p50Ms ?? 0) - (unwritten?.p50Ms ?? 0)),
    p99: rounded((routed?.p99Ms ?? 0) - (unwritten?.p99Ms ?? 0)),
  }
  const feedback = await feedbackTimes(targets.slice(1))
  const what = 'a chat completion, ms per call, one at a time; and calls per second, 32 at a time'
  const bars = { barP50Ms: BAR_MS, ledgerBarP50Ms: LEDGER_BAR_MS }
  tellReport('gateway', { what, rows, addedMs, ledgerMs, feedback, ...bars }, () => {
    console.table(rows)
    console.log(`the router adds ${addedMs.p50} ms (p50), ${addedMs.p99} ms (p99)`)
    console.log(`of which the ledger ${ledgerMs.p50} ms (p50), ${ledgerMs.p99} ms (p99)`)
    console.table(feedback)
    console.table(
      againstBars({
        [`added, p50 ms (bar ≤ ${BAR_MS})`]: addedMs.p50,
        [`of which the ledger, p50 ms (bar ≤ ${LEDGER_BAR_MS})`]: ledgerMs.p50,
      }),
    )
  })
  await Promise.all(targets.map(({ pool }) => pool.close()))
} finally {
  for (const child of children) child.kill()
  rmSync(directory, { recursive: true, force: true })
}

async function startUpstream(): Promise<string> {
  const child = fork(join(import.meta.dirname, '..', 'gateway-upstream.ts'))
  children.push(child)
  const [port] = (await once(child, 'message')) as [number]
  return `http://127.0.0.1:${port}`
}

/** The built router as it is deployed: four routes, live. */
async function startRouter(upstreamUrl: string, hasLedger: boolean): Promise<string> {
  const route = { baseUrl: `${upstreamUrl}/v1`, model: 'bench', prices: { input: 1, output: 2 } }
  const config = {
    version: 1,
    routes: { R1: route, R2: route, R3: route, R4: route },
    rollout: { enabled: true, pilot: 1 },
    ledger: { enabled: hasLedger },
  }
  const dataDir = mkdtempSync(join(directory, 'run-'))
  const file = join(dataDir, 'router.json')
  writeFileSync(file, JSON.stringify(config))
  const main = join(import.meta.dirname, '..', '..', 'apps', 'router', 'dist', 'main.js')
  const child = spawn(
    process.execPath,
    [main, '--config', file, '--port', '0', '--data-dir', dataDir],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  children.push(child)
  let log = ''
  for await (const part of child.stderr.iterator({ destroyOnReturn: false })) {
    log += String(part)
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(log) ?? []
    if (url !== undefined) return url
  }
  throw new Error(`the router did not start: ${log}`)
}

async function callMs(pool: Pool): Promise<number> {
  const startMs = systemClock.monotonicMs()
  await post(pool, '/v1/chat/completions', BODY)
  return systemClock.monotonicMs() - startMs
}

/** @returns the id of the decision; empty where nobody decided. */
async function post(pool: Pool, path: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await pool.request({ method: 'POST', path, headers, body })
  await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`)
  return String(answer.headers['x-holdfast-decision'] ?? '')
}

/** How long feedback takes, until what it teaches is durable and, where there is a ledger, its line is. */
async function feedbackTimes(
  targets: readonly { readonly name: string; readonly pool: Pool }[],
): Promise<{ name: string; p50Ms: number; p99Ms: number }[]> {
  const times = targets.map((): number[] => [])
  for (let round = 0; round < FEEDBACK_ROUNDS; round += 1) {
    for (const [i, { pool }] of targets.entries()) {
      for (let n = 0; n < CALLS_PER_TURN; n += 1) {
        const decisionId = await post(pool, '/v1/chat/completions', BODY)
        const startMs = systemClock.monotonicMs()
        await post(pool, '/v1/feedback', JSON.stringify({ decisionId, quality: 1 }))
        times[i]?.push(systemClock.monotonicMs() - startMs)
      }
    }
  }
  return targets.map(({ name }, i) => {
    const sorted = (times[i] ?? []).toSorted((a, b) => a - b)
    const [p50Ms, p99Ms] = [rounded(quantile(sorted, 0.5)), rounded(quantile(sorted, 0.99))]
    return { name: `feedback ${name}`, p50Ms, p99Ms }
  })
}

async function busyPerSecond(pool: Pool): Promise<number> {
  const startMs = systemClock.monotonicMs()
  let left = BUSY_CALLS
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await callMs(pool)
    }
  }
  await Promise.all(Array.from({ length: BUSY_LANES }, lane))
  return Math.round(BUSY_CALLS / ((systemClock.monotonicMs() - startMs) / 1000))
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
