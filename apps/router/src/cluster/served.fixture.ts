import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'undici'
import { expect, vi } from 'vitest'
import { startCli, type RouterProcess } from '../cli.fixture.ts'
import {
  fakeUpstream,
  goodAnswer,
  type FakeUpstream,
  type Handler,
} from '../http/fake-upstream.fixture.ts'

/** Waits until what `check` expects is true; it never takes so long unless it will not come true. */
export const until = <T>(check: () => T): Promise<Awaited<T>> =>
  vi.waitFor(check, { timeout: 30_000, interval: 10 }) as Promise<Awaited<T>>

/** The processes that a process has started from its main thread and that live. */
export function childrenOf({ child: { pid } }: RouterProcess): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

export function isAlive(pid: number): boolean {
  try {
    // A killed process that nobody has waited for yet is dead all the same.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false // It has no status any more.
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Parsed, if it is JSON. */
  readonly body: unknown
}

/** One connection to one worker. */
export interface Caller extends AsyncDisposable {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body: object): Promise<Answer>
  /** Sends a chat completion. @returns the id of its decision. */
  ask(model?: string): Promise<string>
}

/** A built router of several processes, with an upstream of its own. */
export interface Served extends AsyncDisposable {
  readonly run: RouterProcess
  readonly url: string
  readonly dataDir: string
  readonly upstream: FakeUpstream
  /** What the first process and the others wrote of this kind of fact. */
  told(kind: string): Record<string, unknown>[]
  /** Process ids of the workers that listen, the youngest last; waits until there are as many as there should be. */
  workers(): Promise<number[]>
  /** Connects to one of them: while all others are stopped, nobody else takes the connection. */
  to(pid: number): Promise<Caller>
}

export interface ServedOptions {
  readonly workers?: number
  /** Of the routes R1, R2, …, of which the last is the guardrail. Default two. */
  readonly models?: readonly string[]
  readonly config?: object
  readonly env?: Record<string, string>
  /** Default one of its own, that is removed. */
  readonly dataDir?: string
  readonly handler?: Handler
}

export async function served(options: ServedOptions = {}): Promise<Served> {
  const { workers = 2, models = ['model-1', 'model-2'], config, env } = options
  const { handler = goodAnswer } = options
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
  const dataDir = options.dataDir ?? join(folder, 'run')
  const upstream = await fakeUpstream(handler)
  const route = (model: string) => ({
    baseUrl: upstream.baseUrl,
    model,
    prices: { input: 0, output: 0 },
  })
  const file = {
    version: 1,
    routes: Object.fromEntries(models.map((model, i) => [`R${i + 1}`, route(model)])),
    guardrail: `R${models.length}`,
    rollout: { enabled: true, pilot: 1 },
    workers,
    ...config,
  }
  writeFileSync(join(folder, 'router.json'), JSON.stringify(file))
  const args = ['--config', join(folder, 'router.json'), '--port', '0', '--data-dir', dataDir]
  const run = startCli(args, env)
  const dispose = async (): Promise<void> => {
    await run[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
  const told = (kind: string): Record<string, unknown>[] =>
    run
      .err()
      .split('\n')
      .filter((line) => line.includes(`"kind":"${kind}"`) && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const alive = (): Promise<number[]> =>
    until(() => {
      const pids = told('router.worker-started').map(({ workerPid }) => Number(workerPid))
      const living = pids.filter(isAlive)
      expect(living).toHaveLength(workers)
      return living
    })
  let url: string
  try {
    url = await until(() => {
      const [, found] = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(run.err()) ?? []
      if (found === undefined) throw new Error(`it does not listen: ${run.err()}`)
      return found
    })
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    run,
    url,
    dataDir,
    upstream,
    told,
    workers: alive,
    async to(pid) {
      const others = (await alive()).filter((other) => other !== pid)
      for (const other of others) process.kill(other, 'SIGSTOP')
      try {
        const caller = callerAt(url)
        expect((await caller.get('/healthz')).status).toBe(200)
        return caller
      } finally {
        for (const other of others) process.kill(other, 'SIGCONT')
      }
    },
    [Symbol.asyncDispose]: dispose,
  }
}

/** A connection of its own to whichever worker takes it. */
export function callerAt(url: string): Caller {
  // Kept for as long as any test takes.
  const client = new Client(url, { keepAliveTimeout: 600_000 })
  const post = async (path: string, body: object): Promise<Answer> =>
    answered(
      await client.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    )
  return {
    get: async (path, headers = {}) =>
      answered(await client.request({ method: 'GET', path, headers })),
    post,
    async ask(model = 'auto') {
      const messages = [{ role: 'user', content: 'What is 2 + 2?' }]
      const { status, headers } = await post('/v1/chat/completions', { model, messages })
      expect(status).toBe(200)
      return String(headers['x-holdfast-decision'])
    },
    [Symbol.asyncDispose]: () => client.destroy(),
  }
}

async function answered({
  statusCode,
  headers,
  body,
}: Awaited<ReturnType<Client['request']>>): Promise<Answer> {
  const text = await body.text()
  const isJson = String(headers['content-type']).includes('json')
  return { status: statusCode, headers, body: isJson ? JSON.parse(text) : text }
}
