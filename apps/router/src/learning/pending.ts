import type { Clock } from '@holdfast/seams'

/** A decision that was carried out and waits to hear how good it was. */
export interface PendingDecision {
  readonly route: string
  readonly context: Float64Array
  readonly costUsd: number
}

export type Claim =
  | { readonly kind: 'pending'; readonly decision: PendingDecision }
  | { readonly kind: 'duplicate' | 'unknown' | 'expired' }

export interface PendingOptions {
  /** Most decisions remembered. Integer ≥ 1. Beyond it the oldest is given up. */
  readonly capacity: number
  /** How long feedback may take, in ms > 0. */
  readonly expireMs: number
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Hears of decisions that were given up without feedback. */
  readonly onExpired: (count: number) => void
}

export interface Pending {
  /** Decisions that may still be claimed. */
  readonly size: number
  add(id: string, decision: PendingDecision): void
  /** Takes the decision out, once. */
  claim(id: string): Claim
}

/**
 * The decisions whose reward may still come, bounded in number and in time. An id that was settled or
 * given up is remembered for as long again, so that a late or second report gets a true answer.
 */
export function createPending({ capacity, expireMs, clock, onExpired }: PendingOptions): Pending {
  // Both maps are in order of time, because entries are only ever added at the end.
  const waiting = new Map<string, { readonly atMs: number; readonly decision: PendingDecision }>()
  const ended = new Map<string, { readonly atMs: number; readonly how: 'duplicate' | 'expired' }>()

  const end = (id: string, how: 'duplicate' | 'expired'): void => {
    waiting.delete(id)
    ended.set(id, { atMs: clock.monotonicMs(), how })
  }

  const sweep = (): void => {
    const oldestMs = clock.monotonicMs() - expireMs
    let expired = 0
    for (const [id, { atMs }] of waiting) {
      if (atMs > oldestMs && waiting.size <= capacity) break
      end(id, 'expired')
      expired += 1
    }
    for (const [id, { atMs }] of ended) {
      if (atMs > oldestMs && ended.size <= capacity) break
      ended.delete(id)
    }
    if (expired > 0) onExpired(expired)
  }

  return {
    get size() {
      sweep()
      return waiting.size
    },

    add(id, decision) {
      waiting.set(id, { atMs: clock.monotonicMs(), decision })
      sweep()
    },

    claim(id) {
      sweep()
      const found = waiting.get(id)
      if (found === undefined) return { kind: ended.get(id)?.how ?? 'unknown' }
      end(id, 'duplicate')
      return { kind: 'pending', decision: found.decision }
    },
  }
}
