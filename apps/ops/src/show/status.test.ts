import { describe, expect, it } from 'vitest'
import { rolling, router, shown } from '../fixtures/status.fixture.ts'
import type { GateGlance } from '../status/gates.ts'
import { createStyle } from '../terminal/style.ts'
import { statusLines } from './status.ts'

const style = createStyle(80, false)
const long =
  'something that takes a whole sentence to tell, and then another one after it, '.repeat(3)

const gates: GateGlance[] = (
  [
    'freshness',
    'rsi',
    'rollbacks',
    'tri',
    'fast-cap',
    'slots',
    'outcomes',
    'sample-ratio',
    'quality',
  ] as const
).map((gate) => ({
  gate,
  verdict: 'inconclusive',
  value: 123_456.789,
  threshold: 0.000_123_4,
  history: Array.from({ length: 13 }, (_, i) => i),
}))

describe('status', () => {
  it('fits into 24 lines of 80 columns when everything is to be told at once', () => {
    const lines = statusLines(
      shown({
        dataDir: `/srv/${long}`,
        rollout: {
          ...rolling,
          kind: 'rolled-back',
          from: 75,
          reason: long,
          frozen: `${long} (until then)`,
          trouble: long,
          history: Array.from({ length: 16 }, () => ({ atMs: 0, stage: 50 })),
        },
        routers: Array.from({ length: 16 }, () => router()),
        verdict: 'inconclusive',
        gates,
        lacking: [long, long],
        lastRun: { atMs: 0, action: 'hold', reason: 'of its own', receipt: 'r' },
        locks: Array.from({ length: 5 }, () => ({ name: 'a', pid: 1, isDead: true, heldMs: 1 })),
        missing: [
          { what: 'no router runs', next: 'npm start' },
          { what: 'no report yet', next: 'holdfast report daily --out' },
        ],
        next: ['holdfast one', 'holdfast two'],
      }),
      style,
    )
    expect(lines.length).toBeLessThan(24)
    expect(lines.filter((line) => Array.from(line).length > 80)).toEqual([])
    expect(lines.at(-1)).toContain('holdfast two')
  })

  it('names a router that does not obey before those that do', () => {
    const routers = [router(), router({ pid: 4712, pilot: 0.5, because: 'fixed', obeys: false })]
    const line = statusLines(shown({ routers }), style).find((one) => one.startsWith('routers'))
    expect(line).toBe('routers   1 of 2: 4712 at 50 % (fixed) DOES NOT OBEY · 4711 at 10 %')
  })

  it('says in words what colours say', () => {
    const frozen = { ...rolling, kind: 'rolled-back', stage: 0, from: 25, frozen: 'alert' } as const
    const text = statusLines(shown({ rollout: frozen }), style).join('\n')
    expect(text).toContain('0 % for 2 h  ROLLED BACK from 25 % and FROZEN')
    expect(text).toContain('frozen: alert')
  })
})
