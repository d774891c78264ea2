import { describe, expect, it } from 'vitest'
import { green, input, NOON_MS, report, row, shadowRow, times } from '../rows.fixture.ts'
import type { EvidenceRow } from '../evidence/row.ts'
import type { GateName, GateResult, GateSettings, SlotResult } from './gate.ts'
import { judge } from './judge.ts'
import { gateSettings } from './settings.ts'

interface Case {
  readonly settings?: Partial<GateSettings>
  readonly slots?: readonly SlotResult[] | null
}

const gateOf = (
  rows: readonly EvidenceRow[],
  gate: GateName,
  { settings, slots }: Case = {},
): GateResult => {
  const { gates } = judge(input(report(rows), settings, slots === undefined ? green : slots))
  const found = gates.find((one) => one.gate === gate)
  if (found === undefined) throw new Error(`no gate ${gate}`)
  return found
}
const disagreeing = (share: number, of = 1_000): EvidenceRow[] =>
  times(of, (i) => row(i < share * of ? { live: { route: 'R2', pilot: 0.1 } } : {}))
const rolledBack = (count: number, of: number): EvidenceRow[] =>
  times(of, (i) => row({ deployment: { sloOk: true, rollback: i < count, errorRate: 0 } }))
const fast = (fastProbability: number | null): EvidenceRow[] => [
  row({ anomaly: true, fastProbability }),
]

// The criteria of the runbook: "Promote only if last 24h meets ALL criteria".
describe('the gates of the runbook', () => {
  it.each([
    ['RSI ≥ 0.85', 'rsi', disagreeing(0.15), disagreeing(0.151)],
    [
      'rollbacks ≤ 0.1 / 1k live decisions',
      'rollbacks',
      rolledBack(1, 10_000),
      rolledBack(1, 9_999),
    ],
    [
      'median TRI Δ ≥ 0',
      'tri',
      [-0.5, 0, 0.5].map((triDeltaNorm) => row({ triDeltaNorm })),
      [-0.5, -0.001, 0.5].map((triDeltaNorm) => row({ triDeltaNorm })),
    ],
    ['R3 ≤ 0.15 under anomaly', 'fast-cap', fast(0.15), fast(0.1501)],
  ] as const)('pass %s, and fail just beyond', (_, gate, passing, failing) => {
    expect(gateOf(passing, gate)).toMatchObject({ verdict: 'go', isAdvisory: false })
    expect(gateOf(failing, gate)).toMatchObject({ verdict: 'no-go', because: 'measured' })
  })

  it('pass slots 04, 08_lock, 09 and 10 when all are green, and fail when one is not', () => {
    expect(gateSettings().slots).toEqual(['slot04', 'slot08_lock', 'slot09', 'slot10'])
    expect(gateOf([row()], 'slots')).toMatchObject({ verdict: 'go', value: 4 })
    const red = green.map((slot) => ({ ...slot, isGreen: slot.slot !== 'slot09' }))
    expect(gateOf([row()], 'slots', { slots: red })).toMatchObject({
      verdict: 'no-go',
      because: 'measured',
    })
  })

  it('say go together only when all do', () => {
    const rows = times(200, () => row())
    expect(judge(input(report(rows))).verdict).toBe('go')
    for (const bad of [disagreeing(0.2), rolledBack(1, 200), fast(0.2)]) {
      expect(judge(input(report([...bad]))).verdict).toBe('no-go')
    }
  })

  it('tell value, threshold, samples, window, source and reason of each', () => {
    const { gates } = judge(input(report([row(), shadowRow()])))
    expect(gates.map(({ gate }) => gate)).toEqual([
      'freshness',
      'rsi',
      'rollbacks',
      'tri',
      'fast-cap',
      'slots',
      'outcomes',
      'sample-ratio',
      'quality',
    ])
    for (const gate of gates) {
      expect(gate).toMatchObject({
        threshold: expect.any(Number) as number,
        samples: expect.any(Number) as number,
        source: expect.any(String) as string,
        reason: expect.stringMatching(/./) as string,
        window: { from: '2026-11-19T09:05:00.000Z', to: '2026-11-20T09:05:00.000Z' },
      })
    }
  })

  it('compare exact shares, not rounded ones: .84996 is not .85', () => {
    const found = report(disagreeing(0.15004, 100_000))
    expect(found.rsi).toBe(0.85)
    expect(judge(input(found)).verdict).toBe('no-go')
  })
})

