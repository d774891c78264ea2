import { once } from 'node:events'
import type { Timer } from '@holdfast/seams'
import { UpstreamError } from './errors.ts'
import { settle, settleFailed, type Attempt, type Exchange } from './exchange.ts'
import { failedInside, refusal } from './refusal.ts'
import type { UpstreamAnswer } from './upstream.ts'
import { meterStream, readBody, type StreamMeter } from './usage.ts'

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
  const isStream = status === 200 && /^text\/event-stream\b/i.test(String(headers['content-type']))
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
  const read = readBody(body.toString('utf8'))
  const error = refusal(plan.route, answer, read, parts.clock.wallMs())
  if (error !== null) throw error
  attempt.endedMs = endedMs
  attempt.usage = () => read.usage(plan.promptCharacters)
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
 * A stream: each part goes on as it arrives, and no faster than the client takes it. Until the first event is here
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
  const encoding = answer.headers['content-encoding']
  // What is packed cannot be listened to: it goes on as it comes.
  const isHeard = encoding === undefined
  const meter = meterStream(plan.promptCharacters)
  attempt.usage = () => meter.usage()
  let drain: Timer | undefined
  try {
    let part: Uint8Array | null = await beginning(exchange, attempt, stream, isHeard ? meter : null)
    reply.hijack()
    const { raw } = reply
    const kept = {
      'content-type': 'text/event-stream; charset=utf-8',
      ...(typeof encoding === 'string' ? { 'content-encoding': encoding } : {}),
    }
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      ...kept,
      'cache-control': 'no-cache',
    })
    const copy = parts.cache?.copy(exchange.cacheKey) ?? null
    while (part !== null) {
      // After the last event the client has its answer; what else the upstream sends is only drained.
      if (!raw.writableEnded) {
        copy?.add(part)
        // Before the last event goes out, so that feedback sent upon it finds its decision.
        if (meter.isDone) settleStream(exchange, attempt, meter)
        if (!raw.write(part)) {
          using _stall = parts.clock.after(CLIENT_STALL_MS, () => raw.destroy())
          await once(raw, 'drain', { signal: gone })
        }
        if (meter.isDone) {
          raw.end()
          if (meter.error === null) copy?.keep({ route: plan.route.id, headers: kept })
          drain ??= parts.clock.after(DRAIN_MS, exchange.hangUp)
        }
      }
      const next = await stream.next()
      part = next.done === true ? null : next.value
      if (part !== null && isHeard && !raw.writableEnded) meter.hear(part)
    }
    settleStream(exchange, attempt, meter)
    if (!raw.writableEnded) raw.end()
  } finally {
    drain?.cancel()
    // However it ended, the upstream's call is not left open.
    await stream.return?.(undefined)
  }
}

/** So much of a stream without an event is held back, in bytes. */
const MOST_HELD_BYTES = 64 * 1024

/**
 * What a stream begins with, up to its first event: comments before it only say that someone is there. They are held back
 * for as long as the route may be silent; from then on nobody else can answer.
 * @param meter listens; null: it cannot, and the first bytes are the beginning.
 * @throws {UpstreamError} if there is no event, or the first says that the route failed.
 */
async function beginning(
  { parts }: Exchange,
  { plan: { route }, sentMs }: Attempt,
  stream: AsyncIterator<Uint8Array>,
  meter: StreamMeter | null,
): Promise<Uint8Array> {
  const held: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await stream.next()
    if (done === true && size === 0) {
      const message = `${route.id}: ${route.model}: ended its stream without a word`
      throw new UpstreamError(502, 'upstream_empty', message, { kind: 'unusable' })
    }
    if (done === true) return Buffer.concat(held)
    held.push(value)
    size += value.byteLength
    meter?.hear(value)
    if (meter?.error != null) throw failedInside(route, meter.error)
    const hasWaited = parts.clock.monotonicMs() - sentMs > route.timeoutMs
    if (meter === null || meter.hasEvent || size > MOST_HELD_BYTES || hasWaited) {
      return held.length === 1 ? value : Buffer.concat(held)
    }
  }
}

/**
 * Writes down a stream that has come to its end. One whose error the client has read is a failure that needs no more words.
 * @throws {UpstreamError} if it was no whole answer.
 */
function settleStream(exchange: Exchange, attempt: Attempt, meter: StreamMeter): void {
  const { route } = attempt.plan
  if (attempt.isSettled) return
  if (meter.isCut && meter.error === null) {
    const message = `${route.id}: ${route.model}: ended its stream in the middle of its answer`
    throw new UpstreamError(502, 'upstream_cut', message, { kind: 'unreachable' })
  }
  if (meter.error === null) settle(exchange, attempt, 200)
  else settleFailed(exchange, attempt, failedInside(route, meter.error))
}
