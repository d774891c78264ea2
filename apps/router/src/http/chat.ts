import { once } from 'node:events'
import type { Timer } from '@holdfast/seams'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Usage } from '../decide/reward.ts'
import { readChatRequest } from './chat-request.ts'
import { RequestError, errorBody, internalError } from './errors.ts'
import { CLIENT_GONE, NO_TOKENS, settleCall, settleFailure } from './outcome.ts'
import { planFor, type Plan } from './plan.ts'
import type { RouterParts } from './router-parts.ts'
import { judgeStatus } from './upstream-status.ts'
import type { UpstreamAnswer } from './upstream.ts'
import { meterStream, usageOfJson } from './usage.ts'

/** The longest JSON answer that is taken from an upstream. */
const LONGEST_ANSWER_BYTES = 32 * 1024 * 1024
/** The longest that a client may take none of the stream it asked for. */
const CLIENT_STALL_MS = 60_000
/** How long an upstream may keep its connection open after the last event, to be used again. */
const DRAIN_MS = 1_000

/** One chat completion on its way. */
interface Exchange {
  readonly parts: RouterParts
  readonly plan: Plan
  readonly reply: FastifyReply
  /** Aborted when the client has hung up. */
  readonly gone: AbortSignal
  /** Ends the upstream's call as well. */
  readonly hangUp: () => void
  readonly startedMs: number
  /** When the upstream was called. */
  readonly sentMs: number
  /** When the upstream's answer was complete; null until then. */
  endedMs: number | null
  /** What the call has used so far. */
  usage: () => Usage
  isSettled: boolean
}

/** Answers one chat completion. */
export async function answerChat(
  parts: RouterParts,
  request: FastifyRequest,
  reply: FastifyReply,
  startedMs: number,
): Promise<FastifyReply> {
  const body = readChatRequest(request.body)
  const plan = planFor(parts, body)
  const { id, route } = plan
  const text = serialised({ ...body, model: route.model })
  void reply.header('x-holdfast-decision', id).header('x-holdfast-route', route.id)

  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the client closed the connection'))
  })
  const exchange: Exchange = {
    parts,
    plan,
    reply,
    gone: gone.signal,
    hangUp: () => gone.abort(new Error('the answer was complete')),
    startedMs,
    sentMs: parts.clock.monotonicMs(),
    endedMs: null,
    usage: () => NO_TOKENS,
    isSettled: false,
  }
  reply.raw.once('finish', () => tellAnswer(exchange))

  try {
    const upstream = parts.upstreams.get(route.id)
    if (upstream === undefined) throw new Error(`no upstream for route ${route.id}`)
    const answer = await upstream.complete(text, exchange.gone)
    return await (isStream(answer) ? passStream(exchange, answer) : passWhole(exchange, answer))
  } catch (error) {
    return await endBadly(exchange, error)
  }
}

/** @throws {RequestError} 400 if the body is nested deeper than it can be written out again. */
function serialised(body: object): string {
  try {
    return JSON.stringify(body)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RequestError(400, 'invalid_json', 'body: is nested too deeply', { cause: error })
  }
}

const isStream = ({ headers, status }: UpstreamAnswer): boolean =>
  status === 200 && String(headers['content-type']).startsWith('text/event-stream')

/** A whole answer: its usage is read, its bytes go on as they came. */
async function passWhole(exchange: Exchange, answer: UpstreamAnswer): Promise<FastifyReply> {
  const { parts, plan, reply } = exchange
  const body = await answer.whole(LONGEST_ANSWER_BYTES)
  exchange.endedMs = parts.clock.monotonicMs()
  const { status, headers } = answer
  const text = body.toString('utf8')
  if (status === 200 && !isJson(headers)) throw notJson(plan, headers)
  if (status === 200) {
    exchange.usage = () => usageOfJson(text, plan.promptCharacters)
    for (const name of ['content-type', 'content-encoding']) {
      if (headers[name] !== undefined) void reply.header(name, headers[name])
    }
    void reply.send(body)
    // After the answer has left, but before anything else can come in, such as its feedback.
    settle(exchange, status)
    return reply
  }
  const { isRouteFailure, answerAs } = judgeStatus(status)
  const error = upstreamError(plan, status, answerAs, text)
  if (headers['retry-after'] !== undefined) void reply.header('retry-after', headers['retry-after'])
  if (isRouteFailure) throw error
  settle(exchange, status)
  return reply.code(answerAs).send(errorBody(error))
}

