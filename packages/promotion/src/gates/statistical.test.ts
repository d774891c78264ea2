import { describe, expect, it } from 'vitest'
import { day, input, report, row, shadowRow, times } from '../rows.fixture.ts'
import type { DailyReport } from '../evidence/report.ts'
import type { EvidenceRow } from '../evidence/row.ts'
import type { GateName, GateResult } from './gate.ts'
import { judge } from './judge.ts'

const gateIn = (found: DailyReport, gate: GateName): GateResult => {
  const { gates } = judge(input(found, { mode: 'statistical' }))
  const result = gates.find((one) => one.gate === gate)
  if (result === undefined) throw new Error(`no gate ${gate}`)
  return result
}
const verdictOf = (rows: readonly EvidenceRow[], gate: GateName): string =>
  gateIn(report(rows), gate).verdict
const agreeing = (hits: number, of: number): EvidenceRow[] =>
  times(of, (i) => row(i < hits ? {} : { live: { route: 'R2', pilot: 0.1 } }))

const split = (live: number, of: number): EvidenceRow[] =>
  times(of, (i) => (i < live ? row() : shadowRow()))

describe('the gates in mode statistical', () => {
  it('say go to an RSI only when .85 is shown: 92 of 100, not 85 of 100', () => {
    expect(verdictOf(agreeing(92, 100), 'rsi')).toBe('go')
    expect(verdictOf(agreeing(91, 100), 'rsi')).toBe('inconclusive')
    expect(verdictOf(agreeing(85, 100), 'rsi')).toBe('inconclusive')
    expect(verdictOf(agreeing(70, 100), 'rsi')).toBe('no-go')
    expect(verdictOf([row()], 'rsi')).toBe('inconclusive')
    expect(verdictOf([shadowRow()], 'rsi')).toBe('no-go')
  })

  it.each([
    [0, 29_957, 'inconclusive'],
    [0, 29_958, 'go'],
    [1, 47_438, 'inconclusive'],
    [1, 47_439, 'go'],
    [2, 62_958, 'go'],
    [3, 1_000, 'no-go'],
  ])('to %s rollbacks in %s live decisions of the rollout: %s', (rollbacks, exposed, verdict) => {
    const base = report(times(1_000, () => row()))
    const found = { ...base, quality: { ...base.quality, exposed, rollbacks } }
    expect(gateIn(found, 'rollbacks').verdict).toBe(verdict)
  })

  it('say no-go to a day whose own rollbacks prove too many, whatever came before', () => {
    const bad = { sloOk: false, rollback: true, errorRate: 1 }
    const base = report(times(1_000, (i) => row(i < 5 ? { deployment: bad } : {})))
    const after = (exposed: number): GateResult =>
      gateIn({ ...base, quality: { ...base.quality, exposed, rollbacks: 5 } }, 'rollbacks')
    expect(after(100_000)).toMatchObject({ verdict: 'no-go', because: 'measured' })
    expect(after(1_000_000)).toMatchObject({ verdict: 'no-go', because: 'measured' })
    expect(after(1_000_000).reason).toContain('5 rollbacks over 1000 live decisions of the window')
  })

  it('say how many live decisions it takes', () => {
    expect(gateIn(report([row()]), 'rollbacks').reason).toContain('it takes 29958 live decisions')
  })

  it.each([
    [60, 100, 'go'],
    [58, 100, 'inconclusive'],
    [50, 100, 'inconclusive'],
    [40, 100, 'no-go'],
    [538, 1_000, 'go'],
  ])('to %s of %s TRI Δ that are not negative: %s', (hits, of, verdict) => {
    const rows = times(of, (i) => row({ triDeltaNorm: i < hits ? 0 : -0.5 }))
    expect(verdictOf(rows, 'tri')).toBe(verdict)
  })

  it.each(['statistical', 'runbook'] as const)(
    'take the TRI Δ of fewer than half of the live decisions with an outcome for missing, in mode %s',
    (mode) => {
      const carriedBy = (count: number, settings = {}): GateResult => {
        const rows = times(1_000, (i) => (i < count ? row() : row({ triDeltaNorm: null })))
        const { gates } = judge(input(report(rows), { mode, ...settings }))
        const found = gates.find(({ gate }) => gate === 'tri')
        if (found === undefined) throw new Error('no gate')
        return found
      }
      expect(carriedBy(1)).toMatchObject({ verdict: 'no-go', because: 'missing' })
      expect(carriedBy(1).reason).toContain('only 1 of 1000 live decisions with an outcome')
      expect(carriedBy(499).verdict).toBe('no-go')
      expect(carriedBy(500).verdict).toBe('go')
      expect(carriedBy(499, { triCoverage: 0.4 }).verdict).toBe('go')
    },
  )

  it('say no-go to a split that cannot be chance, and hold on one that is too small to tell', () => {
    expect(verdictOf(split(100, 1_000), 'sample-ratio')).toBe('go')
    expect(verdictOf(split(150, 1_000), 'sample-ratio')).toBe('no-go')
    expect(verdictOf(split(2, 20), 'sample-ratio')).toBe('inconclusive')
    expect(verdictOf([], 'sample-ratio')).toBe('inconclusive')
  })

  it('hold when the mean weight is not 1, and say so: the recorded probabilities are wrong then', () => {
    // Half of those live are recorded as if they had hardly been so: the split is right, the weights are not.
    const rows = times(20_000, (i) => {
      const change = { id: `${i}`, subject: `${i}` }
      return i % 10 === 0 ? row({ ...change, p: i % 20 === 0 ? 0.1 : 0.2 }) : shadowRow(change)
    })
    const found = gateIn(report(rows), 'sample-ratio')
    expect(found.verdict).toBe('inconclusive')
    expect(found.reason).toMatch(/but the mean weight is 0\.75 ± /)
    const right = rows.map((one) => (one.live === null ? one : { ...one, p: 0.1 }))
    expect(gateIn(report(right), 'sample-ratio').verdict).toBe('go')
  })

  it('say go to quality that is proven, no-go to harm that is, and hold in between', () => {
    expect(verdictOf([...day(60_000, 'better', { gain: 0.2 })], 'quality')).toBe('go')
    expect(verdictOf([...day(60_000, 'worse', { gain: -0.2 })], 'quality')).toBe('no-go')
    expect(verdictOf([...day(20_000, 'as good')], 'quality')).toBe('inconclusive')
  })

  it('refuse quality with bad weights, however strong the evidence seems, and say why', () => {
    const thin = gateIn(report(day(1_000, 'thin', { gain: 0.3 })), 'quality')
    expect(thin.verdict).toBe('inconclusive')
    expect(thin.reason).toMatch(/^refused: effective sample size [\d.]+ is below 500/)
    const base = report(day(60_000, 'better', { gain: 0.2 }))
    const impossible = { ...base, quality: { ...base.quality, impossible: 1 } }
    expect(gateIn(impossible, 'quality')).toMatchObject({ verdict: 'inconclusive' })
    expect(gateIn(impossible, 'quality').reason).toContain('recorded probabilities are wrong')
  })

  it('refuse quality with few subjects, and say how many it takes', () => {
    const found = report(day(60_000, 'few', { gain: 0.2 }))
    const sure = { ...found, quality: { ...found.quality, gain_p: 1e-9, subjects: 12.5 } }
    const { verdict, reason } = gateIn(sure, 'quality')
    expect(verdict).toBe('inconclusive')
    expect(reason).toContain('the smaller side counts as 12.5 subjects, where 20 are needed')
  })

  it('name the range of rewards that does not fit, and do not say that there are none', () => {
    const rows = [...day(20_000, 'range')].map((one) => ({ ...one, reward: 2 }))
    const { verdict, reason } = gateIn(report(rows), 'quality')
    expect(verdict).toBe('inconclusive')
    expect(reason).toContain('20000 of 20000 rewards are outside 0 to 1: set rewardLeast')
    expect(reason).not.toContain('no decision has')
  })

  it('share the chance to be wrong out among all looks', () => {
    const base = report(day(60_000, 'looks', { gain: 0.2 }))
    const at = (looks: number, gain_p: number): string =>
      gateIn({ ...base, quality: { ...base.quality, looks, gain_p } }, 'quality').verdict
    expect(at(1, 0.025)).toBe('go')
    expect(at(1, 0.026)).toBe('inconclusive')
    expect(at(28, 0.0000615)).toBe('go')
    expect(at(28, 0.0000616)).toBe('inconclusive')
  })

  it('find harm in the window whatever was proven before, and let no old gain pass a window in doubt', () => {
    const base = report(day(60_000, 'better', { gain: 0.2 }))
    const after = (harm_p: number): GateResult =>
      gateIn(
        {
          ...base,
          quality: { ...base.quality, gain_p: 1e-30, window: { ...base.quality.window, harm_p } },
        },
        'quality',
      )
    expect(after(0.5).verdict).toBe('go')
    expect(after(0.05)).toMatchObject({ verdict: 'inconclusive' })
    expect(after(0.05).reason).toContain('the window speaks against it')
    expect(after(0.001)).toMatchObject({ verdict: 'no-go', because: 'measured' })
  })

  it('hold when nothing can be compared', () => {
    expect(gateIn(report([row({ p: null })]), 'quality')).toMatchObject({
      verdict: 'no-go',
      because: 'missing',
    })
  })

  it('let every gate have a say', () => {
    const { gates } = judge(input(report([row()]), { mode: 'statistical' }))
    expect(gates.some(({ isAdvisory }) => isAdvisory)).toBe(false)
  })
})
