import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Clock } from '@holdfast/seams'
import { recordedFacts, type RecordedFacts } from '@holdfast/seams/testing'
import type { ConfigInput } from '../config/config-file.ts'
import { checkConfig } from '../config/read-config.ts'
import { startRouter, type RunningRouter } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'

export interface FakeUpstream extends AsyncDisposable {
  readonly baseUrl: string
  /** Bodies received, parsed, oldest first. */
  readonly calls: Record<string, unknown>[]
  readonly headers: IncomingMessage['headers'][]
  /** Calls whose connection is still held: neither answered to the end nor let go. */
  readonly held: number
  connections(): Promise<number>
}

export type Handler = (response: ServerResponse, call: Record<string, unknown>) => void

/** An upstream on loopback that does what a test wants. */
export async function fakeUpstream(handler: Handler): Promise<FakeUpstream> {
  const calls: Record<string, unknown>[] = []
  const headers: IncomingMessage['headers'][] = []
  let held = 0
  const server = createServer((request, response) => {
    held += 1
    response.once('close', () => {
      held -= 1
    })
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const call = JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>
      calls.push(call)
      headers.push(request.headers)
      handler(response, call)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    calls,
    headers,
    get held() {
      return held
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

/** An answer as the OpenAI API gives it. */
export const goodAnswer: Handler = (response, { model }) => {
  const body = {
    id: 'c1',
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 },
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export interface TestRouter extends AsyncDisposable {
  readonly router: RunningRouter
  readonly facts: RecordedFacts<RouterFact>
  readonly dataDir: string
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>
  ask(body?: Record<string, unknown>, init?: RequestInit): Promise<Response>
}

export interface TestRouterOptions {
  readonly baseUrls: readonly string[]
  readonly config?: Partial<ConfigInput>
  readonly timeoutMs?: number
  readonly env?: Record<string, string>
  readonly dataDir?: string
  readonly clock?: Clock
}

/** A router over the given upstreams, live for everybody unless told otherwise. */
export async function testRouter(options: TestRouterOptions): Promise<TestRouter> {
  const { baseUrls, timeoutMs = 5_000, env = {}, clock = systemClock } = options
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'router-'))
  const facts = recordedFacts<RouterFact>()
  const input: ConfigInput = {
    version: 1,
    routes: Object.fromEntries(
      baseUrls.map((baseUrl, i) => [
        `R${i + 1}`,
        { baseUrl, model: `model-${i + 1}`, prices: { input: 1, output: 2 }, timeoutMs },
      ]),
    ),
    guardrail: `R${baseUrls.length}`,
    rollout: { enabled: true, pilot: 1 },
    ...options.config,
  }
  const config = checkConfig('test', input, env, { dataDir, port: 0 })
  const router = await startRouter(config, { observe: facts.observe, clock })
  const post = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
    fetch(`${router.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    })
  return {
    router,
    facts,
    dataDir,
    post,
    ask: (body = {}, init) =>
      post(
        '/v1/chat/completions',
        { model: 'auto', messages: [{ role: 'user', content: 'What is 2 + 2?' }], ...body },
        init,
      ),
    async [Symbol.asyncDispose]() {
      await router.stop('the test is over')
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
