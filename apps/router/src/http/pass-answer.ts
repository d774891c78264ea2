import { once } from 'node:events'
import type { Timer } from '@holdfast/seams'
import { UpstreamError } from './errors.ts'
import { settle, type Attempt, type Exchange } from './exchange.ts'
import { refusal } from './refusal.ts'
import type { UpstreamAnswer } from './upstream.ts'
import { meterStream, usageOfJson } from './usage.ts'

/** The longest JSON answer that is taken from an upstream. */
const LONGEST_ANSWER_BYTES = 32 * 1024 * 1024
/** The longest that a client may take none of the stream it asked for. */
const CLIENT_STALL_MS = 60_000
/** How long an upstream may keep its connection open after the last event, to be used again. */
const DRAIN_MS = 1_000

/** Hands an upstream's answer on. @throws {RequestError} if it is none. */
export function passAnswer(
  exchange: Exchange,
  attempt: Attempt,
  answer: UpstreamAnswer,
): Promise<void> {
  const { status, headers } = answer
  const isStream = status === 200 && String(headers['content-type']).startsWith('text/event-stream')
  return isStream ? passStream(exchange, attempt, answer) : passWhole(exchange, attempt, answer)
}

/** A whole answer: its usage is read, its bytes go on as they came. */
async function passWhole(
  exchange: Exchange,
  attempt: Attempt,
  answer: UpstreamAnswer,
): Promise<void> {
  const { parts, reply } = exchange
  const { plan } = attempt
  const body = await answer.whole(LONGEST_ANSWER_BYTES)
  const endedMs = parts.clock.monotonicMs()
  const { status, headers } = answer
  const text = body.toString('utf8')
  const error = refusal(plan.route, answer, text, parts.clock.wallMs())
  if (error !== null) throw error
  attempt.endedMs = endedMs
  attempt.usage = () => usageOfJson(text, plan.promptCharacters)
  const kept: Record<string, string> = {}
  for (const name of ['content-type', 'content-encoding']) {
    const value = headers[name]
    if (typeof value === 'string') kept[name] = value
  }
  void reply.headers(kept).send(body)
  // After the answer has left, but before anything else can come in, such as its feedback.
  settle(exchange, attempt, status)
  parts.cache?.keep(exchange.cacheKey, { route: plan.route.id, headers: kept, body })
}

/**
 * A stream: each part goes on as it arrives, and no faster than the client takes it. Until the first part is here
 * nothing is sent, so that another route can still answer.
 */
async function passStream(
  exchange: Exchange,
  attempt: Attempt,
  answer: UpstreamAnswer,
): Promise<void> {
  const { parts, reply, gone } = exchange
  const { plan } = attempt
  const stream = answer.parts()[Symbol.asyncIterator]()
  let part = await stream.next()
  if (part.done === true) {
    const message = `${plan.route.id}: ${plan.route.model}: ended its stream without a word`
    throw new UpstreamError(502, 'upstream_empty', message, { kind: 'unusable' })
  }
  reply.hijack()
  const { raw } = reply
  const encoding = answer.headers['content-encoding']
  const kept = {
    'content-type': 'text/event-stream; charset=utf-8',
    ...(typeof encoding === 'string' ? { 'content-encoding': encoding } : {}),
  }
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    ...kept,
    'cache-control': 'no-cache',
  })
  const meter = meterStream(plan.promptCharacters)
  const copy = parts.cache?.copy(exchange.cacheKey) ?? null
  attempt.usage = () => meter.usage()
  let drain: Timer | undefined
  try {
    for (; part.done !== true; part = await stream.next()) {
      // After the last event the client has its answer; what else the upstream sends is only drained.
      if (raw.writableEnded) continue
      meter.hear(part.value)
      copy?.add(part.value)
      // Before the last event goes out, so that feedback sent upon it finds its decision.
      if (meter.isDone) settle(exchange, attempt, answer.status)
      if (!raw.write(part.value)) {
        using _stall = parts.clock.after(CLIENT_STALL_MS, () => raw.destroy())
        await once(raw, 'drain', { signal: gone })
      }
      if (meter.isDone) {
        raw.end()
        copy?.keep({ route: plan.route.id, headers: kept })
        drain = parts.clock.after(DRAIN_MS, exchange.hangUp)
      }
    }
  } finally {
    drain?.cancel()
    // However it ended, the upstream's call is not left open.
    await stream.return?.(undefined)
  }
  settle(exchange, attempt, answer.status)
  if (!raw.writableEnded) raw.end()
}
