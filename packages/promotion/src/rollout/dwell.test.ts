import { describe, expect, it } from 'vitest'
import { HOUR_MS, report, row, times } from '../rows.fixture.ts'
import type { DailyReport } from '../evidence/report.ts'
import { DWELL_RULES, lackingToLeave } from './dwell.ts'
import type { Stage } from './stage.ts'

const busy = report(times(101, () => row()))
const trending = (tri_trend: number | null): DailyReport => ({
  ...busy,
  quality: { ...busy.quality, tri_trend },
})
const lacking = (
  stage: Stage,
  hours: number,
  found = trending(0.1),
  redAtMs: number | null = null,
) => lackingToLeave({ stage, sinceMs: 0, redAtMs }, found, DWELL_RULES, hours * HOUR_MS)

describe('the dwell rules of the first week', () => {
  it.each([
    [10, 48],
    [25, 72],
    [50, 96],
    [75, 7 * 24],
  ] as const)('leave stage %s after %s hours, and not before', (stage, hours) => {
    expect(lacking(stage, hours)).toEqual([])
    expect(lacking(stage, hours - 0.01)).toHaveLength(1)
  })

  it('leave stage 0 by hand only', () => {
    expect(lacking(0, 1_000)).toEqual(['stage 0 is left by hand: set stage 10 and say why'])
  })

  it('want more than 100 decisions', () => {
    expect(lacking(10, 48, report(times(100, () => row())))).toEqual([
      '100 decisions, where more than 100 are needed',
    ])
    expect(
      lackingToLeave({ stage: 10, sinceMs: 0, redAtMs: null }, null, DWELL_RULES, 1e12),
    ).toHaveLength(1)
  })

  it('count from the last no-go: green for 48 hours, not only there for 48 hours', () => {
    expect(lacking(10, 60, busy, 13 * HOUR_MS)).toEqual(['green for 47 h of 48 h at stage 10'])
    expect(lacking(10, 61, busy, 13 * HOUR_MS)).toEqual([])
  })

  it('want TRI not to fall before 50 percent', () => {
    expect(lacking(25, 72, trending(-0.01))).toEqual(['the medians of TRI Δ fall by 0.01 a day'])
    expect(lacking(25, 72, trending(null))).toEqual(['fewer than two days of TRI Δ, so no trend'])
    expect(lacking(25, 72, { ...trending(0), tri_median: -0.1 })).toHaveLength(1)
    expect(lacking(50, 96, trending(-0.01))).toEqual([])
  })

  it('are not fulfilled by a clock that was set back', () => {
    expect(lacking(10, -5)).toEqual(['green for 0 h of 48 h at stage 10'])
  })
})
