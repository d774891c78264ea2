/**
 * An upstream in a process of its own. It streams as many parts of a KiB as `metadata.parts` says, no faster than they are
 * taken; started with `resets` it resets each stream in its middle. It prints its port.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Call {
  readonly stream?: boolean
  readonly metadata?: { readonly parts?: string }
}

const isResetting = process.argv[2] === 'resets'
const chunk = { choices: [{ index: 0, delta: { content: 'x'.repeat(950) } }] }
const part = `data: ${JSON.stringify(chunk)}\n\n`
const whole = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
}

const server = createServer((request, response) => {
  void answer(request, response).catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`),
)

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes: Buffer[] = []
  for await (const piece of request) bytes.push(piece as Buffer)
  const call = JSON.parse(Buffer.concat(bytes).toString('utf8')) as Call
  if (call.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
    return
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const parts = Number(call.metadata?.parts ?? 4)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let i = 0; i < parts && !response.destroyed; i += 1) {
    const isTaken = response.write(part)
    if (isResetting && i === Math.ceil(parts / 2)) {
      // Only once its reader has the first parts: a reset takes back what is on its way.
      await once(process.stdin, 'data', { signal: gone.signal })
      response.socket?.resetAndDestroy()
      return
    }
    if (!isTaken) await once(response, 'drain', { signal: gone.signal })
  }
  response.end('data: [DONE]\n\n')
}
