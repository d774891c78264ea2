import { describe, expect, it } from 'vitest'
import { due, opened, played } from './played.fixture.ts'

describe('an open breaker', () => {
  it('refuses until the open time is over, and not a moment longer', async () => {
    const p = opened()
    await p.clock.advance(999.75)
    expect(p.breaker.admit()).toBeNull()
    expect(p.breaker.retryInMs()).toBe(0.25)
    await p.clock.advance(0.25)
    expect(p.breaker.state).toBe('open')
    expect(p.breaker.retryInMs()).toBe(0)
    expect(p.breaker.admit()).not.toBeNull()
    expect(p.breaker.state).toBe('probing')
  })

  it('sets no timer', async () => {
    const p = await due()
    p.pass()
    expect(p.clock.waiting).toBe(0)
  })

  it('counts what it refuses', () => {
    const p = opened()
    expect([p.breaker.admit(), p.breaker.admit()]).toEqual([null, null])
    expect(p.breaker.reading().rejected).toBe(2)
    expect(p.facts.ofKind('breaker.refused')).toHaveLength(2)
  })
})

describe('a probing breaker', () => {
  it('lets as many through as there are probes, the first included', async () => {
    const p = await due({ probes: { calls: 3 } })
    const passes = [p.pass(), p.pass(), p.pass()]
    expect(new Set(passes.map(({ era }) => era))).toEqual(new Set([p.breaker.era]))
    expect(p.breaker.admit()).toBeNull()
    expect(p.breaker.retryInMs()).toBe(0)
  })

  it('closes only when enough of them are in', async () => {
    const p = await due({ probes: { calls: 2 } })
    const [first, second] = [p.pass(), p.pass()]
    p.breaker.settle(first, 'success', 0)
    expect(p.breaker.state).toBe('probing')
    p.breaker.settle(second, 'success', 0)
    expect(p.breaker.state).toBe('closed')
  })

  it('does not give a permit back for a probe that was recorded', async () => {
    const p = await due({ probes: { calls: 2 } })
    p.play('success')
    p.pass()
    expect(p.breaker.admit()).toBeNull()
  })

  it('waits for the last probe though the first failed, then opens again', async () => {
    const p = await due({ probes: { calls: 2 } })
    p.play('failure')
    expect(p.breaker.state).toBe('probing')
    p.play('success')
    expect(p.breaker.state).toBe('open')
    expect(p.moves()).toEqual(['opened', 'probing', 'opened'])
  })

  it('decides at minimumCalls when that is fewer than the probes', async () => {
    const p = await due({ minimumCalls: 2, probes: { calls: 3 } })
    const [, late] = [p.play('success'), p.pass()]
    p.play('success')
    expect(p.breaker.state).toBe('closed')
    p.breaker.settle(late, 'failure', 0)
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', calls: 0, stale: 1 })
  })

  it('opens again when the share of failures is exactly the limit of the probes', async () => {
    const probes = { calls: 4, failureRatio: 0.25 }
    const p = await due({ probes, failureRatio: 1 })
    p.play('success', 'failure', 'success', 'success')
    expect(p.breaker.state).toBe('open')
  })

  it('opens again when its probes are slow', async () => {
    const p = await due({ slowMs: 10, slowRatio: 0.5 })
    p.play('success')
    p.breaker.settle(p.pass(), 'success', 11)
    expect(p.breaker.reading()).toMatchObject({ state: 'open', cause: { kind: 'probes-slow' } })
    expect(p.facts.ofKind('breaker.opened').at(-1)).toMatchObject({ cause: { failure: 'slow' } })
  })

  it('looks at shares also where the window is of consecutive failures', async () => {
    const window = { kind: 'consecutive' } as const
    const p = await due({ window, probes: { calls: 4 } })
    p.play('failure', 'success', 'success', 'failure')
    expect(p.breaker.reading()).toMatchObject({
      state: 'open',
      cause: { kind: 'probes-failed', failure: 'error' },
    })
  })

  it('knows nothing of what was before once it is closed', async () => {
    const p = played()
    p.play('failure', 'failure', 'failure', 'failure')
    await p.clock.advance(1_000)
    p.play('success', 'success')
    p.play('failure', 'failure', 'failure')
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', calls: 3, attempt: 0 })
  })

  it('takes the permit of a call that says nothing back', async () => {
    const p = await due({ probes: { calls: 1 } })
    for (let i = 0; i < 100; i += 1) p.play('ignore', 'rejection')
    expect(p.breaker.state).toBe('probing')
    p.play('success')
    expect(p.breaker.state).toBe('closed')
  })

  it('takes a permit back once, however often its pass is settled', async () => {
    const p = await due({ probes: { calls: 1 } })
    const pass = p.pass()
    p.breaker.settle(pass, 'ignore', 0)
    p.breaker.settle(pass, 'ignore', 0)
    p.pass()
    expect(p.breaker.admit()).toBeNull()
  })

  it('counts its attempts, and begins anew after it was closed', async () => {
    const p = await due({ probes: { calls: 1 } })
    for (const attempt of [2, 3]) {
      p.play('failure')
      expect(p.breaker.reading().attempt).toBe(attempt)
      await p.clock.advance(1_000)
    }
    p.play('success')
    expect(p.breaker.reading().attempt).toBe(0)
    p.breaker.trip({ reason: 'again' })
    expect(p.facts.ofKind('breaker.opened').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 1])
  })

  it('opens again when its time is over, as if at that very moment', async () => {
    const p = await due({ probes: { calls: 2, maxMs: 5_000 } })
    const hanging = p.pass()
    await p.clock.advance(4_999)
    expect(p.breaker.state).toBe('probing')
    await p.clock.advance(1)
    expect(p.breaker.state).toBe('open')
    await p.clock.advance(400)
    expect(p.breaker.retryInMs()).toBe(600)
    expect(p.breaker.reading()).toMatchObject({ attempt: 2, cause: { kind: 'unanswered' } })
    p.breaker.settle(hanging, 'success', 0)
    expect(p.breaker.reading()).toMatchObject({ state: 'open', stale: 1 })
  })

  it('reckons from the end of its time though nobody looked for long', async () => {
    const p = await due({ probes: { calls: 1, maxMs: 5_000 } })
    p.pass()
    await p.clock.advance(5_999)
    expect(p.breaker.admit()).toBeNull()
    await p.clock.advance(1)
    expect(p.breaker.admit()).not.toBeNull()
    expect(p.moves()).toEqual(['opened', 'probing', 'opened', 'probing'])
  })

  it('does not take in a result at the very end of its time', async () => {
    const p = await due({ probes: { calls: 1, maxMs: 5_000 } })
    const pass = p.pass()
    await p.clock.advance(5_000)
    p.breaker.settle(pass, 'success', 0)
    expect(p.breaker.state).toBe('open')
  })
})
