/**
 * Whether the router leaks: a real router process before four real upstream processes, of which one resets streams in
 * their middle and one is stopped (kill -STOP) and goes on (kill -CONT) again and again; thousands of slow clients; and
 * beside them as many requests as `--requests` says. Looks at the router's open sockets and memory all the while.
 *
 * Options: --requests=200000 --clients=10000. With far fewer requests the process is still growing, and its memory not yet flat.
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
import type { SlowClients } from '../soak-clients.ts'
import { settledSockets, stopAgainAndAgain, watchRouter } from '../soak-watch.ts'

const REQUESTS = optionOf('requests', 200_000)
const CLIENTS = optionOf('clients', 10_000)
/** Before the sockets are counted first; and beside everything else, before the memory is. */
const FIRST_REQUESTS = 1_000
const WARM_UP = REQUESTS / 10
const LANES = 32
/** Every fourth answer is a stream. */
const STREAM_EVERY = 4
const STOPPED_MS = 3_000
const GOING_MS = 7_000
const BAR_MEMORY = 1.1

const directory = mkdtempSync(join(tmpdir(), 'holdfast-soak-'))
const children: ChildProcess[] = []
const statuses = new Map<string, number>()
let done = 0
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endAll()
    process.exit(1)
  })
}

try {
  const upstreams = [
    await startUpstream('resets'),
    await startUpstream('plain'),
    await startUpstream('plain'),
    await startUpstream('plain'),
  ]
  const router = await startRouter(upstreams.map(({ url }) => url))
  await send(router.url, FIRST_REQUESTS)
  const baseline = await settledSockets(router.pid)
  const slow = await startClients(router.url)
  const stopped = stopAgainAndAgain(
    (signal) => upstreams[1]?.child.kill(signal),
    STOPPED_MS,
    GOING_MS,
  )
  await send(router.url, WARM_UP)
  statuses.clear()
  done = 0

  const watching = watchRouter(router, () => done)
  const startMs = systemClock.monotonicMs()
  await send(router.url, REQUESTS)
  const tookS = (systemClock.monotonicMs() - startMs) / 1000
  const samples = await watching.end()
  const stops = await stopped.end()
  const clients = slow.now()
  slow.child.send('stop')
  const endedMs = systemClock.monotonicMs()
  const after = await settledSockets(router.pid, baseline)
  const settledAfterS = (systemClock.monotonicMs() - endedMs) / 1000

  const first = samples.filter((sample) => sample.done <= REQUESTS / 3)
  const last = samples.filter((sample) => sample.done > (REQUESTS * 2) / 3)
  const memory = {
    rssFirstThirdMb: median(first.map(({ rssMb }) => rssMb)),
    rssLastThirdMb: median(last.map(({ rssMb }) => rssMb)),
    heapFirstThirdMb: median(first.map(({ heapMb }) => heapMb)),
    heapLastThirdMb: median(last.map(({ heapMb }) => heapMb)),
  }
  const sockets = {
    baseline,
    most: Math.max(...samples.map((sample) => sample.sockets)),
    after,
    settledAfterS: rounded(settledAfterS),
  }
  const load = {
    requests: REQUESTS,
    perSecond: Math.round(REQUESTS / tookS),
    answers: Object.fromEntries(statuses),
    slowClientsWanted: CLIENTS,
    slowClientsAtOnce: slow.most(),
    slowClientsInAll: clients.opened,
    stops,
  }
  const isMet = {
    sockets: after <= baseline,
    memory: memory.rssLastThirdMb <= BAR_MEMORY * memory.rssFirstThirdMb,
  }
  const what =
    'sockets and memory of a router under load, with stopped upstreams, resets and slow clients'
  tellReport('soak', { what, load, sockets, memory, barMemory: BAR_MEMORY, isMet }, () => {
    console.log(load, sockets, memory)
    console.table(
      againstBars({
        [`sockets left behind (bar ≤ 0)`]: after - baseline,
        [`memory, last third / first (bar ≤ ${BAR_MEMORY})`]:
          memory.rssLastThirdMb / memory.rssFirstThirdMb,
      }),
    )
  })
  if (!isMet.sockets || !isMet.memory) process.exitCode = 1
} finally {
  endAll()
}