/** A stream: each part goes on as it arrives, and no faster than the client takes it. */
async function passStream(exchange: Exchange, answer: UpstreamAnswer): Promise<FastifyReply> {
  const { parts, plan, reply, gone } = exchange
  reply.hijack()
  const { raw } = reply
  const encoding = answer.headers['content-encoding']
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  })
  const meter = meterStream(plan.promptCharacters)
  exchange.usage = () => meter.usage()
  let drain: Timer | undefined
  try {
    for await (const part of answer.parts()) {
      // After the last event the client has its answer; what else the upstream sends is only drained.
      if (raw.writableEnded) continue
      meter.hear(part)
      // Before the last event goes out, so that feedback sent upon it finds its decision.
      if (meter.isDone) settle(exchange, answer.status)
      if (!raw.write(part)) {
        using _stall = parts.clock.after(CLIENT_STALL_MS, () => raw.destroy())
        await once(raw, 'drain', { signal: gone })
      }
      if (meter.isDone) {
        raw.end()
        drain = parts.clock.after(DRAIN_MS, exchange.hangUp)
      }
    }
  } finally {
    drain?.cancel()
  }
  settle(exchange, answer.status)
  if (!raw.writableEnded) raw.end()
  return reply
}

function settle(exchange: Exchange, status: number): void {
  if (exchange.isSettled) return
  const usage = exchange.usage()
  exchange.isSettled = true
  exchange.endedMs ??= exchange.parts.clock.monotonicMs()
  const latencyMs = exchange.endedMs - exchange.sentMs
  settleCall(exchange.parts, exchange.plan, { status, usage, latencyMs })
}

/** Ends an exchange that did not go through, whichever side broke it off and however far it had come. */
async function endBadly(exchange: Exchange, error: unknown): Promise<FastifyReply> {
  const { parts, plan, reply, gone } = exchange
  const { id, route } = plan
  if (gone.aborted) {
    if (!exchange.isSettled) parts.observe({ kind: 'router.client-gone', id, route: route.id })
    settle(exchange, CLIENT_GONE)
    return reply.hijack()
  }
  const answer = error instanceof RequestError ? error : internalError(error)
  if (!exchange.isSettled) {
    exchange.isSettled = true
    const latencyMs = parts.clock.monotonicMs() - exchange.sentMs
    const call = { status: answer.status, usage: exchange.usage(), latencyMs }
    if (error instanceof RequestError) await settleFailure(parts, plan, answer, call)
    else settleCall(parts, plan, call)
  }
  if (!reply.raw.headersSent) throw answer
  if (reply.raw.writableEnded) return reply
  // After the first byte no other answer can be given: the stream ends with an event that says why.
  const { status, code, message } = answer
  parts.observe({ kind: 'router.refused', status, code, message, error: answer.cause })
  reply.raw.end(`data: ${JSON.stringify(errorBody(answer))}\n\n`)
  return reply
}

const isJson = (headers: UpstreamAnswer['headers']): boolean =>
  /^application\/(?:[\w.-]+\+)?json\b/i.test(String(headers['content-type']))

/** A page of a proxy, or of a server that is no model at all: as an answer it would be worth nothing. */
function notJson({ route }: Plan, headers: UpstreamAnswer['headers']): RequestError {
  const seen = headers['content-type'] ?? 'nothing'
  const message = `${route.id}: ${route.model}: answered with ${seen} instead of JSON`
  return new RequestError(502, 'upstream_not_json', message)
}

/** An upstream's refusal, in the shape our own errors have. Its words are kept where it has any. */
function upstreamError({ route }: Plan, status: number, answerAs: number, text: string) {
  let said: { message?: unknown; code?: unknown } | null | undefined
  try {
    said = (JSON.parse(text) as { error?: typeof said } | null)?.error
  } catch (error) {
    // Not JSON: a proxy's page, most likely. Its status is all that can be trusted.
    if (!(error instanceof SyntaxError)) throw error
  }
  const message = typeof said?.message === 'string' ? said.message : `answered ${status}`
  const code = typeof said?.code === 'string' ? said.code : 'upstream_error'
  return new RequestError(answerAs, code, `${route.id}: ${route.model}: ${message}`)
}

/** What the router itself took: the whole time less the wait for the upstream. */
function tellAnswer({ parts, plan, reply, startedMs, sentMs, endedMs }: Exchange): void {
  const nowMs = parts.clock.monotonicMs()
  parts.observe({
    kind: 'router.answered',
    id: plan.id,
    route: plan.route.id,
    status: reply.raw.statusCode,
    addedMs: nowMs - startedMs - ((endedMs ?? nowMs) - sentMs),
  })
}
