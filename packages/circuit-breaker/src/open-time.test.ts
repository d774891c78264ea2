import { seededRandom } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { due, opened, played } from './played.fixture.ts'
import type { Opening } from './index.ts'

/** Fifty open times under one seed. */
const times = (seed: string): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: 50 }, () => {
    const { breaker } = opened({ openJitter: 0.2, random })
    return breaker.retryInMs() ?? Number.NaN
  })
}

describe('the open time', () => {
  it('is what the function says, which hears of attempt, ratio and cause', async () => {
    const heard: Opening[] = []
    const openMs = (opening: Opening): number => {
      heard.push(opening)
      return 100 * 2 ** opening.attempt
    }
    const p = played({ openMs, probes: { calls: 1 } })
    p.play('success', 'timeout', 'timeout', 'timeout')
    expect(p.breaker.retryInMs()).toBe(200)
    await p.clock.advance(200)
    p.play('error')
    expect(p.breaker.retryInMs()).toBe(400)
    expect(heard).toMatchObject([
      { attempt: 1, failureRatio: 0.75, cause: { kind: 'failure-ratio', failure: 'timeout' } },
      { attempt: 2, failureRatio: 1, cause: { kind: 'probes-failed', failure: 'error' } },
    ])
  })

  it('is moved by seeded chance, up and down, within openJitter', () => {
    const some = times('a')
    expect(some).toEqual(times('a'))
    expect(some).not.toEqual(times('b'))
    expect(Math.min(...some)).toBeGreaterThanOrEqual(800)
    expect(Math.min(...some)).toBeLessThan(900)
    expect(Math.max(...some)).toBeGreaterThan(1_100)
    expect(Math.max(...some)).toBeLessThan(1_200)
  })

  it.each([
    ['no number', () => Number.NaN, 'openMs must be finite and ≥ 0, got NaN'],
    ['Infinity', () => Infinity, 'openMs must be finite and ≥ 0, got Infinity'],
    ['less than 0', () => -1, 'openMs must be finite and ≥ 0, got -1'],
    [
      'an error',
      () => {
        throw new Error('out of order')
      },
      'out of order',
    ],
  ])('is 30 s when the function gives %s, which is told', (_, openMs, message) => {
    const p = played({ openMs })
    p.play('failure', 'failure', 'failure', 'failure')
    expect(p.breaker.retryInMs()).toBe(30_000)
    expect(p.facts.ofKind('breaker.open-ms-failed')).toMatchObject([
      { usedMs: 30_000, error: { message } },
    ])
  })

  it.each([
    ['throws', new Error('no entropy'), 'no entropy'],
    ['gives no number', Number.NaN, 'random.next() must give 0 to 1, got NaN'],
    ['gives too much', 2, 'random.next() must give 0 to 1, got 2'],
  ])('is not moved by a chance that %s, which is told', async (_, wrong, message) => {
    const next = (): number => {
      if (typeof wrong !== 'number') throw wrong
      return wrong
    }
    const p = played({
      openJitter: 0.5,
      random: { ...seededRandom(1), next },
      probes: { calls: 1 },
    })
    for (const times of [4, 1]) {
      for (let i = 0; i < times; i += 1) p.play('failure')
      expect(p.breaker.retryInMs()).toBe(1_000)
      await p.clock.advance(1_000)
    }
    expect(p.facts.ofKind('breaker.open-ms-failed')).toMatchObject([
      { usedMs: 1_000, error: { message } },
      { usedMs: 1_000, error: { message } },
    ])
  })

  it('is finite, whatever chance makes of it', () => {
    const p = opened({
      openMs: 1.7e308,
      openJitter: 1,
      random: { ...seededRandom(1), next: () => 0.99 },
    })
    expect(p.breaker.retryInMs()).toBe(Number.MAX_VALUE)
    expect(p.facts.ofKind('breaker.opened')).toMatchObject([{ openMs: Number.MAX_VALUE }])
  })

  it('is the last good one when the function gives none later', async () => {
    const p = await due({
      openMs: ({ attempt }) => (attempt === 1 ? 700 : Number.NaN),
      probes: { calls: 1 },
    })
    p.play('failure')
    expect(p.breaker.retryInMs()).toBe(700)
  })

  it('may be asked of a function that calls back: what it did counts', () => {
    const p = played({
      openMs: () => {
        expect(p.breaker.state).toBe('closed')
        p.breaker.reset()
        return 5
      },
    })
    p.play('failure', 'failure', 'failure', 'failure')
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', era: 1, calls: 0 })
  })

  it('is asked once, though the function looks at the breaker when the probes have run out of time', async () => {
    const seen: string[] = []
    const p = played({
      probes: { calls: 1, maxMs: 10 },
      openMs: () => {
        seen.push(p.breaker.state)
        return 100
      },
    })
    p.breaker.trip({ reason: 'for the test' })
    await p.clock.advance(100)
    p.pass()
    await p.clock.advance(10)
    expect(p.breaker.state).toBe('open')
    expect(seen).toEqual(['closed', 'probing'])
  })
})

