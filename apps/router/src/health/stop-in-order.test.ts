import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { RouterFact } from '../tell/facts.ts'
import { stopInOrder, type StopOptions } from './stop-in-order.ts'

/** A router of stand-ins, and what is done to them in which order. */
function standIns({ closes = true, shutdownMs = 10_000, drainMs = 0 } = {}) {
  const clock = new VirtualClock()
  const facts = recordedFacts<RouterFact>()
  const done: string[] = []
  const does = (what: string) => (): Promise<void> => {
    done.push(`${what} at ${clock.monotonicMs()}`)
    return Promise.resolve()
  }
  const stands = {
    config: { shutdownMs, drainMs },
    app: {
      close: () => (closes ? does('close')() : new Promise(() => {})),
      server: { closeAllConnections: does('cut off') },
    },
    atWork: new Set(),
    parts: {
      learner: { close: does('learner') },
      ledger: { close: does('ledger') },
      upstreams: new Map([['R1', { close: does('upstream') }]]),
      breakers: { close: does('breakers') },
      orders: { [Symbol.dispose]: does('orders') },
    },
    lock: { isLost: false, release: does('lock') },
    health: { health: { setStopping: does('red') }, close: does('health') },
    unwatch: does('unwatch'),
    rollout: { close: does('rollout') },
    clock,
    observe: facts.observe,
  }
  return { clock, facts, done, lifecycle: stopInOrder(stands as unknown as StopOptions) }
}

describe('the stop of a router', () => {
  it('is red first, and gives the lock back last', async () => {
    const { done, lifecycle } = standIns()
    expect(await lifecycle.stop('SIGTERM')).toMatchObject({ isClean: true })
    expect(done[0]).toBe('red at 0')
    expect(done[1]).toBe('close at 0')
    expect(done.at(-1)).toBe('lock at 0')
    // What is saved only now is still written down.
    expect(done.indexOf('learner at 0')).toBeLessThan(done.indexOf('ledger at 0'))
    expect(done).toHaveLength(11)
  })

  it('closes after the drain, and cuts requests off at shutdownMs, the drain included', async () => {
    const { clock, done, lifecycle } = standIns({ closes: false, drainMs: 4_000 })
    const stopped = lifecycle.stop('SIGTERM')
    await clock.advance(10_000)
    expect(done).toEqual(['red at 0', 'cut off at 10000'])
    await clock.advance(1_000)
    await stopped
  })

  it('names requests that cannot be cut off, and saves what was learned all the same', async () => {
    const { clock, done, facts, lifecycle } = standIns({ closes: false })
    const stopped = lifecycle.stop('SIGTERM')
    await clock.advance(11_000)
    expect(await stopped).toMatchObject({
      isClean: false,
      tookMs: 11_000,
      phases: expect.arrayContaining([
        { name: 'requests', outcome: 'hung', tookMs: 11_000 },
        expect.objectContaining({ name: 'learning', outcome: 'done' }),
        expect.objectContaining({ name: 'lock', outcome: 'done' }),
      ]) as unknown,
    })
    expect(facts.ofKind('lifecycle.phase-hung')).toMatchObject([{ phase: 'requests' }])
    expect(done).toContain('learner at 11000')
  })
})
