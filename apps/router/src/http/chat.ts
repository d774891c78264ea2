import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readChatRequest } from './chat-request.ts'
import { RequestError, errorBody } from './errors.ts'
import { CLIENT_GONE, NO_TOKENS, isRouteFailure, settleCall, settleFailure } from './outcome.ts'
import { planFor, type Plan } from './plan.ts'
import type { RouterParts } from './router-parts.ts'
import type { UpstreamAnswer } from './upstream.ts'
import { meterStream, usageOfJson } from './usage.ts'

/** The longest JSON answer that is taken from an upstream. */
const LONGEST_ANSWER_BYTES = 32 * 1024 * 1024

/** When a request came in, and what it waited for; from these follows what the router added. */
interface Times {
  readonly startedMs: number
  sentMs: number
  endedMs: number
}

/** Answers one chat completion. */
export async function answerChat(
  parts: RouterParts,
  request: FastifyRequest,
  reply: FastifyReply,
  startedMs: number,
): Promise<FastifyReply> {
  const { clock, observe, upstreams } = parts
  const body = readChatRequest(request.body)
  const plan = planFor(parts, body)
  const { id, route } = plan
  void reply.header('x-holdfast-decision', id).header('x-holdfast-route', route.id)

  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the client closed the connection'))
  })
  const times: Times = { startedMs, sentMs: clock.monotonicMs(), endedMs: 0 }
  reply.raw.once('finish', () => tellAnswer(parts, plan, reply, times))

  try {
    const upstream = upstreams.get(route.id)
    if (upstream === undefined) throw new Error(`no upstream for route ${route.id}`)
    const answer = await upstream.complete(
      JSON.stringify({ ...body, model: route.model }),
      gone.signal,
    )
    if (isStream(answer)) return await passStream(parts, plan, answer, reply, times, gone.signal)
    return await passJson(parts, plan, answer, reply, times)
  } catch (error) {
    const latencyMs = clock.monotonicMs() - times.sentMs
    if (gone.signal.aborted) {
      observe({ kind: 'router.client-gone', id, route: route.id })
      settleCall(parts, plan, { status: CLIENT_GONE, usage: NO_TOKENS, latencyMs })
      return reply.hijack()
    }
    if (!(error instanceof RequestError)) throw error
    await settleFailure(parts, plan, error, latencyMs)
    if (reply.raw.headersSent) return endStreamWithError(reply, error)
    throw error
  }
}

const isStream = ({ headers, status }: UpstreamAnswer): boolean =>
  status === 200 && String(headers['content-type']).startsWith('text/event-stream')

/** A whole answer: its usage is read, its bytes go on as they came. */
async function passJson(
  parts: RouterParts,
  plan: Plan,
  answer: UpstreamAnswer,
  reply: FastifyReply,
  times: Times,
): Promise<FastifyReply> {
  const body = await wholeBody(answer.body, plan)
  times.endedMs = parts.clock.monotonicMs()
  const latencyMs = times.endedMs - times.sentMs
  const { status, headers } = answer
  const text = body.toString('utf8')
  if (status < 200 || status >= 300) {
    if (headers['retry-after'] !== undefined)
      void reply.header('retry-after', headers['retry-after'])
    const error = upstreamError(plan, status, text)
    if (isRouteFailure(status)) await settleFailure(parts, plan, error, latencyMs)
    else settleCall(parts, plan, { status, usage: NO_TOKENS, latencyMs })
    return reply.code(error.status).send(errorBody(error))
  }
  settleCall(parts, plan, { status, usage: usageOfJson(text, plan.promptCharacters), latencyMs })
  for (const name of ['content-type', 'content-encoding']) {
    if (headers[name] !== undefined) void reply.header(name, headers[name])
  }
  return reply.code(status).send(body)
}

/** A stream: each part goes on as it arrives, and no faster than the client takes it. */
async function passStream(
  parts: RouterParts,
  plan: Plan,
  answer: UpstreamAnswer,
  reply: FastifyReply,
  times: Times,
  gone: AbortSignal,
): Promise<FastifyReply> {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(answer.status, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  })
  const meter = meterStream(plan.promptCharacters)
  for await (const part of answer.body) {
    meter.hear(part)
    if (!raw.write(part)) await once(raw, 'drain', { signal: gone })
  }
  times.endedMs = parts.clock.monotonicMs()
  const latencyMs = times.endedMs - times.sentMs
  // Before the last byte, so that feedback sent on the stream's end finds its decision.
  settleCall(parts, plan, { status: answer.status, usage: meter.usage(), latencyMs })
  raw.end()
  return reply
}

/** After the first byte no other answer can be given: the stream ends with an event that says why. */
function endStreamWithError(reply: FastifyReply, error: RequestError): FastifyReply {
  reply.raw.end(`data: ${JSON.stringify(errorBody(error))}\n\n`)
  return reply
}

async function wholeBody(body: AsyncIterable<Uint8Array>, { route }: Plan): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body) {
    parts.push(part)
    size += part.byteLength
    if (size > LONGEST_ANSWER_BYTES) {
      throw new RequestError(
        502,
        'upstream_answer_too_large',
        `${route.id}: ${route.model} sent more than ${LONGEST_ANSWER_BYTES} bytes`,
      )
    }
  }
  return Buffer.concat(parts)
}

/** An upstream's refusal, in the shape our own errors have. Its words are kept where it has any. */
function upstreamError({ route }: Plan, status: number, text: string): RequestError {
  let said: { message?: unknown; code?: unknown } | undefined
  try {
    said = (JSON.parse(text) as { error?: typeof said }).error
  } catch (error) {
    // Not JSON: a proxy's page, most likely. Its status is all that can be trusted.
    if (!(error instanceof SyntaxError)) throw error
  }
  const message = typeof said?.message === 'string' ? said.message : `answered ${status}`
  const code = typeof said?.code === 'string' ? said.code : 'upstream_error'
  // A refused key or a missing model is between us and the upstream: to the client it is a bad gateway,
  // or it would look for the fault in its own key.
  const isOurs = status < 400 || status >= 500 || [401, 403, 404].includes(status)
  return new RequestError(isOurs ? 502 : status, code, `${route.id}: ${route.model}: ${message}`)
}

/** What the router itself took: the whole time less the wait for the upstream. */
function tellAnswer(parts: RouterParts, plan: Plan, reply: FastifyReply, times: Times): void {
  const nowMs = parts.clock.monotonicMs()
  const waitedMs = (times.endedMs === 0 ? nowMs : times.endedMs) - times.sentMs
  parts.observe({
    kind: 'router.answered',
    id: plan.id,
    route: plan.route.id,
    status: reply.raw.statusCode,
    addedMs: nowMs - times.startedMs - waitedMs,
  })
}
