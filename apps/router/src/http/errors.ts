import type { Trouble } from '../decide/trouble.ts'

/** The `type` that OpenAI clients branch on. */
export type ErrorType = 'invalid_request_error' | 'upstream_error' | 'server_error'

/** An answer that is an error. It becomes `{"error": {message, type, param, code}}` with `status`. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly type: ErrorType
  /** Machine-readable, snake case, as OpenAI's are. */
  readonly code: string
  /** The same, or our word for it where `code` is an upstream's own: there are few of these, so they can be counted. */
  readonly ownCode: string
  /** The field at fault, if one is. */
  readonly param: string | null
  /** When to ask again, in ms; null if nobody knows. Sent as `Retry-After`. */
  readonly retryAfterMs: number | null

  constructor(status: number, code: string, message: string, options: RequestErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.status = status
    this.code = code
    this.ownCode = options.ownCode ?? code
    this.type = typeFor(status)
    this.param = options.param ?? null
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

export interface RequestErrorOptions {
  readonly param?: string
  readonly cause?: unknown
  readonly ownCode?: string
  readonly retryAfterMs?: number | null
}

/** An upstream did not answer as it should. Whatever the client is told, `trouble` says what it means for the route. */
export class UpstreamError extends RequestError {
  readonly trouble: Trouble

  constructor(
    status: number,
    code: string,
    message: string,
    trouble: Trouble,
    options: RequestErrorOptions = {},
  ) {
    super(status, code, message, options)
    this.trouble = trouble
  }
}

/** A bug, as the client may hear of it. Its `cause` is for the log. */
export function internalError(cause: unknown): RequestError {
  return new RequestError(500, 'internal_error', 'the router failed; its log says why', { cause })
}

/** The error shape of the OpenAI API (API reference, "Error codes"). */
export function errorBody(error: Pick<RequestError, 'message' | 'type' | 'param' | 'code'>): {
  error: { message: string; type: string; param: string | null; code: string }
} {
  const { message, type, param, code } = error
  return { error: { message, type, param, code } }
}

export function typeFor(status: number): ErrorType {
  if (status === 502 || status === 504) return 'upstream_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}
