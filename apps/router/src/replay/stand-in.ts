import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '@holdfast/seams'
import { estimatedTokens } from '../decide/reward.ts'
import { TYPICAL_LATENCY_MS } from './flaky.ts'
import type { Trouble } from './fault-player.ts'
import type { OutcomeRow, OutcomeTable } from './outcome-table.ts'

export interface StandIn {
  readonly baseUrl: string
  close(): Promise<void>
}

interface Call {
  readonly model?: string
  readonly stream?: boolean
  readonly messages?: readonly { readonly content?: unknown }[]
  readonly metadata?: { readonly row?: string }
}

/** How much longer a slow upstream takes, in ms. */
const SLOW_MS = 120
/** What an upstream that answers 429 asks for, in whole seconds. */
const RETRY_AFTER = '1'
/** After this the first part of an answer is on its way, and a reset takes it back no more. */
const SENT_MS = 5

/**
 * A made-up upstream: a real HTTP server on loopback that speaks the OpenAI chat API and answers as the
 * table says model number `index` would. `metadata.row` names the row; a prompt of one's own is answered too.
 * @param meet asked for each call, what goes wrong with it; null if nothing does. Without it nothing ever does.
 */
export async function startStandIn(
  table: OutcomeTable,
  index: number,
  clock: Clock,
  meet?: () => Trouble | null,
): Promise<StandIn> {
  const model = table.routes[index]?.model ?? 'unknown'
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = JSON.parse(await textOf(request)) as Call
    const trouble = meet?.() ?? null
    try {
      if (trouble === null) await answerWell(response, call)
      else await treatBadly(response, call, trouble)
    } finally {
      trouble?.left()
    }
  }
  const treatBadly = async (
    response: ServerResponse,
    call: Call,
    { kind, over, left }: Trouble,
  ): Promise<void> => {
    switch (kind) {
      case 'error':
      case 'limit':
        refuse(response, kind)
        break
      case 'reset':
        response.socket?.resetAndDestroy()
        break
      case 'cut':
        sendHalf(response, model, call.stream === true)
        await clock.sleep(SENT_MS)
        response.socket?.resetAndDestroy()
        break
      case 'slow':
        await clock.sleep(SLOW_MS)
        await answerWell(response, call)
        break
      case 'hang':
        await Promise.race([over, once(response, 'close')])
        left()
        // Like a process that was stopped and goes on: whoever has waited has the answer at once.
        if (!response.destroyed) send(response, call)
        break
    }
  }
  const answerWell = async (response: ServerResponse, call: Call): Promise<void> => {
    const row = table.rows[Number(call.metadata?.row ?? -1)]
    const latencyMs = row?.latencyMs?.[index] ?? (meet === undefined ? 0 : TYPICAL_LATENCY_MS)
    if (latencyMs > 0) await clock.sleep(latencyMs)
    send(response, call)
  }
  const send = (response: ServerResponse, call: Call): void => {
    const row = table.rows[Number(call.metadata?.row ?? -1)]
    const promptLength = row?.prompt.length ?? JSON.stringify(call.messages ?? []).length
    const text = `${model} answers.`
    const usage = {
      prompt_tokens: estimatedTokens(promptLength),
      completion_tokens: estimatedTokens(text.length),
      total_tokens: estimatedTokens(promptLength) + estimatedTokens(text.length),
      cost: row?.costUsd[index] ?? typicalCost(table, index),
    }
    if (call.stream === true) sendStream(response, model, text, usage)
    else sendWhole(response, model, text, usage)
  }
  await listen(server)
  const { port } = server.address() as AddressInfo
  return { baseUrl: `http://127.0.0.1:${port}/v1`, close: () => close(server) }
}

function refuse(response: ServerResponse, kind: 'error' | 'limit'): void {
  const [status, message] = kind === 'error' ? [500, 'it broke'] : [429, 'too many requests']
  response
    .writeHead(status, {
      'content-type': 'application/json',
      ...(kind === 'limit' ? { 'retry-after': RETRY_AFTER } : {}),
    })
    .end(JSON.stringify({ error: { message, type: 'stand_in', code: null, param: null } }))
}

/** The beginning of an answer that breaks off. */
function sendHalf(response: ServerResponse, model: string, isStream: boolean): void {
  if (isStream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const choices = [{ index: 0, delta: { content: 'I would' }, finish_reason: null }]
    response.write(
      `data: ${JSON.stringify({ object: 'chat.completion.chunk', model, choices })}\n\n`,
    )
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
  response.write('{"choices":[')
}

function sendWhole(response: ServerResponse, model: string, text: string, usage: object): void {
  const body = JSON.stringify({
    id: 'chatcmpl-stand-in',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage,
  })
  response
    .writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    .end(body)
}

function sendStream(response: ServerResponse, model: string, text: string, usage: object): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (choices: readonly object[], more: object = {}): void => {
    const chunk = {
      id: 'chatcmpl-stand-in',
      object: 'chat.completion.chunk',
      created: 0,
      model,
      choices,
      ...more,
    }
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  for (const word of text.split(/(?<= )/)) {
    send([{ index: 0, delta: { content: word }, finish_reason: null }])
  }
  send([{ index: 0, delta: {}, finish_reason: 'stop' }])
  send([], { usage })
  response.end('data: [DONE]\n\n')
}

/** What this route's answers cost on average: for prompts that are not in the table. */
function typicalCost({ rows }: OutcomeTable, index: number): number {
  const some: readonly OutcomeRow[] = rows.slice(0, 100)
  return some.reduce((sum, row) => sum + (row.costUsd[index] ?? 0), 0) / Math.max(1, some.length)
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
