import type { Breaker, Outcome, Pass } from '@holdfast/circuit-breaker'
import type { FastifyReply } from 'fastify'
import type { Usage } from '../decide/reward.ts'
import { UpstreamError, type RequestError } from './errors.ts'
import { CLIENT_GONE, NO_TOKENS, settleCall, settleFailure, type Call } from './outcome.ts'
import type { Plan } from './plan.ts'
import type { RouterParts } from './router-parts.ts'

/** One chat completion on its way, through as many attempts as it takes. */
export interface Exchange {
  readonly parts: RouterParts
  readonly reply: FastifyReply
  /** Aborted when the client has hung up. */
  readonly gone: AbortSignal
  /** Ends the upstream's call as well. */
  readonly hangUp: () => void
  readonly startedMs: number
  /** What was waited for so far: upstreams, and pauses between calls. */
  waitedMs: number
  /** Whoever is asked now, or was asked last. */
  attempt: Attempt | null
  /** Lessons of attempts that failed, on their way to the disk. */
  readonly lessons: Promise<void>[]
  /** Under what the answer is kept for the time when nobody answers; null: it is not. */
  readonly cacheKey: string | null
}

/** One route's turn: a decision of its own, of one call or several. */
export interface Attempt {
  readonly plan: Plan
  readonly breaker: Breaker
  /** The leave to make the call under way; null between calls. */
  pass: Pass | null
  /** When the upstream was called. */
  sentMs: number
  /** When it began to answer; null until then. */
  answeredMs: number | null
  /** When its answer was complete; null until then. */
  endedMs: number | null
  /** What the call has used so far. */
  usage: () => Usage
  isSettled: boolean
}

export function newAttempt(parts: RouterParts, plan: Plan): Attempt {
  return {
    plan,
    breaker: parts.breakers.of(plan.route.id),
    pass: null,
    sentMs: parts.clock.monotonicMs(),
    answeredMs: null,
    endedMs: null,
    usage: () => NO_TOKENS,
    isSettled: false,
  }
}

/** Writes down an attempt that brought an answer, or that the client did not wait for; once. */
export function settle(exchange: Exchange, attempt: Attempt, status: number): void {
  if (attempt.isSettled) return
  attempt.isSettled = true
  endCall(exchange, attempt, status === CLIENT_GONE ? 'ignore' : 'success')
  settleCall(exchange.parts, attempt.plan, callOf(attempt, status))
}

/**
 * Writes down an attempt that failed, once. What it teaches is on its way then: nobody waits for the disk to be answered
 * by another route.
 */
export function settleFailed(exchange: Exchange, attempt: Attempt, error: RequestError): void {
  if (attempt.isSettled) return
  attempt.isSettled = true
  const { parts } = exchange
  const { plan } = attempt
  endCall(exchange, attempt, outcomeFor(parts, plan.route.id, error))
  const call = callOf(attempt, error.status)
  if (!(error instanceof UpstreamError)) {
    settleCall(parts, plan, call)
    return
  }
  const lesson = settleFailure(parts, plan, error, call).catch((failed: unknown) => {
    parts.observe({ kind: 'router.decision-failed', id: plan.id, error: failed })
  })
  exchange.lessons.push(lesson)
}

/** What a failed call says of its route: nothing, unless it is the route that failed. */
export const outcomeFor = ({ breakers }: RouterParts, route: string, error: unknown): Outcome =>
  error instanceof UpstreamError ? breakers.outcomeOf(route, error.trouble) : 'ignore'

/**
 * Ends the call under way, if one is: the breaker hears of it, and the wait for it is not the router's own. A route is
 * slow if it takes long to begin: how long it goes on depends on what was asked, and on who reads.
 */
export function endCall(exchange: Exchange, attempt: Attempt, outcome: Outcome): void {
  const nowMs = exchange.parts.clock.monotonicMs()
  attempt.endedMs ??= nowMs
  const { breaker, pass, sentMs, answeredMs, endedMs } = attempt
  if (pass === null) return
  attempt.pass = null
  exchange.waitedMs += endedMs - sentMs
  breaker.settle(pass, outcome, (answeredMs ?? nowMs) - sentMs)
}

function callOf({ usage, sentMs, endedMs }: Attempt, status: number): Call {
  return { status, usage: usage(), latencyMs: (endedMs ?? sentMs) - sentMs }
}
