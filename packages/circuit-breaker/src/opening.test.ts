import { describe, expect, it } from 'vitest'
import { played } from './played.fixture.ts'

describe('a closed breaker', () => {
  it('decides nothing below minimumCalls', () => {
    const p = played()
    p.play('failure', 'failure', 'failure')
    expect(p.breaker.state).toBe('closed')
    expect(p.breaker.reading()).toMatchObject({ calls: 3, failureRatio: null })
  })

  it('opens when the share of failures is exactly the limit', () => {
    const p = played()
    p.play('success', 'failure', 'success', 'failure')
    expect(p.breaker.state).toBe('open')
  })

  it('opens at 3 of 10 for a limit of 0.3, not at 2', () => {
    const window = { kind: 'count', size: 10 } as const
    const p = played({ window, minimumCalls: 10, failureRatio: 0.3 })
    p.play('failure', 'failure', ...Array<'success'>(8).fill('success'))
    expect(p.breaker.state).toBe('closed')
    p.play('success', 'success', 'failure', 'failure') // The first two have left the window.
    expect(p.breaker.state).toBe('closed')
    p.play('failure')
    expect(p.breaker.state).toBe('open')
  })

  it('looks after a success too', () => {
    const p = played()
    p.play('failure', 'failure', 'failure')
    p.play('success')
    expect(p.breaker.state).toBe('open')
    expect(p.facts.ofKind('breaker.opened')).toMatchObject([
      { attempt: 1, openMs: 1_000, cause: { failureRatio: 0.75, failure: null } },
    ])
  })

  it('caps minimumCalls by the size of a count window', () => {
    const p = played({ minimumCalls: 100 })
    p.play('failure', 'failure', 'failure', 'failure')
    expect(p.breaker.state).toBe('open')
  })

  it('does not cap minimumCalls by the seconds of a time window', () => {
    const p = played({ window: { kind: 'time', seconds: 2 }, minimumCalls: 5 })
    p.play('failure', 'failure', 'failure', 'failure')
    expect(p.breaker.state).toBe('closed')
    p.play('failure')
    expect(p.breaker.state).toBe('open')
  })

  it('forgets what has left a count window', () => {
    const p = played()
    p.play('failure', 'success', 'success', 'success', 'failure')
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', failureRatio: 0.25 })
  })

  it('forgets what was before this second and the seconds − 1 before', async () => {
    const p = played({ window: { kind: 'time', seconds: 2 }, minimumCalls: 2 })
    p.play('failure')
    await p.clock.advance(1_999)
    expect(p.breaker.reading().calls).toBe(1)
    await p.clock.advance(1)
    expect(p.breaker.reading().calls).toBe(0)
    p.play('failure')
    expect(p.breaker.state).toBe('closed')
    await p.clock.advance(999)
    p.play('failure')
    expect(p.breaker.state).toBe('open')
  })

  it('asks no clock for a plain call with a count window', async () => {
    const p = played()
    p.clock.monotonicMs = () => {
      throw new Error('asked')
    }
    await expect(p.breaker.run(() => 7)).resolves.toBe(7)
    p.play('success')
    expect(p.breaker.state).toBe('closed')
  })

  it('counts every result it took in since it was made, whatever became of the window', async () => {
    const p = played({ slowMs: 10 })
    p.play('success', 'failure', 'ignore', 'rejection')
    expect(p.breaker.reading()).toMatchObject({ calls: 2, recorded: 2 })
    p.play('timeout', 'failure')
    await p.clock.advance(1_000)
    p.play('success', 'success', 'success')
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', calls: 1, recorded: 7 })
    const late = p.pass()
    p.play({ openForMs: 5 })
    p.breaker.settle(late, 'success', 0)
    expect(p.breaker.reading()).toMatchObject({ state: 'open', recorded: 8, stale: 1 })
  })
})

