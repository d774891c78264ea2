import { kindOf, type FailureKind } from './kinds.ts'
import { ratios, type Crossing, type Limits, type Ratios } from './limits.ts'
import type { Sums } from './window.ts'

/** Why calls are refused. */
export interface OpenCause {
  /**
   * The limit that was reached; `unanswered`: the probes did not decide in time; `asked`: a judge said for how long;
   * `tripped`: a signal from outside; `isolated`: held by hand.
   */
  readonly kind: Crossing | 'unanswered' | 'asked' | 'tripped' | 'isolated'
  /** In what way the call failed that tipped it; null when that call was a success, or there was none. */
  readonly failure: FailureKind | null
  /** Share of failures when it opened, 0 to 1; null when no share was decisive. */
  readonly failureRatio: number | null
  readonly slowRatio: number | null
  /** What was given to `trip` or `isolate`. */
  readonly reason: string | null
  /** What the call that tipped it threw, if it went through `run` and threw. */
  readonly error?: unknown
}

/** @param details what is known beside the kind. */
export function causeOf(
  kind: OpenCause['kind'],
  details: Partial<Ratios> & {
    readonly failure?: FailureKind | null
    readonly reason?: string
    readonly error?: unknown
  } = {},
): OpenCause {
  const { failure = null, failureRatio = null, slowRatio = null, reason = null, error } = details
  const cause = { kind, failure, failureRatio, slowRatio, reason }
  return error === undefined ? cause : { ...cause, error }
}

/** Calls reached a limit. @param code of the call that tipped it. */
export function crossedBy(
  over: Crossing,
  sums: Sums,
  limits: Limits,
  code: number,
  error: unknown,
): OpenCause {
  const isSlowness = over === 'slow-ratio' || over === 'consecutive-slow' || over === 'probes-slow'
  const failure = kindOf(code) ?? (isSlowness ? 'slow' : null)
  return causeOf(over, { ...ratios(sums, limits), failure, error })
}
