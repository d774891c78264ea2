import type { Random } from '@holdfast/seams'
import { length, shown } from './check.ts'
import type { Opening, Rules } from './options.ts'

/** Taken when `openMs` is a function that has not yet given a length of time. */
const FALLBACK_MS = 30_000

/** How long a breaker stays open, and whether `openMs` or `random` failed when it was asked. */
export interface OpenTime {
  /** Finite and ≥ 0. */
  readonly ms: number
  /** The last that was good, before chance. */
  readonly givenMs: number
  readonly failed: { readonly error: unknown } | null
}

/**
 * Asks `openMs`, and chance. If one of them throws, or gives what it must not, the last good time counts, or chance does nothing:
 * the breaker must open all the same, and the caller whose call tipped it must not get their error instead of its own. Never throws.
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
  let share = 0
  try {
    if (openJitter > 0) share = openJitter * (2 * chanceOf(random) - 1)
  } catch (error) {
    failed ??= { error }
  }
  return { ms: Math.min(givenMs * (1 + share), Number.MAX_VALUE), givenMs, failed }
}

function chanceOf(random: Random): number {
  const chance = random.next()
  if (chance >= 0 && chance <= 1) return chance
  throw new RangeError(`random.next() must give 0 to 1, got ${shown(chance)}`)
}
