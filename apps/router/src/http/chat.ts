import type { FastifyReply, FastifyRequest } from 'fastify'
import { backoffMs } from '../decide/retry.ts'
import { isWorthAnotherTry } from '../decide/trouble.ts'
import type { Route } from '../decide/routes.ts'
import { readChatRequest, type ChatRequest } from './chat-request.ts'
import { RequestError, UpstreamError, errorBody, internalError } from './errors.ts'
import {
  endCall,
  newAttempt,
  outcomeFor,
  settle,
  settleFailed,
  type Attempt,
  type Exchange,
} from './exchange.ts'
import { CLIENT_GONE, settleRefused } from './outcome.ts'
import { passAnswer } from './pass-answer.ts'
import { candidates, planFor, standIn, type Plan } from './plan.ts'
import type { RouterParts } from './router-parts.ts'

/** Answers one chat completion. */
export async function answerChat(
  parts: RouterParts,
  request: FastifyRequest,
  reply: FastifyReply,
  startedMs: number,
): Promise<FastifyReply> {
  const body = readChatRequest(request.body)
  const plan = planFor(parts, body)
  const text = serialised({ ...body, model: plan.route.model })
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the client closed the connection'))
  })
  const exchange: Exchange = {
    parts,
    reply,
    gone: gone.signal,
    hangUp: () => gone.abort(new Error('the answer was complete')),
    startedMs,
    waitedMs: 0,
    attempt: null,
    lessons: [],
    cacheKey: parts.cache?.keyOf(body) ?? null,
  }
  reply.raw.once('finish', () => tellAnswer(exchange, plan))
  try {
    return await byAnyRoute(exchange, plan, body, text)
  } finally {
    await Promise.all(exchange.lessons)
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

/**
 * Asks one route after the other, until one has sent its first byte or none is left.
 * @param first what the route of the plan is sent.
 */
async function byAnyRoute(
  exchange: Exchange,
  plan: Plan,
  body: ChatRequest,
  first: string,
): Promise<FastifyReply> {
  const { parts, reply, startedMs } = exchange
  const { clock, breakers, fallback } = parts
  let failed: { readonly attempt: Attempt; readonly error: RequestError } | null = null
  for (const route of candidates(parts, plan)) {
    const isLate = failed !== null && clock.monotonicMs() - startedMs > fallback.withinMs
    if (isLate || !breakers.isCallable(route.id)) continue
    const attempt = newAttempt(parts, planOf(parts, plan, route, failed?.attempt ?? null))
    exchange.attempt = attempt
    if (failed !== null) tellFallback(parts, failed.attempt, attempt)
    try {
      const isFirst = route === plan.route
      const text = isFirst ? first : JSON.stringify({ ...body, model: route.model })
      await byOneRoute(exchange, attempt, text)
      return reply
    } catch (error) {
      if (exchange.gone.aborted || !(error instanceof UpstreamError) || reply.raw.headersSent) {
        return endBadly(exchange, attempt, error)
      }
      settleFailed(exchange, attempt, error)
      failed = { attempt, error }
    }
  }
  if (fromCache(exchange, plan)) return reply
  const error = failed?.error ?? refused(exchange, plan)
  tellRetryAfter(reply, error)
  throw error
}

/** What is answered when no route may be called. It is a decision all the same. */
function refused({ parts, reply }: Exchange, plan: Plan): RequestError {
  const error = unavailable(parts, plan.live ? parts.routes : [plan.route])
  void reply.header('x-holdfast-decision', plan.id).header('x-holdfast-route', plan.route.id)
  settleRefused(parts, plan, error.status)
  return error
}

/** The chosen route's plan is the decision itself, whoever carries it out first. */
function planOf(parts: RouterParts, plan: Plan, route: Route, failed: Attempt | null): Plan {
  if (failed === null) return route === plan.route ? plan : standIn(plan, route, 1, plan.id)
  return standIn(plan, route, failed.plan.attempt + 1, parts.newId())
}

function tellFallback(parts: RouterParts, from: Attempt, to: Attempt): void {
  const { id, route, attempt, after } = to.plan
  parts.observe({
    kind: 'router.fallback',
    id,
    route: route.id,
    attempt,
    after: after ?? id,
    from: from.plan.route.id,
  })
}

/** Calls one route, again if that may help and the budget allows, and hands its answer on. */
async function byOneRoute(exchange: Exchange, attempt: Attempt, text: string): Promise<void> {
  const { parts, reply, gone } = exchange
  const { clock, retryBudget } = parts
  const { id, route } = attempt.plan
  const upstream = parts.upstreams.get(route.id)
  if (upstream === undefined) throw new Error(`no upstream for route ${route.id}`)
  void reply.header('x-holdfast-decision', id).header('x-holdfast-route', route.id)
  if (attempt.plan.attempt > 1) void reply.header('x-holdfast-attempt', attempt.plan.attempt)
  retryBudget.earn()
  let failed: UpstreamError | null = null
  for (let tries = 1; ; tries += 1) {
    attempt.pass = attempt.breaker.admit()
    if (attempt.pass === null) throw failed ?? unavailable(parts, [route])
    attempt.sentMs = clock.monotonicMs()
    attempt.answeredMs = null
    attempt.endedMs = null
    try {
      const answer = await upstream.complete(text, gone)
      attempt.answeredMs = clock.monotonicMs()
      await passAnswer(exchange, attempt, answer)
      return
    } catch (error) {
      if (!mayRetry(exchange, error, tries)) throw error
      failed = error
    }
    endCall(exchange, attempt, outcomeFor(parts, route.id, failed))
    if (!parts.breakers.isCallable(route.id)) throw failed
    parts.observe({ kind: 'router.retried', id, route: route.id, code: failed.ownCode })
    const pauseMs = backoffMs(parts.retry, tries, parts.random.next())
    exchange.waitedMs += pauseMs
    await clock.sleep(pauseMs, gone)
  }
}

function mayRetry(
  { parts, reply, gone }: Exchange,
  error: unknown,
  tries: number,
): error is UpstreamError {
  return (
    error instanceof UpstreamError &&
    tries < parts.retry.tries &&
    !gone.aborted &&
    !reply.raw.headersSent &&
    isWorthAnotherTry(error.trouble) &&
    parts.retryBudget.spend()
  )
}

/** Gives the last answer to the very same request again. @returns false if there is none. */
function fromCache({ parts, reply, cacheKey }: Exchange, plan: Plan): boolean {
  const kept = cacheKey === null ? null : (parts.cache?.recall(cacheKey) ?? null)
  if (kept === null) return false
  const { route, headers, body } = kept.value
  // Where the guardrail must answer, or the caller named who should, nobody else does.
  if (!plan.live && route !== plan.route.id) return false
  for (const name of ['x-holdfast-decision', 'x-holdfast-attempt']) void reply.removeHeader(name)
  void reply
    .headers({ ...headers, 'x-holdfast-route': route, 'x-holdfast-cache': 'stale' })
    .header('age', Math.floor(kept.ageMs / 1000))
    .send(body)
  parts.observe({ kind: 'router.answered-from-cache', route, ageMs: kept.ageMs })
  return true
}

function unavailable(parts: RouterParts, routes: readonly Route[]): RequestError {
  const ids = routes.map(({ id }) => id)
  const waitMs = parts.breakers.retryInMs(ids)
  const isIsolated = ids.every((id) => parts.breakers.of(id).state === 'isolated')
  const next = waitMs === null ? '' : `; the next try is in ${Math.ceil(waitMs)} ms`
  const why = isIsolated
    ? 'until an operator resets the isolation'
    : `while ${ids.length > 1 ? 'they rest' : 'it rests'} after failures${next}`
  const message = `${ids.join(', ')}: not called ${why}`
  return new RequestError(503, 'upstream_unavailable', message, { retryAfterMs: waitMs })
}

/** Source: RFC 9110, 10.2.3: whole seconds. Never 0: whoever asks again at once finds the same. */
function tellRetryAfter(reply: FastifyReply, { retryAfterMs }: RequestError): void {
  if (retryAfterMs !== null)
    void reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)))
}

