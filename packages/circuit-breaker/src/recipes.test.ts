import { readFileSync } from 'node:fs'
import { VirtualClock } from '@holdfast/seams/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLastGood } from './index.ts'
import { opened, played } from './played.fixture.ts'
import { judgeResponse, runOrRecall, runWithRetries } from './recipes.fixture.ts'

afterEach(() => void vi.useRealTimers())

describe('the recipes', () => {
  it('stand in the README word for word', () => {
    const here = new URL('.', import.meta.url)
    const program = readFileSync(new URL('recipes.fixture.ts', here), 'utf8')
    const readme = readFileSync(new URL('../README.md', here), 'utf8')
    expect(readme).toContain(program.replace("'./index.ts'", "'@holdfast/circuit-breaker'"))
  })
})

describe('retries around a breaker, by p-retry', () => {
  it('try again what failed', async () => {
    const p = played({ minimumCalls: 4 })
    let attempts = 0
    const flaky = (): string => {
      attempts += 1
      if (attempts < 2) throw new Error('no')
      return 'yes'
    }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }) // Those of p-retry.
    const answer = runWithRetries(p.breaker, flaky, p.clock)
    await vi.advanceTimersByTimeAsync(100)
    await expect(answer).resolves.toBe('yes')
    expect(p.breaker.reading().calls).toBe(2)
  })

  it('leave at once what stays open for long', async () => {
    const p = opened({ openMs: 2_001 })
    await expect(runWithRetries(p.breaker, () => 'yes', p.clock)).rejects.toMatchObject({
      code: 'CIRCUIT_OPEN',
    })
    expect(p.breaker.reading().rejected).toBe(1)
  })

  it('wait for what opens again soon', async () => {
    const p = opened({ openMs: 1_000 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answer = runWithRetries(p.breaker, () => 'yes', p.clock)
    await p.clock.advance(999)
    expect(p.breaker.reading().rejected).toBe(1)
    await p.clock.advance(1)
    await vi.advanceTimersByTimeAsync(100)
    await expect(answer).resolves.toBe('yes')
  })
})

describe('a judge of responses', () => {
  it.each([
    [200, {}, 'success'],
    [404, {}, 'success'],
    [500, {}, 'failure'],
    [429, {}, 'resource-exhausted'],
    [429, { 'retry-after': '7' }, { openForMs: 7_000 }],
    [503, { 'retry-after': '3600' }, { openForMs: 60_000 }],
  ])('takes %d with %j as %j', (status, headers, judgement) => {
    expect(judgeResponse({ value: new Response(null, { status, headers }) })).toEqual(judgement)
  })

  it('takes errors as they are', () => {
    expect(judgeResponse({ error: new DOMException('late', 'TimeoutError') })).toBe('timeout')
  })
})

describe('a stale answer while open', () => {
  it('comes with its age, and is none where there was never a good one', async () => {
    const clock = new VirtualClock()
    const p = played({ clock })
    const good = createLastGood<number>({ clock })
    await expect(runOrRecall(p.breaker, good, 'a', () => 7)).resolves.toEqual({
      value: 7,
      ageMs: 0,
    })
    await clock.advance(50)
    p.breaker.trip({ reason: 'drift' })
    await expect(runOrRecall(p.breaker, good, 'a', () => 8)).resolves.toEqual({
      value: 7,
      ageMs: 50,
    })
    await expect(runOrRecall(p.breaker, good, 'b', () => 8)).rejects.toMatchObject({
      code: 'CIRCUIT_OPEN',
    })
  })
})
