import { describe, expect, it } from 'vitest'
import { due, opened, played } from './played.fixture.ts'

describe('isolation', () => {
  it('refuses every call while it is held, and says why', () => {
    const p = played()
    {
      using _ = p.breaker.isolate({ reason: 'repair' })
      expect(p.breaker.state).toBe('isolated')
      expect(p.breaker.admit()).toBeNull()
      expect(p.breaker.retryInMs()).toBe(Infinity)
      expect(p.breaker.reading()).toMatchObject({
        cause: { kind: 'isolated', reason: 'repair' },
        isolations: [{ reason: 'repair', leftMs: null }],
      })
    }
    expect(p.breaker.state).toBe('closed')
    p.pass()
  })

  it('nests: the last to let go ends it', () => {
    const p = played()
    const outer = p.breaker.isolate({ reason: 'repair' })
    const { era } = p.breaker
    const inner = p.breaker.isolate({ reason: 'second thoughts' })
    expect(p.breaker.era).toBe(era)
    outer[Symbol.dispose]()
    outer[Symbol.dispose]()
    expect(p.breaker.state).toBe('isolated')
    expect(p.breaker.reading().cause).toMatchObject({ reason: 'second thoughts' })
    inner[Symbol.dispose]()
    expect(p.breaker.state).toBe('closed')
    expect(p.breaker.era).toBe(era + 1)
    expect(p.facts.ofKind('breaker.released').map(({ to }) => to)).toEqual(['isolated', 'closed'])
  })

  it('runs out by itself, without a timer', async () => {
    const p = played()
    const short = p.breaker.isolate({ reason: 'short', forMs: 100 })
    p.breaker.isolate({ reason: 'long', forMs: 300 })
    expect(p.clock.waiting).toBe(0)
    expect(p.breaker.retryInMs()).toBe(300)
    await p.clock.advance(299)
    expect(p.breaker.reading().isolations).toEqual([{ reason: 'long', leftMs: 1 }])
    expect(p.breaker.admit()).toBeNull()
    await p.clock.advance(1)
    expect(p.breaker.admit()).not.toBeNull()
    short[Symbol.dispose]()
    expect(p.facts.ofKind('breaker.released').map(({ because }) => because)).toEqual([
      'expired',
      'expired',
    ])
  })

  it('leaves what was open open, with its own time', async () => {
    const p = opened()
    const hold = p.breaker.isolate({ reason: 'repair' })
    await p.clock.advance(600)
    hold[Symbol.dispose]()
    expect(p.breaker.reading()).toMatchObject({ state: 'open', retryInMs: 400, attempt: 1 })
  })

  it('waits for both, the isolation and the open time', () => {
    const p = opened()
    p.breaker.isolate({ reason: 'repair', forMs: 10 })
    expect(p.breaker.retryInMs()).toBe(1_000)
  })

  it('leaves anything else closed, knowing nothing of earlier calls', async () => {
    const p = played()
    p.play('failure', 'failure', 'failure')
    p.breaker.isolate({ reason: 'repair' })[Symbol.dispose]()
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', calls: 0 })
    const probing = await due()
    probing.pass()
    probing.breaker.isolate({ reason: 'repair' })[Symbol.dispose]()
    expect(probing.breaker.reading()).toMatchObject({ state: 'closed', attempt: 0 })
  })

  it('makes results from before and from outside stale', () => {
    const p = played()
    const pass = p.pass()
    const hold = p.breaker.isolate({ reason: 'repair' })
    p.breaker.settle(pass, 'failure', 0)
    hold[Symbol.dispose]()
    expect(p.breaker.reading()).toMatchObject({ calls: 0, stale: 1 })
  })

  it('outlasts reset and trip', () => {
    const p = played()
    const hold = p.breaker.isolate({ reason: 'repair' })
    p.breaker.trip({ reason: 'drift' })
    expect(p.breaker.state).toBe('isolated')
    hold[Symbol.dispose]()
    expect(p.breaker.state).toBe('open')
    const again = p.breaker.isolate({ reason: 'repair' })
    p.breaker.reset()
    expect(p.breaker.state).toBe('isolated')
    again[Symbol.dispose]()
    expect(p.breaker.state).toBe('closed')
  })

  it('is refused without a reason or for no length of time, and holds nothing then', () => {
    const { breaker } = played()
    expect(() => breaker.isolate({ reason: '' })).toThrow(TypeError)
    expect(() => breaker.isolate({ reason: 'x', forMs: -1 })).toThrow(
      'forMs must be finite and ≥ 0, got -1',
    )
    expect(() => breaker.isolate({ reason: 'x', forMS: 1 } as never)).toThrow(TypeError)
    expect(breaker.state).toBe('closed')
  })
})

describe('a breaker that was disposed of', () => {
  it('refuses every call, once and for all', async () => {
    const p = played({ probes: { calls: 1, excess: { queue: 2 } } })
    const late = p.pass()
    p.breaker[Symbol.dispose]()
    const { era } = p.breaker
    p.breaker[Symbol.dispose]()
    p.breaker.settle(late, 'success', 0)
    p.breaker.reset()
    expect(p.breaker.admit()).toBeNull()
    await expect(p.breaker.run(() => 1)).rejects.toMatchObject({
      state: 'isolated',
      retryInMs: Infinity,
      cause: { reason: 'disposed of' },
    })
    expect(era).toBe(1)
    expect(p.breaker.reading()).toMatchObject({ stale: 1, isolations: [{}] })
    expect(p.clock.waiting).toBe(0)
  })

  it('refuses also when its open time is over', async () => {
    const p = await due({ probes: { calls: 1, excess: { queue: 2 } } })
    p.breaker[Symbol.dispose]()
    await expect(p.breaker.run(() => 1)).rejects.toMatchObject({ state: 'isolated' })
  })
})

describe('reset', () => {
  it('closes what is open, and lets its attempts begin anew', async () => {
    const p = await due({ probes: { calls: 1 } })
    p.play('failure')
    p.breaker.reset()
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', attempt: 0, cause: null })
    expect(p.facts.ofKind('breaker.closed')).toMatchObject([{ because: 'reset' }])
  })

  it('forgets the calls of what is closed or observing', () => {
    for (const mode of ['active', 'observing'] as const) {
      const p = played({ mode })
      p.play('failure', 'failure')
      p.breaker.reset()
      expect(p.breaker.reading()).toMatchObject({ calls: 0, era: 1 })
    }
  })
})
