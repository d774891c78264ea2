import { VirtualClock, recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { AnomalySection } from '../config/anomaly-section.ts'
import { NONE } from '../decide/restrictions.ts'
import type { RouterFact } from '../tell/facts.ts'
import type { EventLoopWindow } from './event-loop.ts'
import { createAnomalySwitch, type AnomalySettings } from './switch.ts'

const QUIET: EventLoopWindow = { lateMs: 0, utilisation: 0 }
/** Everything that the router can see of itself is as bad as can be. */
const BUSY: EventLoopWindow = { lateMs: 100, utilisation: 1 }

function anomaly(settings: Partial<AnomalySettings> = {}) {
  const clock = new VirtualClock()
  const facts = recordedFacts<RouterFact>()
  let now = QUIET
  const eventLoop = { window: () => now, close: () => {} }
  const options = { routes: ['R1', 'R2', 'R3', 'R4'], guardrail: 'R4', clock, eventLoop }
  const defaults = AnomalySection.parse({})
  const theSwitch = createAnomalySwitch({
    ...options,
    settings: { ...defaults, ...settings },
    observe: facts.observe,
  })
  return {
    ...theSwitch,
    clock,
    facts,
    stop: () => theSwitch[Symbol.dispose](),
    /** Lets one window pass. */
    async pass(window: EventLoopWindow, heard: readonly RouterFact[] = []) {
      now = window
      for (const fact of heard) theSwitch.hear(fact)
      await clock.advance(1000)
    },
  }
}

const called = (failed: boolean): RouterFact[] => {
  const call = { id: 'a', route: 'R1' } as const
  const tokens = { inputTokens: 0, outputTokens: 0 }
  const more = { live: true, agrees: true, attempt: 1, costUsd: 0, ...tokens, upstreamMs: 1 }
  const end: RouterFact = { kind: 'router.called', status: failed ? 502 : 200, ...call, ...more }
  const why = { status: 502, code: 'upstream_unreachable', message: '' }
  return failed ? [end, { kind: 'router.upstream-failed', ...call, ...why }] : [end]
}
const told = (quality: number): RouterFact => ({
  kind: 'router.feedback',
  result: 'learned',
  told: quality,
})
/** Feedback as it usually is, for as long as it takes to know that. */
async function settleIn(one: ReturnType<typeof anomaly>): Promise<void> {
  for (let i = 0; i < 50; i += 1) await one.pass(QUIET, [told(0.7), told(0.9)])
}

describe('the anomaly switch of a router', () => {
  it('restricts nothing while all is well', async () => {
    const one = anomaly()
    for (let i = 0; i < 20; i += 1) await one.pass(QUIET)
    expect(one.restrictions()).toBe(NONE)
    expect(one.facts.all).toEqual([])
  })

  it('engages when feedback drifts while the router is at its limit, and says what it saw', async () => {
    const one = anomaly()
    await settleIn(one)
    for (let i = 0; i < 10; i += 1) await one.pass(BUSY, [told(0)])
    expect(one.restrictions()).toEqual({
      mask: [],
      caps: { R3: 0.15 },
      reasons: ['anomaly_engaged'],
    })
    const [engaged, ...others] = one.facts.all
    expect(engaged).toMatchObject({ kind: 'router.anomaly-engaged', jitter: 0.5, pressure: 1 })
    expect(engaged).toMatchObject({ driftZ: expect.any(Number), score: expect.any(Number) })
    expect(others).toEqual([])
  })

  it('releases when that has passed, though nobody gives feedback any more', async () => {
    const one = anomaly()
    await settleIn(one)
    for (let i = 0; i < 10; i += 1) await one.pass(BUSY, [told(0)])
    for (let i = 0; i < 10; i += 1) await one.pass(QUIET)
    expect(one.restrictions()).toBe(NONE)
    expect(one.facts.all.map(({ kind }) => kind)).toEqual([
      'router.anomaly-engaged',
      'router.anomaly-released',
    ])
    expect(one.reading()).toMatchObject({ kind: 'calm' })
  })

  it('when strict forbids the standard and the fast route, and exploration', async () => {
    const one = anomaly({ strict: true })
    await settleIn(one)
    for (let i = 0; i < 10; i += 1) await one.pass(BUSY, [told(0)])
    expect(one.restrictions()).toMatchObject({ mask: ['R1', 'R3'], caps: {}, epsilon: 0 })
  })

  it('takes the share of calls that failed for pressure, where it is more than the load', async () => {
    const one = anomaly()
    const failures = [...called(true), ...called(true), ...called(true), ...called(false)]
    await one.pass({ lateMs: 50, utilisation: 0.5 }, failures)
    expect(one.reading()).toMatchObject({ jitter: 0.25, pressure: 0.75 })
    await one.pass({ lateMs: 5000, utilisation: 0.5 }, called(false))
    expect(one.reading()).toMatchObject({ jitter: 0.5, pressure: 0.5 })
  })

  it('counts only feedback that was learned, and that was known at once', async () => {
    const one = anomaly()
    await settleIn(one)
    const others: RouterFact[] = [
      { kind: 'router.feedback', result: 'duplicate', told: -999 },
      { kind: 'router.feedback', result: 'learned', told: null },
    ]
    await one.pass(QUIET, [...others, told(0.8)])
    expect(one.reading().driftZ).toBe(0)
    await one.pass(QUIET, [...others, told(0.1)])
    expect(one.reading().driftZ).toBeGreaterThan(3)
  })

  it('that is off does nothing, and sets no timer', async () => {
    const one = anomaly({ enabled: false })
    expect(one.clock.waiting).toBe(0)
    for (let i = 0; i < 10; i += 1) await one.pass(BUSY, called(true))
    expect(one.restrictions()).toBe(NONE)
    expect(one.reading()).toMatchObject({ kind: 'calm', score: 0 })
  })

  it('stops for good', async () => {
    const one = anomaly()
    expect(one.clock.waiting).toBe(1)
    one.stop()
    expect(one.clock.waiting).toBe(0)
  })
})
