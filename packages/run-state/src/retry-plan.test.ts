import { describe, expect, it } from 'vitest'
import type { RunFailure } from './failures.ts'
import { planRetries } from './retry-plan.ts'

const NOW = 1_000_000_000

const failure = (run: number, attempts: number, agoMs: number): RunFailure => ({
  run,
  attempts,
  earlierAttempts: 0,
  failedAtMs: NOW - agoMs,
  isPermanent: false,
})

const waits = (list: readonly RunFailure[], policy = {}): unknown =>
  planRetries(list, NOW, policy).waiting

describe('a plan of retries', () => {
  it('tries 2 more times by default, first after 3 s, then after 6 s', () => {
    const policy = {}
    expect(waits([failure(1, 1, 2999)], policy)).toEqual([{ run: 1, dueInMs: 1 }])
    expect(planRetries([failure(1, 1, 3000)], NOW).due).toEqual([1])
    expect(waits([failure(1, 2, 5999)], policy)).toEqual([{ run: 1, dueInMs: 1 }])
    expect(planRetries([failure(1, 2, 6000)], NOW).due).toEqual([1])
    expect(planRetries([failure(1, 3, 1e9)], NOW).givenUp).toEqual([1])
  })

  it('waits no longer than the longest wait', () => {
    const policy = { attempts: Infinity, maxWaitMs: 10_000 }
    expect(waits([failure(1, 40, 0)], policy)).toEqual([{ run: 1, dueInMs: 10_000 }])
  })

  it('never tries again what cannot be mended', () => {
    const plan = planRetries([{ ...failure(7, 1, 1e9), isPermanent: true }], NOW)
    expect(plan).toEqual({ due: [], waiting: [], givenUp: [], permanent: [7] })
  })

  it('tries at once what was found missing, or came with an old log', () => {
    const missing = { run: 4, attempts: 0, earlierAttempts: 0, failedAtMs: 0, isPermanent: false }
    const old = { run: 5, attempts: 1, earlierAttempts: 0, failedAtMs: 0, isPermanent: false }
    expect(planRetries([old, missing], NOW).due).toEqual([4, 5])
  })

  it('waits once more, and not for years, when the clock was set back', () => {
    expect(waits([failure(1, 1, -1e12)])).toEqual([{ run: 1, dueInMs: 3000 }])
  })

  it('puts every failure in one list, ascending', () => {
    const list = [failure(9, 1, 1e6), failure(2, 3, 0), failure(5, 1, 1e6), failure(3, 1, 0)]
    const { due, waiting, givenUp } = planRetries(list, NOW)
    expect([due, waiting.map(({ run }) => run), givenUp]).toEqual([[5, 9], [3], [2]])
  })

  it('names a bad field of the policy, also a misspelt one', () => {
    for (const policy of [{ attempts: 0 }, { waitMs: -1 }, { factor: 0.5 }, { maxWaitMs: NaN }]) {
      const [name = ''] = Object.keys(policy)
      expect(() => planRetries([], NOW, policy)).toThrow(name)
    }
    const misspelt = { atempts: 3 } as object
    expect(() => planRetries([], NOW, misspelt)).toThrow('no atempts')
  })
})