describe('slow calls', () => {
  const options = { slowMs: 100, slowRatio: 0.5 }

  it('are those that took strictly longer than slowMs', () => {
    const p = played(options)
    for (const outcome of ['success', 'success', 'success', 'failure'] as const) {
      p.breaker.settle(p.pass(), outcome, 100)
    }
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', slowRatio: 0 })
  })

  it('open the breaker though all went well', () => {
    const p = played(options)
    for (const tookMs of [100, 101, 100, 101]) p.breaker.settle(p.pass(), 'success', tookMs)
    expect(p.breaker.state).toBe('open')
    expect(p.facts.ofKind('breaker.opened')).toMatchObject([
      { cause: { kind: 'slow-ratio', failure: 'slow', slowRatio: 0.5, failureRatio: 0 } },
    ])
    expect(p.facts.ofKind('breaker.slow')).toHaveLength(2)
  })

  it('count as slow also when they failed', () => {
    const p = played({ ...options, failureRatio: 1, slowRatio: 1 })
    for (let i = 0; i < 3; i += 1) p.breaker.settle(p.pass(), 'failure', 101)
    p.breaker.settle(p.pass(), 'success', 101)
    expect(p.facts.ofKind('breaker.opened')).toMatchObject([{ because: 'slow-ratio' }])
  })

  it('are timed by run', async () => {
    const p = played({ ...options, minimumCalls: 1 })
    await p.breaker.run(() => p.clock.advance(101))
    expect(p.breaker.state).toBe('open')
  })

  it('are none without slowMs, however long they took', () => {
    const p = played({ slowRatio: 0.1 })
    for (let i = 0; i < 8; i += 1) p.breaker.settle(p.pass(), 'success', Infinity)
    expect(p.breaker.state).toBe('closed')
  })
})

describe('weights', () => {
  it('make a failure count less', () => {
    const p = played({ weights: { timeout: 0.5 } })
    p.play('timeout', 'timeout', 'timeout', 'success')
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', failureRatio: 0.375 })
    p.play('error')
    expect(p.breaker.state).toBe('open')
  })

  it('make it count more', () => {
    const p = played({ weights: { error: 2 } })
    p.play('error', 'success', 'success', 'success')
    expect(p.breaker.state).toBe('open')
  })

  it('of 0 leave the call out', () => {
    const p = played({ weights: { error: 0 } })
    p.play('error', 'failure', 'error', 'failure', 'error')
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', calls: 0 })
  })

  it('leave rejections out unless told otherwise', () => {
    const p = played()
    p.play('rejection', 'rejection', 'rejection', 'rejection', 'rejection')
    expect(p.breaker.reading().calls).toBe(0)
    const heeds = played({ weights: { rejection: 1 } })
    heeds.play('rejection', 'rejection', 'rejection', 'rejection')
    expect(heeds.breaker.state).toBe('open')
  })

  it('in tenths add up to no less than they are', () => {
    const window = { kind: 'count', size: 1_000 } as const
    const p = played({ window, minimumCalls: 1_000, failureRatio: 0.7, weights: { error: 0.7 } })
    for (let i = 0; i < 1_000; i += 1) p.play('error')
    expect(p.breaker.state).toBe('open')
  })

  it('of slow calls count in their share', () => {
    const p = played({ slowMs: 10, slowRatio: 0.5, weights: { slow: 0.5 } })
    for (let i = 0; i < 3; i += 1) p.breaker.settle(p.pass(), 'success', 11)
    p.breaker.settle(p.pass(), 'success', 0)
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', slowRatio: 0.375 })
  })

  it('tell each kind of failure by its name', () => {
    const p = played({ minimumCalls: 100, window: { kind: 'count', size: 100 } })
    const kinds = ['timeout', 'error', 'resource-exhausted', 'slow', 'anomaly'] as const
    p.play(...kinds, 'failure')
    expect(p.facts.ofKind('breaker.failure').map(({ failure }) => failure)).toEqual([
      ...kinds,
      'error',
    ])
  })
})

describe('a window of consecutive failures', () => {
  const options = { window: { kind: 'consecutive' }, minimumCalls: 3 } as const

  it('opens at minimumCalls failures in a row', () => {
    const p = played(options)
    p.play('failure', 'failure', 'success', 'failure', 'failure')
    expect(p.breaker.state).toBe('closed')
    p.play('ignore', 'failure')
    expect(p.breaker.state).toBe('open')
    expect(p.facts.ofKind('breaker.opened')).toMatchObject([
      { because: 'consecutive-failures', cause: { failureRatio: 1 } },
    ])
  })

  it('adds up their weights', () => {
    const p = played({ ...options, weights: { timeout: 0.5 } })
    p.play('timeout', 'timeout', 'timeout', 'timeout', 'timeout')
    expect(p.breaker.state).toBe('closed')
    p.play('timeout')
    expect(p.breaker.state).toBe('open')
  })

  it('opens at as many slow calls in a row', () => {
    const p = played({ ...options, slowMs: 10 })
    for (const tookMs of [11, 11, 10, 11, 11]) p.breaker.settle(p.pass(), 'success', tookMs)
    expect(p.breaker.state).toBe('closed')
    p.breaker.settle(p.pass(), 'success', 11)
    expect(p.facts.ofKind('breaker.opened')).toMatchObject([{ because: 'consecutive-slow' }])
  })
})
