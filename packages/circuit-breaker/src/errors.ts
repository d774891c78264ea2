import type { OpenCause } from './cause.ts'

/**
 * Thrown instead of making the call, while the breaker refuses. Nothing was sent. It has no stack trace unless the
 * breaker was made with `errorStack`, because a trace costs more than all the rest of a refusal.
 */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpenError'
  readonly code = 'CIRCUIT_OPEN'
  /** The breaker's name, as given to `createBreaker`. */
  readonly breaker: string
  /** What the breaker's state was. */
  readonly state: 'open' | 'probing' | 'isolated'
  /**
   * How long until a call may be let through, in ms ≥ 0. 0 while others probe, since that depends on them; Infinity in an
   * isolation without an end.
   */
  readonly retryInMs: number
  /** Why it refuses. */
  override readonly cause: OpenCause

  constructor(
    breaker: string,
    state: 'open' | 'probing' | 'isolated',
    retryInMs: number,
    cause: OpenCause,
  ) {
    super(`${breaker}: not called, ${why(state, retryInMs, cause)}`)
    this.breaker = breaker
    this.state = state
    this.retryInMs = retryInMs
    this.cause = cause
  }
}

function why(
  state: 'open' | 'probing' | 'isolated',
  retryInMs: number,
  { kind, reason }: OpenCause,
): string {
  const because = reason === null ? kind : `${kind}: ${reason}`
  if (state === 'probing') return `others are probing it (${because})`
  const next =
    retryInMs === Infinity ? 'until it is released' : `for ${Math.ceil(retryInMs)} ms more`
  return `it is ${state} ${next} (${because})`
}

/** Makes an error without the cost of a stack trace. */
export function withoutStack<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit
  // Where the built-ins are frozen this does nothing, and the error has a trace.
  Reflect.set(Error, 'stackTraceLimit', 0)
  const error = make()
  Reflect.set(Error, 'stackTraceLimit', limit)
  return error
}

/** A call took longer than `timeoutMs`. Its signal is aborted; what it still does is nobody's. */
export class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError'
  readonly code = 'CALL_TIMEOUT'
  readonly breaker: string
  readonly timeoutMs: number

  constructor(breaker: string, timeoutMs: number) {
    super(`${breaker}: no answer within ${timeoutMs} ms`)
    this.breaker = breaker
    this.timeoutMs = timeoutMs
  }
}
