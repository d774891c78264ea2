import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createBreaker, type Breaker, type BreakerFact } from './index.ts'
import { played } from './played.fixture.ts'

describe('who hears the facts', () => {
  it('finds the breaker in its new state, and may call back', () => {
    const heard: string[] = []
    const breaker: Breaker = createBreaker({
      name: 'stock',
      window: { kind: 'count', size: 1 },
      openMs: 1_000,
      clock: new VirtualClock(),
      observe: (fact) => {
        heard.push(`${fact.kind} while ${breaker.state}`)
        if (fact.kind === 'breaker.opened') {
          if (breaker.admit() === null) heard.push('refuses')
          breaker.reset()
        }
      },
    })
    breaker.settle(breaker.admit()!, 'failure', 0)
    expect(heard).toEqual([
      'breaker.failure while open',
      'breaker.opened while open',
      'breaker.refused while open',
      'refuses',
      'breaker.closed while closed',
    ])
    expect(breaker.reading()).toMatchObject({ state: 'closed', era: 2 })
  })

  it('hears them in the order in which things happened, also when it calls back in the middle', () => {
    const told: BreakerFact['kind'][] = []
    const breaker: Breaker = createBreaker({
      name: 'stock',
      window: { kind: 'count', size: 1 },
      openMs: 0,
      probes: { calls: 1 },
      clock: new VirtualClock(),
      observe: ({ kind }) => {
        told.push(kind)
        if (kind === 'breaker.failure' && told.length === 1) {
          breaker.settle(breaker.admit()!, 'success', 0)
        }
      },
    })
    breaker.settle(breaker.admit()!, 'failure', 0)
    expect(told).toEqual(['breaker.failure', 'breaker.opened', 'breaker.probing', 'breaker.closed'])
    expect(breaker.state).toBe('closed')
  })

  it('changes nothing by throwing: the error surfaces as an uncaught exception', async () => {
    const surfaced: unknown[] = []
    const outside = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => surfaced.push(error))
    try {
      const p = played({
        observe: () => {
          throw new Error('deaf')
        },
      })
      p.play('failure', 'failure', 'failure', 'failure')
      expect(p.breaker.state).toBe('open')
      await p.clock.advance(1_000)
      p.play('success', 'success')
      expect(p.breaker.state).toBe('closed')
      await p.clock.advance(1)
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of outside) process.on('uncaughtException', listener)
    }
    expect(surfaced.length).toBeGreaterThan(0)
  })
})
