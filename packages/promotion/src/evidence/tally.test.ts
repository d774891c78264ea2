import { describe, expect, it } from 'vitest'
import { day, DAY_MS, NOON_MS, report, row, shadowRow, times, WINDOW } from '../rows.fixture.ts'
import { createTally, reportOf } from './tally.ts'
import type { EvidenceRow } from './row.ts'

const medianOf = (...values: (number | null)[]): number | null =>
  report(values.map((triDeltaNorm) => row({ triDeltaNorm }))).tri_median

const anomalous = (fastProbability: number | null): EvidenceRow =>
  row({ anomaly: true, fastProbability })

const daysOf = (from: number, count: number): EvidenceRow[] =>
  times(count, (i) => [
    ...day(500, `day ${from + i}`, { fromMs: NOON_MS + (from + i) * DAY_MS }),
  ]).flat()
const windowOf = (index: number) => ({
  fromMs: NOON_MS + index * DAY_MS,
  toMs: NOON_MS + (index + 1) * DAY_MS,
  nowMs: NOON_MS + (index + 1) * DAY_MS,
})

const trend = async (...medians: readonly number[]): Promise<number | null> => {
  let carry: Parameters<typeof createTally>[0]['carry']
  let slope: number | null = null
  for (const [index, triDeltaNorm] of medians.entries()) {
    const window = windowOf(index)
    const made = await reportOf([row({ tMs: window.fromMs, triDeltaNorm })], {
      ...window,
      ...(carry && { carry }),
    })
    carry = made.carry
    slope = made.report.quality.tri_trend
  }
  return slope
}

describe('a daily report', () => {
  it('has the figures of the operators’ files, by their names', () => {
    const rows = [
      ...times(17, () => row()),
      ...times(3, () => row({ live: { route: 'R2', pilot: 0.1 }, route: 'R2' })),
      ...times(20, () => shadowRow()),
    ]
    expect(report(rows)).toMatchObject({
      window_minutes: 1440,
      decisions: 40,
      live_decisions: 20,
      live_rate: 0.5,
      rsi: 0.85,
      rollbacks: 0,
      rollbacks_per_1k: 0,
      tri_median: 0.1,
      generated_at: '2026-11-20T09:05:00.000Z',
      window: { from: '2026-11-19T09:05:00.000Z', to: '2026-11-20T09:05:00.000Z' },
    })
  })

  it('counts one rollback in 10 000 live decisions as 0.1 per 1k', () => {
    const gone = { sloOk: false, rollback: true, errorRate: 0.5 }
    const found = report(times(10_000, (i) => (i === 0 ? row({ deployment: gone }) : row())))
    expect([found.rollbacks, found.rollbacks_per_1k]).toEqual([1, 0.1])
  })

  it('says null, and never 0 or 1, where there is nothing to count', () => {
    expect(report([])).toMatchObject({
      decisions: 0,
      live_rate: null,
      rsi: null,
      rollbacks: 0,
      rollbacks_per_1k: null,
      tri_median: null,
    })
    const unknown = report([row({ deployment: null }), row({ deployment: null })])
    expect(unknown.rollbacks_per_1k).toBeNull()
    expect(unknown.missing_outcomes.deployment).toBe(2)
  })

  it('takes the median of all TRI Δ, of an even number the mean of the two in the middle', () => {
    expect(medianOf(0.3, -0.2, 0.1)).toBe(0.1)
    expect(medianOf(0.3, -0.2, null, 0.1, 0.2)).toBeCloseTo(0.15, 12)
    expect(medianOf(-0)).toBe(-0)
    expect(report(times(1_000, (i) => row({ triDeltaNorm: (i - 499.5) / 500 }))).tri_median).toBe(0)
  })

  it('counts each row that it does not count, by the reason', () => {
    const rows = [
      row({ tMs: WINDOW.fromMs }),
      row({ tMs: WINDOW.fromMs - 1 }),
      row({ tMs: WINDOW.toMs - 1 }),
      row({ tMs: WINDOW.toMs }),
      row({ tMs: Number.NaN }),
      row({ p: 0 }),
      row({ p: 1.5 }),
      row({ triDeltaNorm: 3 }),
      row({ probabilities: { R1: 0.5 } }),
      row({ live: 'R1' as never }),
      row({ deployment: { sloOk: true, rollback: 1 as never, errorRate: 0 } }),
      5 as never,
    ]
    const found = report(rows)
    expect(found.decisions).toBe(2)
    expect(found.rejected).toEqual({ undated: 1, outside: 2, malformed: 7 })
  })

  it('audits the fast route on every anomalous decision', () => {
    const found = report([
      anomalous(0.15),
      anomalous(0.1 + 0.05 + Number.EPSILON),
      anomalous(0.16),
      anomalous(null),
      row({ fastProbability: 0.9 }),
    ])
    expect(found.fast_cap).toEqual({
      cap: 0.15,
      anomalous: 4,
      breaches: 1,
      unknown: 1,
      highest: 0.16,
    })
  })

  it('has a table by routes, of which a file full of names makes 201 rows at most', () => {
    const found = report([row(), row({ reward: null }), shadowRow({ reward: 0.5 })])
    expect(found.routes).toMatchObject([
      { route: 'R1', decisions: 2, live: 2, missing_rewards: 1, mean_reward: 1, slo_ok_rate: 1 },
      { route: 'R4', decisions: 1, live: 0, mean_reward: 0.5, mean_tri_delta: 0.1 },
    ])
    const many = report(times(1_000, (i) => shadowRow({ route: `route ${i}` })))
    expect(many.routes).toHaveLength(201)
    expect(many.routes[0]).toMatchObject({ route: '(other)', decisions: 800 })
  })

  it('counts each subject of a split once', () => {
    const rows = [
      ...times(50, () => row({ subject: 'ana' })),
      ...times(50, () => shadowRow({ subject: 'ben' })),
      shadowRow(),
      row({ stage: 100, subject: 'eva' }),
    ]
    const { subjects, live, expected } = report(rows).stage_split
    expect([subjects, live]).toEqual([3, 1])
    expect(expected).toBeCloseTo(0.3, 12)
  })

  it('values the policy by the decisions of the window', () => {
    const { policy_value } = report(day(20_000, 'value', { gain: 0.2 }))
    if (policy_value.kind !== 'given') throw new Error(policy_value.reasons.join())
    const { ips, ips_se } = policy_value.value
    expect(Math.abs(ips - (0.6 + 0.22 * 0.2))).toBeLessThan(3 * (ips_se ?? 0))
    expect(Math.abs((policy_value.mean_weight ?? 0) - 1)).toBeLessThan(
      3 * (policy_value.mean_weight_se ?? 0),
    )
  })

  it('refuses bad options by name', () => {
    expect(() => createTally({ ...WINDOW, toMs: WINDOW.fromMs })).toThrow('toMs must be after')
    expect(() => createTally({ ...WINDOW, fastCapp: 1 } as never)).toThrow('fastCapp is no option')
    expect(() => createTally({ ...WINDOW, comparison: { margin: -1 } })).toThrow('margin must be')
    expect(() => createTally({ ...WINDOW, weightLimits: { mostWeight: 0 } })).toThrow('mostWeight')
    expect(() => createTally({ ...WINDOW, nowMs: 1.5 })).toThrow('nowMs must be whole ms')
  })
})

