import type { Check } from '../check.ts'
import { oneOf, onlyOptions, shown } from '../option-rules.ts'

/** What this check reads of a circuit breaker, such as one of @holdfast/circuit-breaker. */
export interface BreakerLike {
  readonly name: string
  /** `closed`, `disabled` and `observing` let every call through. */
  readonly state: string
  /** How long until a call may be let through, in ms; null when one may be now. */
  retryInMs(): number | null
}

export interface BreakerClosedOptions {
  /** What a breaker that is not closed amounts to. Default `degraded`: the caller has somewhere else to go. */
  readonly whenOpen?: 'degraded' | 'critical'
}

const LETS_THROUGH = new Set(['closed', 'disabled', 'observing'])

/**
 * A check that a circuit breaker lets calls through. One that is probing again has not proven itself yet.
 * @throws {TypeError} naming the option, what it may be and what it was.
 */
export function breakerClosed(breaker: BreakerLike, options: BreakerClosedOptions = {}): Check {
  onlyOptions('breakerClosed', options, ['whenOpen'])
  const { whenOpen = 'degraded' } = options
  oneOf('whenOpen', whenOpen, ['degraded', 'critical'])
  if (typeof breaker?.name !== 'string') {
    throw new TypeError(`breaker must have a name, got ${shown(breaker)}`)
  }
  if (!('retryInMs' in breaker)) throw new TypeError('breaker must have retryInMs, got none')
  return () => {
    const { name, state } = breaker
    const waitMs = breaker.retryInMs()
    // One that is isolated has no next try.
    const retryInMs = waitMs === Infinity ? null : waitMs
    if (LETS_THROUGH.has(state)) return { status: 'ok', message: `${name} is ${state}` }
    const next = retryInMs === null ? '' : `, next try in ${Math.ceil(retryInMs)} ms`
    return {
      status: whenOpen,
      message: `${name} is ${state}${next}`,
      details: { state, retryInMs },
    }
  }
}
