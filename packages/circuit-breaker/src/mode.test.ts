import { describe, expect, it } from 'vitest'
import { opened, played } from './played.fixture.ts'

const FAILURES = ['failure', 'failure', 'failure', 'failure'] as const

describe('mode disabled', () => {
  it('measures nothing and refuses nothing', () => {
    const p = played({ mode: 'disabled' })
    p.play(...FAILURES, { openForMs: 5 })
    p.breaker.trip({ reason: 'drift' })
    expect(p.breaker.reading()).toMatchObject({ state: 'disabled', calls: 0, retryInMs: null })
    expect(p.facts.all).toEqual([])
  })

  it('lets calls through an isolation, which holds again in mode active', () => {
    const p = played({ mode: 'disabled' })
    const hold = p.breaker.isolate({ reason: 'repair' })
    expect(p.breaker.state).toBe('disabled')
    p.pass()
    p.breaker.setMode('active')
    expect(p.breaker.state).toBe('isolated')
    hold[Symbol.dispose]()
    expect(p.breaker.state).toBe('closed')
  })
})

describe('mode observing', () => {
  it('measures, refuses nothing, and tells once each time a limit is reached', () => {
    const p = played({ mode: 'observing' })
    p.play(...FAILURES, ...FAILURES)
    expect(p.breaker.reading()).toMatchObject({ state: 'observing', calls: 4, failureRatio: 1 })
    expect(p.facts.ofKind('breaker.would-open')).toMatchObject([
      { because: 'failure-ratio', cause: { failureRatio: 1 } },
    ])
    p.play('success', 'success', 'success')
    p.play('failure')
    p.play('failure')
    expect(p.facts.ofKind('breaker.would-open')).toHaveLength(2)
    expect(p.moves()).toEqual([])
  })

  it('tells what a judge asked for and what tripped it', () => {
    const p = played({ mode: 'observing' })
    p.play({ openForMs: 9 })
    p.breaker.trip({ reason: 'drift' })
    const told = p.facts.ofKind('breaker.would-open').map(({ because }) => because)
    expect(told).toEqual(['asked', 'tripped'])
    p.pass()
  })
})

describe('setMode', () => {
  it('begins anew, in a new era, and is told', () => {
    const p = opened()
    p.breaker.setMode('disabled')
    p.breaker.setMode('active')
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', era: 3, attempt: 0, calls: 0 })
    expect(p.facts.ofKind('breaker.mode-set')).toMatchObject([
      { from: 'active', to: 'disabled', era: 2 },
      { from: 'disabled', to: 'active', era: 3 },
    ])
  })

  it('does nothing when the mode is that already', () => {
    const p = opened()
    p.breaker.setMode('active')
    expect(p.breaker.reading()).toMatchObject({ state: 'open', era: 1 })
  })

  it('is refused for a mode that there is not', () => {
    expect(() => played().breaker.setMode('off' as never)).toThrow(
      'mode must be one of "active", "disabled", "observing", got "off"',
    )
  })
})
