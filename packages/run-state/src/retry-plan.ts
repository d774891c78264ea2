import type { RunFailure } from './failures.ts'
import { shown } from './options.ts'

/** When a failed run is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first included. Integer ≥ 1, or Infinity. Default 3. */
  readonly attempts?: number
  /** From the first failure to the second try, in ms, finite and ≥ 0. Default 3000. */
  readonly waitMs?: number
  /** By how much each wait is longer than the one before. ≥ 1. Default 2. */
  readonly factor?: number
  /** The longest wait, in ms, ≥ 0. Default 600 000. */
  readonly maxWaitMs?: number
}

/** What is to be done about the runs that failed. Each of them is in one list, ascending by run. */
export interface RetryPlan {
  /** To be tried now. */
  readonly due: readonly number[]
  /** To be tried later. */
  readonly waiting: readonly { readonly run: number; readonly dueInMs: number }[]
  /** Tried as often as they may be. */
  readonly givenUp: readonly number[]
  /** Failed in a way that no other try mends. */
  readonly permanent: readonly number[]
}

/**
 * Sorts failures by what is to be done about them.
 * @param nowMs ms since 1970. When the clock was set back, a run waits once more, no longer.
 * @throws {TypeError | RangeError} naming a bad field of the policy.
 */
export function planRetries(
  failures: Iterable<RunFailure>,
  nowMs: number,
  policy: RetryPolicy = {},
): RetryPlan {
  const { attempts = 3, waitMs = 3000, factor = 2, maxWaitMs = 600_000 } = checked(policy)
  const due: number[] = []
  const waiting: { run: number; dueInMs: number }[] = []
  const givenUp: number[] = []
  const permanent: number[] = []
  for (const failure of [...failures].toSorted((a, b) => a.run - b.run)) {
    const { run } = failure
    // A single jump of the clock must not postpone a run for years, so no wait is longer than itself.
    const wait = Math.min(waitMs * factor ** Math.max(0, failure.attempts - 1), maxWaitMs)
    const dueInMs = Math.min(failure.failedAtMs + wait - nowMs, wait)
    if (failure.isPermanent) permanent.push(run)
    else if (failure.attempts >= attempts) givenUp.push(run)
    else if (failure.attempts === 0 || dueInMs <= 0) due.push(run)
    else waiting.push({ run, dueInMs })
  }
  return { due, waiting, givenUp, permanent }
}

const LIMITS: Readonly<Record<keyof RetryPolicy, (value: number) => string | null>> = {
  attempts: (value) =>
    value === Infinity || (Number.isInteger(value) && value >= 1)
      ? null
      : 'an integer ≥ 1, or Infinity',
  waitMs: (value) => (value >= 0 && value < Infinity ? null : 'finite and ≥ 0'),
  factor: (value) => (value >= 1 && value < Infinity ? null : 'finite and ≥ 1'),
  maxWaitMs: (value) => (value >= 0 && value < Infinity ? null : 'finite and ≥ 0'),
}

function checked(policy: RetryPolicy): RetryPolicy {
  if (typeof policy !== 'object' || policy === null) {
    throw new TypeError(`a retry policy must be an object, got ${shown(policy)}`)
  }
  for (const [name, value] of Object.entries(policy)) {
    if (!Object.hasOwn(LIMITS, name)) throw new TypeError(`a retry policy has no ${name}`)
    const wanted = LIMITS[name as keyof RetryPolicy](value as number)
    if (value !== undefined && wanted !== null) {
      throw new RangeError(`${name} must be ${wanted}, got ${shown(value)}`)
    }
  }
  return policy
}
