import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lacking } from '@holdfast/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { startCli } from '../cli.fixture.ts'

const FIXTURE = join(import.meta.dirname, 'streaming-upstream.fixture.ts')
const REASON = lacking({})
/** An idle connection to an upstream is kept for 4 s. */
const SETTLE = { timeout: 30_000, interval: 100 }

interface Upstream extends Disposable {
  readonly child: ChildProcess
  readonly url: string
}

async function startUpstream(how: 'plain' | 'resets'): Promise<Upstream> {
  const child = spawn(process.execPath, [FIXTURE, how], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    child,
    url: `http://127.0.0.1:${Number(line.toString())}`,
    [Symbol.dispose]() {
      child.kill('SIGCONT')
      child.kill('SIGKILL')
    },
  }
}

/** The built router over these upstreams, in turn as R1, R2 and so on; it asks all of them alike. */
async function startOver(upstreams: readonly Upstream[], timeoutMs = 500) {
  const directory = mkdtempSync(join(tmpdir(), 'sockets-'))
  const config = {
    version: 1,
    routes: Object.fromEntries(
      upstreams.map(({ url }, i) => [
        `R${i + 1}`,
        { baseUrl: `${url}/v1`, model: 'm', prices: { input: 1, output: 1 }, timeoutMs },
      ]),
    ),
    guardrail: `R${upstreams.length}`,
    rollout: { enabled: true, pilot: 1 },
    learning: { epsilon: 1 },
    breaker: { minimumCalls: 3, openMs: 200, longestOpenMs: 400, probe: { timeoutMs: 300 } },
  }
  const file = join(directory, 'router.json')
  writeFileSync(file, JSON.stringify(config))
  const router = startCli(['--config', file, '--port', '0', '--data-dir', join(directory, 'run')])
  const listening = (): string => {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(router.err()) ?? []
    if (url === undefined) throw new Error(router.err())
    return url
  }
  const url = await vi.waitFor(listening, SETTLE)
  const pid = router.child.pid ?? 0
  return {
    url,
    sockets: () => socketsOf(pid),
    async [Symbol.asyncDispose]() {
      await router[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter((fd) => {
    try {
      return readlinkSync(join(folder, fd)).startsWith('socket:')
    } catch {
      // It was closed between the two looks.
      return false
    }
  }).length
}

const bodyOf = (call: object): string =>
  JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }], ...call })

/** One request on a connection of its own. @param onBeginning hears the first part of the answer. */
async function ask(
  url: string,
  call: object = {},
  onBeginning: () => void = () => {},
): Promise<{ status: number; text: string }> {
  const request = httpRequest(`${url}/v1/chat/completions`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
  })
  request.end(bodyOf(call))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const part of response) {
    if (text === '') onBeginning()
    text += String(part)
  }
  return { status: response.statusCode ?? 0, text }
}

/** A client that asks for a stream and takes none of it. */
async function slowClient(url: string, parts: number): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => {})
  await once(socket, 'connect')
  const body = bodyOf({ stream: true, metadata: { parts: String(parts) } })
  socket.pause()
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  )
  return socket
}

describe.skipIf(REASON !== '')(`the sockets of a router${REASON}`, () => {
  it('are what they were after an upstream stood still (kill -STOP), and nobody noticed', async () => {
    using first = await startUpstream('plain')
    using second = await startUpstream('plain')
    await using router = await startOver([first, second])
    const before = router.sockets()
    first.child.kill('SIGSTOP')
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(router.url)))
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    first.child.kill('SIGCONT')
    await vi.waitFor(() => expect(router.sockets()).toBeLessThanOrEqual(before), SETTLE)
  })

  it('are what they were after streams were reset in their middle, each with a word of it', async () => {
    using only = await startUpstream('resets')
    using other = await startUpstream('resets')
    await using router = await startOver([only, other])
    const before = router.sockets()
    const goOn = (): void => {
      for (const { child } of [only, other]) child.stdin?.write('.')
    }
    const statuses: number[] = []
    for (let i = 0; i < 10; i += 1) {
      const { status, text } = await ask(router.url, { stream: true }, goOn)
      statuses.push(status)
      expect(text.trim().split('\n\n').at(-1)).toContain('"error"')
    }
    // Two routes that fail are soon both left alone: then there is no stream.
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200])
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true)
    await vi.waitFor(() => expect(router.sockets()).toBeLessThanOrEqual(before), SETTLE)
  })

  it('are what they were after hundreds of slow clients, though some take nothing at all', async () => {
    using first = await startUpstream('plain')
    using second = await startUpstream('plain')
    await using router = await startOver([first, second], 60_000)
    const before = router.sockets()
    // One in thirty asks for more than all buffers on the way can hold.
    const slow = await Promise.all(
      Array.from({ length: 300 }, (_, i) => slowClient(router.url, i % 30 === 0 ? 30_000 : 4)),
    )
    await vi.waitFor(() => expect(router.sockets()).toBeGreaterThanOrEqual(before + 300), SETTLE)
    // Beside them all others are answered.
    for (let i = 0; i < 20; i += 1) expect((await ask(router.url)).status).toBe(200)
    for (const [i, socket] of slow.entries()) {
      if (i % 2 === 0) socket.resetAndDestroy()
      else socket.resume().end()
    }
    await vi.waitFor(() => expect(router.sockets()).toBeLessThanOrEqual(before), SETTLE)
  })
})
