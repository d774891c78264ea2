import { describe, expect, it } from 'vitest'
import { createBreakerStates } from './breaker-states.ts'
import { progressLine } from './progress.ts'

const tally = {
  decisions: 1234,
  failed: 0,
  meanReward: 0.8123,
  spendUsd: 1.5,
  shares: { R1: 0.38, R2: 0.12, R3: 0.4, R4: 0.1 },
  addedLatencyMs: () => ({ p50: 0.35, p99: 2 }),
}
const frame = { planned: 4000, elapsedMs: 4000, columns: 80 }
const NONE: ReadonlyMap<string, 'open'> = new Map()

describe('the live line of a replay', () => {
  it('says how far it is, how well it goes, and who answers', () => {
    expect(progressLine(tally, NONE, frame)).toBe(
      '1234/4000 309/s reward 0.812 R1 38% R2 12% R3 40% R4 10% $1.50 +0.35 ms',
    )
  })

  it('shows a breaker that is not closed beside its route, and leaves out what matters least', () => {
    const states = new Map([
      ['R1', 'open'],
      ['R2', 'probing'],
    ] as const)
    const line = progressLine({ ...tally, failed: 2 }, states, frame)
    expect(line).toContain('R1 38%(open) R2 12%(probing) R3 40% R4 10% 2 failed')
    expect(line.length).toBeLessThan(80)
    expect(line).not.toContain('$')
  })

  it('never wraps, however narrow the terminal is', () => {
    for (const columns of [20, 40, 60, 80, 100]) {
      expect(progressLine(tally, NONE, { ...frame, columns }).length).toBeLessThan(columns)
    }
  })
})

describe('the breakers that it shows', () => {
  it('are those that facts say are not closed', () => {
    const states = createBreakerStates()
    const shown = () => Object.fromEntries(states.now)
    states.hear({ kind: 'breaker.opened', breaker: 'R1' } as never)
    states.hear({ kind: 'breaker.isolated', breaker: 'R2', era: 1, reason: 'x', forMs: null })
    expect(shown()).toEqual({ R1: 'open', R2: 'isolated' })
    states.hear({ kind: 'breaker.probing', breaker: 'R1', era: 2, attempt: 1 })
    expect(shown()).toEqual({ R1: 'probing', R2: 'isolated' })
    for (const breaker of ['R1', 'R2']) {
      states.hear({ kind: 'breaker.closed', breaker, era: 3, because: 'probes' })
    }
    expect(shown()).toEqual({})
  })
})
