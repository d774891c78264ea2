import type { Outcome } from '@holdfast/circuit-breaker'

/** How a call to an upstream went wrong, as far as it says something of the upstream. */
export type Trouble =
  /** No connection, or one that broke off. */
  | { readonly kind: 'unreachable' }
  /** It said nothing for longer than it may. */
  | { readonly kind: 'silent' }
  /** What came is no answer of a model. */
  | { readonly kind: 'unusable' }
  | {
      readonly kind: 'refused'
      readonly status: number
      /** How long it asked not to be called, in ms; null if it did not. */
      readonly retryAfterMs: number | null
    }

/**
 * Whether calling the same route once more may help: it broke off, or failed and did not ask for patience. Silence is
 * not waited for twice.
 */
export function isWorthAnotherTry(trouble: Trouble): boolean {
  if (trouble.kind === 'unreachable') return true
  return trouble.kind === 'refused' && trouble.status >= 500 && trouble.retryAfterMs === null
}

/**
 * What the route's breaker is told.
 * @param rest the least and the most that an upstream's own wish for patience counts for, in ms.
 */
export function outcomeOf(
  trouble: Trouble,
  rest: { readonly shortestMs: number; readonly longestMs: number },
): Outcome {
  switch (trouble.kind) {
    case 'silent':
      return 'timeout'
    case 'unreachable':
    case 'unusable':
      return 'error'
    case 'refused':
      break
  }
  const { status, retryAfterMs } = trouble
  if (retryAfterMs !== null) {
    return { openForMs: Math.min(Math.max(retryAfterMs, rest.shortestMs), rest.longestMs) }
  }
  if (status === 429) return 'resource-exhausted'
  return status === 408 ? 'timeout' : 'error'
}
