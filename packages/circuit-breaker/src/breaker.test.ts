import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createBreaker } from './index.ts'

const make = (clock = new VirtualClock()) => ({
  clock,
  breaker: createBreaker({
    name: 'stock',
    window: { kind: 'count', size: 4 },
    minimumCalls: 4,
    openMs: 1_000,
    probes: { calls: 2 },
    clock,
  }),
})

describe('a breaker that opens at half of 4 calls for 1000 ms', () => {
  it('opens, refuses, probes, closes', async () => {
    const { breaker, clock } = make()
    for (const outcome of ['success', 'failure', 'success'] as const) {
      breaker.settle(breaker.admit()!, outcome, 0)
    }
    expect(breaker.state).toBe('closed')
    await expect(breaker.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(breaker.state).toBe('open')
    await expect(breaker.run(() => 1)).rejects.toMatchObject({
      code: 'CIRCUIT_OPEN',
      retryInMs: 1_000,
      cause: { kind: 'failure-ratio', failureRatio: 0.5 },
    })
    await clock.advance(1_000)
    expect(breaker.state).toBe('open')
    expect(breaker.retryInMs()).toBe(0)
    const [a, b] = [breaker.admit(), breaker.admit()]
    expect(breaker.state).toBe('probing')
    expect(breaker.admit()).toBeNull()
    breaker.settle(a!, 'success', 0)
    breaker.settle(b!, 'success', 0)
    expect(breaker.state).toBe('closed')
    await expect(breaker.run(() => 7)).resolves.toBe(7)
  })
})