const live = (change: Partial<EvidenceRow>): EvidenceRow =>
  row({ tMs: NOON_MS + DAY_MS / 2, ...change })

describe('evidence that is carried on', () => {
  it('is the same day by day as in one go', async () => {
    const first = await reportOf(daysOf(0, 1), windowOf(0))
    const kept = JSON.parse(JSON.stringify(first.carry)) as typeof first.carry
    const second = await reportOf(daysOf(0, 2), { ...windowOf(1), carry: kept })
    const once = await reportOf(daysOf(0, 2), { ...windowOf(0), toMs: windowOf(1).toMs })
    const { gain_p, harm_p, exposed, compared } = once.report.quality
    expect(second.report.quality.gain_p).toBeCloseTo(gain_p, 9)
    expect(second.report.quality.harm_p).toBeCloseTo(harm_p, 9)
    expect(second.report.quality).toMatchObject({ exposed, compared, looks: 2 })
    expect(compared).toBe(1_000)
  })

  it('takes a day in once, however often its report is made', async () => {
    const first = await reportOf(daysOf(0, 1), windowOf(0))
    const again = await reportOf(daysOf(0, 1), { ...windowOf(0), carry: first.carry })
    expect(again.carry).toEqual(first.carry)
    expect(again.report.quality).toEqual(first.report.quality)
    expect(again.report.decisions).toBe(500)
  })

  it('takes in the days that no report was made of, which the report itself leaves out', async () => {
    const first = await reportOf(daysOf(0, 1), windowOf(0))
    const late = await reportOf(daysOf(0, 4), { ...windowOf(3), carry: first.carry })
    expect(late.report.decisions).toBe(500)
    expect(late.report.rejected.outside).toBe(0)
    expect(late.report.quality.compared).toBe(2_000)
    expect(late.carry.compared.decisions).toBe(1_500)
  })

  it('hears what is told of a decision after its report, once, as long as the decision is in a window', async () => {
    const gone = { sloOk: false, rollback: true, errorRate: 1 }
    const first = await reportOf([live({ deployment: null, reward: null })], windowOf(0))
    expect(first.report.quality).toMatchObject({ exposed: 0, rollbacks: 0, missing: 1 })
    const told = [live({ deployment: gone })]
    const second = await reportOf(told, { ...windowOf(1), carry: first.carry })
    expect(second.report.quality).toMatchObject({ exposed: 1, rollbacks: 1, missing: 0 })
    const third = await reportOf(told, { ...windowOf(2), carry: second.carry })
    expect(third.report.quality).toMatchObject({ exposed: 1, rollbacks: 1 })
  })

  it('tells whether the medians of TRI Δ fall', async () => {
    expect(await trend(0.1)).toBeNull()
    expect(await trend(0.1, 0.2, 0.3)).toBeCloseTo(0.1, 12)
    expect(await trend(0.3, 0.2, 0.25, 0.1)).toBeLessThan(0)
  })
})
