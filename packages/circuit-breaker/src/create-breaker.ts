import type { Breaker } from './breaker.ts'
import { checkedOptions, type BreakerOptions } from './options.ts'
import { StandingBreaker } from './standing-breaker.ts'

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function createBreaker(options: BreakerOptions): Breaker {
  return new StandingBreaker(checkedOptions(options), options.snapshot)
}
