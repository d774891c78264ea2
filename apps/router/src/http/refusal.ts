import { retryAfterMs } from '@holdfast/circuit-breaker'
import type { Route } from '../decide/routes.ts'
import { RequestError, UpstreamError } from './errors.ts'
import { judgeStatus } from './upstream-status.ts'
import type { UpstreamAnswer } from './upstream.ts'
import type { ReadBody } from './usage.ts'

/**
 * What is wrong with an answer, in the shape our own errors have: null if it is one of a model, an `UpstreamError` if
 * the route does not work, and another `RequestError` if it found fault with the request.
 * @param wallMs now, in ms since 1970: what a date in `Retry-After` is counted from.
 */
export function refusal(
  route: Route,
  { status, headers }: Pick<UpstreamAnswer, 'status' | 'headers'>,
  body: ReadBody,
  wallMs: number,
): RequestError | null {
  if (status === 200)
    return isJson(headers) ? noAnswer(route, headers, body) : notJson(route, headers)
  const { isRouteFailure, answerAs } = judgeStatus(status)
  const { message, code } = wordsOf(body.error ?? {})
  const told = `${route.id}: ${route.model}: ${message ?? `answered ${status}`}`
  const waited = retryAfterMs(headers['retry-after'], wallMs)
  const waitMs = waited === null ? null : Math.min(waited, LONGEST_WAIT_MS)
  const options = { retryAfterMs: waitMs, ownCode: OWN_CODE }
  if (!isRouteFailure) return new RequestError(answerAs, code ?? OWN_CODE, told, options)
  const trouble = { kind: 'refused', status, retryAfterMs: waitMs } as const
  return new UpstreamError(answerAs, code ?? OWN_CODE, told, trouble, options)
}

const OWN_CODE = 'upstream_error'
/** The longest that a client is told to wait because an upstream said so, in ms: a day. */
const LONGEST_WAIT_MS = 86_400_000
/** The longest of an upstream's own words that are passed on, in characters. */
const LONGEST_MESSAGE = 1_000
const LONGEST_CODE = 64

/** A 200 whose body says that it failed, or is not whole. What is packed is not looked into: nobody asked for that. */
function noAnswer(
  route: Route,
  headers: UpstreamAnswer['headers'],
  body: ReadBody,
): UpstreamError | null {
  if (headers['content-encoding'] !== undefined) return null
  if (body.error !== null) return failedInside(route, body.error)
  if (body.isWhole) return null
  const message = `${route.id}: ${route.model}: answered with JSON that is not whole`
  return new UpstreamError(502, 'upstream_not_json', message, { kind: 'unusable' })
}

/** An error where an answer should be. @param said as the upstream put it. */
export function failedInside(route: Route, said: object): UpstreamError {
  const { message, code } = wordsOf(said)
  const told = `${route.id}: ${route.model}: ${message ?? 'answered with an error'}`
  const trouble = { kind: 'refused', status: 500, retryAfterMs: null } as const
  return new UpstreamError(502, code ?? OWN_CODE, told, trouble, { ownCode: OWN_CODE })
}

const isJson = (headers: UpstreamAnswer['headers']): boolean =>
  /^application\/(?:[\w.-]+\+)?json\b/i.test(String(headers['content-type']))

/** A page of a proxy, or of a server that is no model at all: as an answer it would be worth nothing. */
function notJson(route: Route, headers: UpstreamAnswer['headers']): UpstreamError {
  const seen = headers['content-type'] ?? 'nothing'
  const message = `${route.id}: ${route.model}: answered with ${seen} instead of JSON`
  return new UpstreamError(502, 'upstream_not_json', message, { kind: 'unusable' })
}

interface Words {
  readonly message?: string
  readonly code?: string
}

/** An upstream's own words, where it has any. */
function wordsOf(said: object): Words {
  const { message, code } = said as { message?: unknown; code?: unknown }
  return {
    ...(typeof message === 'string' ? { message: message.slice(0, LONGEST_MESSAGE) } : {}),
    ...(typeof code === 'string' ? { code: code.slice(0, LONGEST_CODE) } : {}),
  }
}
