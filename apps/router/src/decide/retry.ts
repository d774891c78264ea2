import type { Clock } from '@holdfast/seams'

/** How a call that failed is tried again at the same route. */
export interface RetryPolicy {
  /** Most calls to one route for one request. Integer ≥ 1; 1 never tries again. */
  readonly tries: number
  /** The longest pause before the second call, in ms ≥ 0; it doubles with each further one. */
  readonly backoffMs: number
  /** Tries again that each first call earns, 0 to 1. */
  readonly budgetRatio: number
  /** Tries again that are allowed every second whatever the traffic, ≥ 0. */
  readonly budgetPerSecond: number
}

/**
 * The pause before try number `tries` + 1, in ms.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: "full jitter".
 * @param draw from 0 to below 1.
 */
export const backoffMs = (policy: RetryPolicy, tries: number, draw: number): number =>
  draw * policy.backoffMs * 2 ** (tries - 1)

/** What keeps tries from becoming most of the traffic of an upstream that is in trouble. */
export interface RetryBudget {
  /** Called for each first call. */
  earn(): void
  /** @returns whether one try more may be made. */
  spend(): boolean
}

/** Seconds of the steady allowance that may be saved up. */
const SAVED_SECONDS = 10

/**
 * A token bucket: each first call puts `budgetRatio` in, each second `budgetPerSecond`, each further try takes one.
 * Source: Beyer et al., "Site Reliability Engineering", 2016, ch. 21, "retry budget"; Finagle's `RetryBudget`.
 */
export function createRetryBudget(
  { budgetRatio, budgetPerSecond }: RetryPolicy,
  clock: Pick<Clock, 'monotonicMs'>,
): RetryBudget {
  const most = Math.max(1, SAVED_SECONDS * budgetPerSecond, 100 * budgetRatio)
  let tokens = SAVED_SECONDS * budgetPerSecond
  let filledAtMs = clock.monotonicMs()
  const fill = (earned: number): void => {
    const nowMs = clock.monotonicMs()
    tokens = Math.min(most, tokens + earned + ((nowMs - filledAtMs) / 1000) * budgetPerSecond)
    filledAtMs = nowMs
  }
  return {
    earn: () => fill(budgetRatio),
    spend() {
      fill(0)
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