describe('missing data fails closed', () => {
  it('without a report, and without any decision', () => {
    expect(judge(input(null))).toMatchObject({ verdict: 'no-go', isMeasured: false })
    const { verdict, isMeasured, gates } = judge(input(report([])))
    expect([verdict, isMeasured]).toEqual(['no-go', false])
    for (const gate of gates.filter(({ gate }) => gate !== 'freshness' && gate !== 'slots')) {
      expect(gate.verdict).not.toBe('go')
    }
  })

  it.each<readonly [GateName, readonly EvidenceRow[]]>([
    ['rsi', [shadowRow()]],
    ['rollbacks', [row({ deployment: null })]],
    ['rollbacks', [row({ deployment: { sloOk: true, rollback: null, errorRate: 0 } })]],
    ['tri', [row({ triDeltaNorm: null })]],
    ['fast-cap', fast(null)],
    ['outcomes', [row(), row({ deployment: null })]],
  ])('for %s', (gate, rows) => {
    expect(gateOf(rows, gate)).toMatchObject({ verdict: 'no-go', because: 'missing' })
  })

  it('for slots that nobody knows of', () => {
    for (const slots of [null, green.slice(1)]) {
      expect(gateOf([row()], 'slots', { slots })).toMatchObject({
        verdict: 'no-go',
        because: 'missing',
      })
    }
  })

  it('but for TRI where that is not required', () => {
    const found = input(report([row({ triDeltaNorm: null })]), { requireTri: false })
    expect(judge(found).verdict).toBe('go')
  })

  it.each([
    ['of another length', { windowMinutes: 60 }, 0],
    ['that is too old', {}, 7_200_001],
    ['of a time that is not over', {}, -1],
  ])('for a report %s', (_, settings, laterMs) => {
    const judged = judge({ ...input(report([row()]), settings), nowMs: NOON_MS + laterMs })
    expect(judged.verdict).toBe('no-go')
    expect(judged.gates[0]).toMatchObject({ gate: 'freshness', because: 'missing' })
  })
})

describe('in mode runbook', () => {
  it('sample ratio and quality are told, and have no say', () => {
    const { gates } = judge(input(report([row()])))
    const advisory = gates.filter(({ isAdvisory }) => isAdvisory).map(({ gate }) => gate)
    expect(advisory).toEqual(['sample-ratio', 'quality'])
  })

  it('is the default', () => {
    expect(gateSettings().mode).toBe('runbook')
  })

  it.each([
    [{ mode: 'strict' }, 'mode must be one of runbook, statistical, got "strict"'],
    [{ rsi: 85 }, 'rsi must be from 0 to 1, got 85'],
    [{ RSI: 0.9 }, 'RSI is no option; it is written rsi'],
    [{ rsi: '0,85' }, 'rsi must be from 0 to 1, got "0,85"'],
    [{ mode: 'statistical', tri: 0.1 }, 'tri must be 0 in mode statistical'],
    [{ requireTri: 1 }, 'requireTri must be true or false'],
    [{ slots: 'slot04' }, 'slots must be a list of names'],
    [{ slots: [] }, 'slots must name at least one slot, got none'],
    [{ triCoverage: 50 }, 'triCoverage must be from 0 to 1, got 50'],
  ])('refuses %o', (options, message) => {
    expect(() => gateSettings(options as never)).toThrow(message)
  })
})