function endAll(): void {
  for (const child of children) {
    child.kill('SIGCONT')
    child.kill('SIGKILL')
  }
  rmSync(directory, { recursive: true, force: true })
}

async function startUpstream(how: string): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(join(import.meta.dirname, '..', 'soak-upstream.ts'), [how])
  children.push(child)
  const [port] = (await once(child, 'message')) as [number]
  return { child, url: `http://127.0.0.1:${port}` }
}

/** The built router, with times as short as its upstreams are quick, asking every route alike. */
async function startRouter(urls: readonly string[]): Promise<{ url: string; pid: number }> {
  const config = {
    version: 1,
    routes: Object.fromEntries(urls.map((url, i) => [`R${i + 1}`, routeOf(url)])),
    rollout: { enabled: true, pilot: 1 },
    // Decisions wait for feedback that never comes: few, so that their number is soon the same all the time.
    learning: { epsilon: 1, pendingLimit: 5_000 },
    breaker: { openMs: 500, longestOpenMs: 2_000, probe: { timeoutMs: 500 } },
  }
  const file = join(directory, 'router.json')
  writeFileSync(file, JSON.stringify(config))
  const main = join(import.meta.dirname, '..', '..', 'apps', 'router', 'dist', 'main.js')
  const child = spawn(
    process.execPath,
    [main, '--config', file, '--port', '0', '--data-dir', join(directory, 'run')],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  children.push(child)
  let log = ''
  const url = await new Promise<string>((resolve, reject) => {
    // It is read to the end: a router that nobody listens to waits for room in its pipe, and answers nobody.
    child.stderr.on('data', (part: Buffer) => {
      log = `${log}${String(part)}`.slice(-10_000)
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(log) ?? []
      if (url !== undefined) resolve(url)
    })
    child.once('exit', () => reject(new Error(`the router did not start: ${log}`)))
  })
  return { url, pid: child.pid ?? 0 }
}

function routeOf(url: string) {
  return {
    baseUrl: `${url}/v1`,
    model: 'soak',
    prices: { input: 1, output: 2 },
    timeoutMs: 1_000,
  }
}

/** Starts the slow clients, and waits until all are there, or no more come. */
async function startClients(url: string) {
  const child = fork(join(import.meta.dirname, '..', 'soak-clients.ts'), [url, String(CLIENTS)])
  children.push(child)
  let now: SlowClients = { open: 0, opened: 0, broken: 0 }
  let most = 0
  child.on('message', (told: SlowClients) => {
    now = told
    most = Math.max(most, told.open)
  })
  for (let before = -1; now.open < CLIENTS && now.open > before;) {
    before = now.open
    await systemClock.sleep(3_000)
  }
  return { child, now: () => now, most: () => most }
}

async function send(url: string, count: number): Promise<void> {
  const pool = new Pool(url, { connections: LANES })
  let sent = 0
  const lane = async (): Promise<void> => {
    while (sent < count) {
      sent += 1
      const isStream = sent % STREAM_EVERY === 0
      const status = await ask(pool, isStream)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      done += 1
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  await pool.close()
}

/** @returns how it went: the status, or that a stream broke off or a connection did. */
async function ask(pool: Pool, isStream: boolean): Promise<string> {
  try {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'auto',
        stream: isStream,
        messages: [{ role: 'user', content: 'How many eggs are left?' }],
      }),
    })
    const text = await body.text()
    if (statusCode !== 200) return String(statusCode)
    return isStream && !text.endsWith('data: [DONE]\n\n') ? 'stream broke off' : '200'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

function optionOf(name: string, usual: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`))
  return given === undefined ? usual : Number(given.slice(name.length + 3))
}
