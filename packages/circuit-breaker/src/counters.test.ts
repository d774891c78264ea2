import { expect, it } from 'vitest'
import { circuitBreakerCounters, type BreakerFact } from './index.ts'

it('every kind of fact feeds a counter, and each counter is named for this package', () => {
  // A record, so that the compiler asks for a kind that is added later.
  const kinds: Record<BreakerFact['kind'], true> = {
    'breaker.opened': true,
    'breaker.probing': true,
    'breaker.closed': true,
    'breaker.failure': true,
    'breaker.slow': true,
    'breaker.refused': true,
    'breaker.stale': true,
    'breaker.fallback': true,
    'breaker.would-open': true,
    'breaker.isolated': true,
    'breaker.released': true,
    'breaker.mode-set': true,
    'breaker.open-ms-failed': true,
    'breaker.judge-failed': true,
  }
  const counted = circuitBreakerCounters.map(({ kind }) => kind)
  expect(new Set(counted)).toEqual(new Set(Object.keys(kinds)))
  const names = circuitBreakerCounters.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^holdfast_circuit_breaker_[a-z_]+_total$/)
})