/** Ends an exchange that no other route can save, whichever side broke it off and however far it had come. */
async function endBadly(
  exchange: Exchange,
  attempt: Attempt,
  error: unknown,
): Promise<FastifyReply> {
  const { parts, reply, gone } = exchange
  const { id, route } = attempt.plan
  if (gone.aborted) {
    if (!attempt.isSettled) parts.observe({ kind: 'router.client-gone', id, route: route.id })
    settle(exchange, attempt, CLIENT_GONE)
    return reply.hijack()
  }
  const answer = error instanceof RequestError ? error : internalError(error)
  // What found fault with the request has answered: the route is well.
  if (error instanceof RequestError && !(error instanceof UpstreamError)) {
    settle(exchange, attempt, answer.status)
  } else settleFailed(exchange, attempt, answer)
  if (!reply.raw.headersSent) {
    tellRetryAfter(reply, answer)
    throw answer
  }
  if (reply.raw.writableEnded) return reply
  // After the first byte no other answer can be given: the stream ends with an event that says why.
  const { status, ownCode: code, message } = answer
  parts.observe({ kind: 'router.refused', status, code, message, error: answer.cause })
  await Promise.all(exchange.lessons)
  reply.raw.end(`data: ${JSON.stringify(errorBody(answer))}\n\n`)
  return reply
}

/** What the router itself took: the whole time less the waits for upstreams. */
function tellAnswer({ parts, reply, startedMs, waitedMs, attempt }: Exchange, plan: Plan): void {
  const { id, route } = attempt?.plan ?? plan
  parts.observe({
    kind: 'router.answered',
    id,
    route: route.id,
    status: reply.raw.statusCode,
    addedMs: parts.clock.monotonicMs() - startedMs - waitedMs,
  })
}
