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
        nextRun: { atMs: 1e12, target: 'systemd' },
        stateProblems: [long, long],
        isolated: Array.from({ length: 4 }, () => ({
          route: 'R2',
          reason: long,
          by: 'a',
          atMs: 0,
        })),
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
    const routers = [
      router(),
      router({ pid: 4712, pilot: 0.5, because: 'fixed', stance: 'apart', obeys: false }),
    ]
    const line = statusLines(shown({ routers }), style).find((one) => one.startsWith('routers'))
    expect(line).toBe('routers   1 of 2: 4712 at 50 % (fixed) GOES BY NO STAGE · 4711 at 10 %')
    const said = (['differs', 'silent', 'hangs'] as const).map(
      (stance) =>
        statusLines(shown({ routers: [router({ stance, obeys: false })] }), style).find((one) =>
          one.startsWith('routers'),
        ) ?? '',
    )
    expect(said.map((one) => one.slice(one.indexOf(')') + 2))).toEqual([
      'DOES NOT OBEY',
      'DOES NOT SAY',
      'HANGS',
    ])
  })

  it('says who rolled back, why, and until when that holds', () => {
    const back = { ...rolling, kind: 'rolled-back', stage: 0, from: 25, reason: 'wrong' } as const
    const linesOf = (rolledBackBy: string | null) =>
      statusLines(shown({ rollout: { ...back, rolledBackBy } }), style)
    expect(linesOf('ana')).toContain('          rolled back by ana: wrong')
    expect(linesOf('ana').join('\n')).toContain('answers everyone until `holdfast promote to')
    expect(linesOf(null)).toContain('          rolled back: wrong (rollout/rollback.json)')
  })

  it('names what is damaged, what is isolated and by whom, and when the job runs next', () => {
    const isolated = [{ route: 'R2', reason: 'nonsense', by: 'ana', atMs: 0 }]
    const stateProblems = ['/srv/run/learned/lessons/a.0.log is empty', 'another']
    const nextRun = { atMs: 10_800_000, target: 'systemd' } as const
    const lines = statusLines(shown({ isolated, stateProblems, nextRun }), style)
    expect(lines).toContain('isolated  R2 by ana 2 h ago: nonsense')
    expect(lines).toContain('state     DAMAGED (and 1 more): lessons/a.0.log is empty')
    expect(lines).toContain('next run  in 1 h, by systemd')
    expect(statusLines(shown({ isolated: null }), style).join('\n')).toContain(
      'breakers.json cannot',
    )
  })

  it('says in words what colours say', () => {
    const frozen = { ...rolling, kind: 'rolled-back', stage: 0, from: 25, frozen: 'alert' } as const
    const text = statusLines(shown({ rollout: frozen }), style).join('\n')
    expect(text).toContain('0 % for 2 h  ROLLED BACK from 25 % and FROZEN')
    expect(text).toContain('frozen: alert')
  })
})
