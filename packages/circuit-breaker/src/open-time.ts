import { length } from './check.ts'
import type { Opening, Rules } from './options.ts'

/** Taken when `openMs` is a function that has not yet given a length of time. */
const FALLBACK_MS = 30_000

/** How long a breaker stays open, and whether the function that was asked failed. */
export interface OpenTime {
  readonly ms: number
  /** The last that was good, before chance. */
  readonly givenMs: number
  readonly failed: { readonly error: unknown } | null
}

/**
 * Asks `openMs`. If it throws, or gives no length of time, the last good one counts: the breaker must open all the same, and the
 * caller whose call tipped it must not get the error of this function instead of its own.
 * @param lastMs what was given last, null at first.
 */
export function openTime(
  { openMs, openJitter, random }: Pick<Rules, 'openMs' | 'openJitter' | 'random'>,
  opening: Opening,
  lastMs: number | null,
): OpenTime {
  let givenMs = lastMs ?? FALLBACK_MS
  let failed: OpenTime['failed'] = null
  if (typeof openMs === 'number') givenMs = openMs
  else {
    try {
      const ms = openMs(opening)
      length('openMs', ms, '≥ 0')
      givenMs = ms
    } catch (error) {
      failed = { error }
    }
  }
  const share = openJitter === 0 ? 0 : openJitter * (2 * random.next() - 1)
  return { ms: givenMs * (1 + share), givenMs, failed }
}
