import { describe, expect, it } from 'vitest'
import { opened, played } from './played.fixture.ts'

describe('an era', () => {
  it('ends with every change of state', async () => {
    const p = played({ probes: { calls: 1 } })
    const eras = [p.breaker.era]
    p.play('failure', 'failure', 'failure', 'failure')
    eras.push(p.breaker.era)
    await p.clock.advance(1_000)
    const probe = p.pass()
    eras.push(p.breaker.era)
    p.breaker.settle(probe, 'success', 0)
    eras.push(p.breaker.era)
    using hold = p.breaker.isolate({ reason: 'repair' })
    eras.push(p.breaker.era)
    hold[Symbol.dispose]()
    eras.push(p.breaker.era)
    p.breaker.setMode('observing')
    eras.push(p.breaker.era)
    expect(eras).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('takes its results with it: a late failure does not open what is closed again', async () => {
    const p = played({ probes: { calls: 1 } })
    const late = Array.from({ length: 9 }, () => p.pass())
    p.breaker.trip({ reason: 'for the test' })
    await p.clock.advance(1_000)
    p.play('success')
    for (const pass of late) p.breaker.settle(pass, 'failure', 0)
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', calls: 0, stale: 9 })
  })

  it('lets no late success close what probes, and no late failure open it', async () => {
    const p = played({ probes: { calls: 1 } })
    const late = [p.pass(), p.pass()]
    p.breaker.trip({ reason: 'for the test' })
    await p.clock.advance(1_000)
    const probe = p.pass()
    p.breaker.settle(late[0]!, 'success', 0)
    p.breaker.settle(late[1]!, { openForMs: 9_999 }, 0)
    expect(p.breaker.state).toBe('probing')
    expect(p.breaker.admit()).toBeNull()
    p.breaker.settle(probe, 'success', 0)
    expect(p.breaker.state).toBe('closed')
    expect(p.facts.ofKind('breaker.stale')).toEqual([
      { kind: 'breaker.stale', breaker: 'stock', passEra: 0, era: 2 },
      { kind: 'breaker.stale', breaker: 'stock', passEra: 0, era: 2 },
    ])
  })

  it('gives no permit of another era back', async () => {
    const p = opened({ probes: { calls: 1, maxMs: 100 } })
    await p.clock.advance(1_000)
    const old = p.pass()
    await p.clock.advance(1_100)
    p.pass()
    p.breaker.settle(old, 'ignore', 0)
    expect(p.breaker.admit()).toBeNull()
  })
})

describe('a pass', () => {
  it('is good for one result', () => {
    const p = played()
    const pass = p.pass()
    p.breaker.settle(pass, 'failure', 0)
    for (let i = 0; i < 9; i += 1) p.breaker.settle(pass, 'failure', 0)
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', calls: 1, stale: 9 })
  })

  it('is refused by every other breaker, and stays good', () => {
    const [p, other] = [played(), played()]
    const pass = p.pass()
    expect(() => other.breaker.settle(pass, 'success', 0)).toThrow(
      'pass must be one that breaker stock gave',
    )
    expect(() => other.breaker.settle({ era: 0 }, 'success', 0)).toThrow(TypeError)
    expect(() => other.breaker.settle(null as never, 'success', 0)).toThrow(TypeError)
    p.breaker.settle(pass, 'success', 0)
    expect(p.breaker.reading()).toMatchObject({ calls: 1, stale: 0 })
  })

  it('stays good when it is settled with what is no outcome, or no length of time', () => {
    const p = played()
    const pass = p.pass()
    for (const tookMs of [Number.NaN, -1, undefined as never]) {
      expect(() => p.breaker.settle(pass, 'success', tookMs)).toThrow(
        new RangeError(`tookMs must be ≥ 0, got ${tookMs}`),
      )
    }
    expect(() => p.breaker.settle(pass, 'failed' as never, 0)).toThrow(
      'outcome must be one of success, failure, ignore, timeout, error, rejection, resource-exhausted, slow, anomaly or { openForMs }, got "failed"',
    )
    expect(() => p.breaker.settle(pass, { openForMs: -1 }, 0)).toThrow(
      'openForMs must be finite and ≥ 0, got -1',
    )
    expect(() => p.breaker.settle(pass, undefined as never, 0)).toThrow(TypeError)
    p.breaker.settle(pass, 'success', 0)
    expect(p.breaker.reading()).toMatchObject({ calls: 1, stale: 0 })
  })
})