describe('open for that long', () => {
  it('opens at once, exactly so long, whatever openJitter says', () => {
    const p = played({ openJitter: 1 })
    p.play('success', { openForMs: 7_000 })
    expect(p.breaker.reading()).toMatchObject({
      state: 'open',
      attempt: 1,
      retryInMs: 7_000,
      cause: { kind: 'asked', failure: 'resource-exhausted' },
    })
  })

  it('opens again from a probe', async () => {
    const p = await due({ probes: { calls: 3 } })
    p.play({ openForMs: 0 })
    expect(p.breaker.reading()).toMatchObject({ state: 'open', attempt: 2, retryInMs: 0 })
    p.pass()
    expect(p.breaker.state).toBe('probing')
  })
})

describe('trip', () => {
  it('opens at once for an outside signal, and says why', () => {
    const p = played()
    p.breaker.trip({ reason: 'drift of latency' })
    expect(p.breaker.reading()).toMatchObject({
      state: 'open',
      retryInMs: 1_000,
      cause: { kind: 'tripped', failure: 'anomaly', reason: 'drift of latency' },
    })
  })

  it('keeps open what is open at least that long, as the same attempt', async () => {
    const p = opened()
    const { era } = p.breaker
    p.breaker.trip({ reason: 'again' })
    p.breaker.trip({ reason: 'again', forMs: 999 })
    expect(p.breaker.reading()).toMatchObject({ era, retryInMs: 1_000, attempt: 1 })
    p.breaker.trip({ reason: 'longer', kind: 'timeout', forMs: 5_000 })
    expect(p.breaker.reading()).toMatchObject({
      retryInMs: 5_000,
      attempt: 1,
      cause: { failure: 'timeout', reason: 'longer' },
    })
  })

  it('opens what probes as the next attempt', async () => {
    const p = await due()
    p.pass()
    p.breaker.trip({ reason: 'again' })
    expect(p.breaker.reading()).toMatchObject({ state: 'open', attempt: 2 })
  })

  it('is not heard when its kind weighs nothing', () => {
    const p = played({ weights: { anomaly: 0 } })
    p.breaker.trip({ reason: 'drift of latency' })
    expect(p.breaker.state).toBe('closed')
    p.breaker.trip({ reason: 'too many 429', kind: 'resource-exhausted' })
    expect(p.breaker.state).toBe('open')
  })

  it('is refused without a reason, with an unknown kind, or for no length of time', () => {
    const { breaker } = played()
    expect(() => breaker.trip({ reason: '' })).toThrow(
      'reason must be a text that is not empty, got ""',
    )
    expect(() => breaker.trip({ reason: 'x', kind: 'fire' as never })).toThrow(TypeError)
    expect(() => breaker.trip({ reason: 'x', forMs: Number.NaN })).toThrow(RangeError)
    expect(() => breaker.trip({ reason: 'x', forMS: 1 } as never)).toThrow(
      'options may have reason, kind, forMs, got "forMS"',
    )
    expect(breaker.state).toBe('closed')
  })
})
