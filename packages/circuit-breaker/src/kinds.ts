/** The ways in which a call can fail. Facts name them; `weights` says how much each counts. */
export type FailureKind =
  | 'timeout'
  | 'error'
  | 'rejection'
  | 'resource-exhausted'
  | 'slow'
  | 'anomaly'

/**
 * What a call says about the service. `failure` is the kind `error`. `ignore`: nothing, as when the caller went away.
 * `openForMs`: do not call for that long, in ms, finite and ≥ 0, as a 429 with Retry-After asks.
 */
export type Judgement =
  | 'success'
  | 'failure'
  | 'ignore'
  | FailureKind
  | { readonly openForMs: number }

/** What `settle` takes. */
export type Outcome = Judgement

/** How a call ended, as a judge sees it. */
export type Ended = { readonly error: unknown } | { readonly value: unknown }

/** Windows keep calls as small numbers: 0 is a success, the others are the kinds in this order. */
export const FAILURE_KINDS: readonly FailureKind[] = [
  'timeout',
  'error',
  'rejection',
  'resource-exhausted',
  'slow',
  'anomaly',
]

export const SUCCESS = 0
export const SLOW: number = codeOfKind('slow')
export const IGNORED = -1
export const OPEN_FOR = -2

/** 1 or more. */
function codeOfKind(kind: FailureKind): number {
  return FAILURE_KINDS.indexOf(kind) + 1
}

/** The kind behind a code, null for a success. */
export function kindOf(code: number): FailureKind | null {
  return FAILURE_KINDS[code - 1] ?? null
}

/** @throws {TypeError | RangeError} naming the outcome, what it may be and what it was. */
export function codeOf(outcome: Outcome): number {
  if (outcome === 'success') return SUCCESS
  if (outcome === 'ignore') return IGNORED
  if (outcome === 'failure') return codeOfKind('error')
  if (typeof outcome === 'object' && outcome !== null && 'openForMs' in outcome) {
    const { openForMs } = outcome
    if (typeof openForMs === 'number' && openForMs >= 0 && openForMs < Infinity) return OPEN_FOR
    throw new RangeError(`openForMs must be finite and ≥ 0, got ${String(openForMs)}`)
  }
  const code = typeof outcome === 'string' ? codeOfKind(outcome) : 0
  if (code > 0) return code
  const names = ['success', 'failure', 'ignore', ...FAILURE_KINDS].join(', ')
  throw new TypeError(
    `outcome must be one of ${names} or { openForMs }, got ${typeof outcome === 'string' ? `"${outcome}"` : String(outcome)}`,
  )
}

/** Weights are counted in millionths, so that sums are whole numbers and never drift. */
export const WEIGHT_UNIT = 1_000_000
