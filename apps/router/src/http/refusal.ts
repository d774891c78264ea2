import { retryAfterMs } from '@holdfast/circuit-breaker'
import type { Route } from '../decide/routes.ts'
import { RequestError, UpstreamError } from './errors.ts'
import { judgeStatus } from './upstream-status.ts'
import type { UpstreamAnswer } from './upstream.ts'

/**
 * What is wrong with an answer, in the shape our own errors have: null if it is one of a model, an `UpstreamError` if
 * the route does not work, and another `RequestError` if it found fault with the request.
 * @param text the body.
 * @param wallMs now, in ms since 1970: what a date in `Retry-After` is counted from.
 */
export function refusal(
  route: Route,
  { status, headers }: Pick<UpstreamAnswer, 'status' | 'headers'>,
  text: string,
  wallMs: number,
): RequestError | null {
  if (status === 200) return isJson(headers) ? null : notJson(route, headers)
  const { isRouteFailure, answerAs } = judgeStatus(status)
  const { message, code } = wordsOf(text)
  const told = `${route.id}: ${route.model}: ${message ?? `answered ${status}`}`
  const waitMs = retryAfterMs(headers['retry-after'], wallMs)
  const options = { retryAfterMs: waitMs }
  if (!isRouteFailure) return new RequestError(answerAs, code ?? 'upstream_error', told, options)
  const trouble = { kind: 'refused', status, retryAfterMs: waitMs } as const
  return new UpstreamError(answerAs, code ?? 'upstream_error', told, trouble, options)
}

const isJson = (headers: UpstreamAnswer['headers']): boolean =>
  /^application\/(?:[\w.-]+\+)?json\b/i.test(String(headers['content-type']))

/** A page of a proxy, or of a server that is no model at all: as an answer it would be worth nothing. */
function notJson(route: Route, headers: UpstreamAnswer['headers']): UpstreamError {
  const seen = headers['content-type'] ?? 'nothing'
  const message = `${route.id}: ${route.model}: answered with ${seen} instead of JSON`
  return new UpstreamError(502, 'upstream_not_json', message, { kind: 'unusable' })
}

/** An upstream's own words, where it has any. */
function wordsOf(text: string): { readonly message?: string; readonly code?: string } {
  let said: { message?: unknown; code?: unknown } | null | undefined
  try {
    said = (JSON.parse(text) as { error?: typeof said } | null)?.error
  } catch (error) {
    // Not JSON: a proxy's page, most likely. Its status is all that can be trusted.
    if (!(error instanceof SyntaxError)) throw error
  }
  return {
    ...(typeof said?.message === 'string' ? { message: said.message } : {}),
    ...(typeof said?.code === 'string' ? { code: said.code } : {}),
  }
}
