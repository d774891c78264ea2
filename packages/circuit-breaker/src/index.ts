/** Whether a service is worth calling: a circuit breaker that acts on no stale result and leaks no permit. */
export { createBreaker } from './create-breaker.ts'
export type {
  Breaker,
  BreakerReading,
  BreakerStateName,
  IsolateOptions,
  RunOptions,
  TripOptions,
} from './breaker.ts'
export type { Call } from './ending.ts'
export type { BreakerOptions, Opening, ProbeOptions } from './options.ts'
export type { Pass } from './pass.ts'
export type { Window, WindowContent } from './window.ts'
export type { Ended, FailureKind, Judgement, Outcome } from './kinds.ts'
export type { Mode } from './state.ts'
export type { OpenCause } from './cause.ts'
export type { BreakerSnapshot } from './snapshot.ts'
export { defaultJudge, failureKindOf } from './judge.ts'
export { retryAfterMs } from './retry-after.ts'
export { createLastGood } from './last-good.ts'
export type { LastGood, LastGoodOptions } from './last-good.ts'
export { asPolicy } from './policy.ts'
export type { BreakerPolicy, PolicyEvent } from './policy.ts'
export { CallTimeoutError, CircuitOpenError } from './errors.ts'
export type { BreakerFact } from './facts.ts'
export { circuitBreakerCounters } from './counters.ts'
