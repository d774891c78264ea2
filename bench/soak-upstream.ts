/**
 * An upstream of its own process, that answers whole or in parts: as many of a KiB as `metadata.parts` says, no faster than
 * they are taken. With the argument `resets` every fiftieth stream is reset in its middle. It tells its port, and ends with
 * its parent.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@holdfast/seams'

interface Call {
  readonly stream?: boolean
  readonly metadata?: { readonly parts?: string }
}

const RESET_EVERY = 50
/** After this the first parts are on their way, and a reset takes them back no more. */
const SENT_MS = 5
const isResetting = process.argv[2] === 'resets'
const part = eventOf({ choices: [{ index: 0, delta: { content: 'x'.repeat(950) } }] })
const last = `${eventOf({ choices: [], usage: usageOf(20) })}data: [DONE]\n\n`
const whole = JSON.stringify({
  object: 'chat.completion',
  model: 'soak',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello '.repeat(60) } }],
  usage: usageOf(60),
})
let streams = 0

const server = createServer((request, response) => {
  void answer(request, response).catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes: Buffer[] = []
  for await (const piece of request) bytes.push(piece as Buffer)
  const call = JSON.parse(Buffer.concat(bytes).toString('utf8')) as Call
  if (call.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(whole)
    return
  }
  streams += 1
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const parts = Number(call.metadata?.parts ?? 8)
  const resetAt = isResetting && streams % RESET_EVERY === 0 ? Math.ceil(parts / 2) : Infinity
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let i = 0; i < parts && !response.destroyed; i += 1) {
    if (i === resetAt) {
      await systemClock.sleep(SENT_MS)
      response.socket?.resetAndDestroy()
      return
    }
    if (!response.write(part)) await once(response, 'drain', { signal: gone.signal })
  }
  response.end(last)
}

function eventOf(chunk: object): string {
  return `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'soak', ...chunk })}\n\n`
}

function usageOf(completionTokens: number) {
  return { prompt_tokens: 20, completion_tokens: completionTokens }
}
