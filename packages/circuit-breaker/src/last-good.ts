import { systemClock, type Clock } from '@holdfast/seams'
import { known, shown, whole } from './check.ts'

export interface LastGoodOptions {
  /** Older than this, a value is not given any more. ms > 0, also Infinity. Default 300 000. */
  readonly maxAgeMs?: number
  /** How many keys it remembers; beyond, the one that was not used for longest goes. Integer from 1 to 10 000 000. Default 1000. */
  readonly entries?: number
  readonly clock?: Clock
}

/** The last good value of each key, for answers while the real ones cannot be had. It is given as it was put in, not copied. */
export interface LastGood<T> {
  remember(key: string, value: T): void
  /** The value and how old it is, in ms ≥ 0; null if there is none young enough. */
  recall(key: string): { readonly value: T; readonly ageMs: number } | null
  /** Keys it remembers, also those of values that have become too old and were not asked for since. */
  readonly size: number
}

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function createLastGood<T>(options: LastGoodOptions = {}): LastGood<T> {
  known('options', options, ['maxAgeMs', 'entries', 'clock'])
  const { maxAgeMs = 300_000, entries = 1_000, clock = systemClock } = options
  whole('entries', entries, 1, 10_000_000)
  if (!(typeof maxAgeMs === 'number' && maxAgeMs > 0)) {
    throw new RangeError(`maxAgeMs must be > 0, got ${shown(maxAgeMs)}`)
  }
  // A Map keeps the order of insertion: taking out and putting in again makes a key the youngest.
  const kept = new Map<string, { readonly value: T; readonly atMs: number }>()
  return {
    remember(key, value) {
      kept.delete(key)
      kept.set(key, { value, atMs: clock.monotonicMs() })
      if (kept.size <= entries) return
      for (const oldest of kept.keys()) {
        kept.delete(oldest)
        return
      }
    },
    recall(key) {
      const found = kept.get(key)
      if (found === undefined) return null
      kept.delete(key)
      const ageMs = clock.monotonicMs() - found.atMs
      if (ageMs > maxAgeMs) return null
      kept.set(key, found)
      return { value: found.value, ageMs }
    },
    get size() {
      return kept.size
    },
  }
}
