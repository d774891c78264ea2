import { describe, expect, it } from 'vitest'
import { day, report, row, shadowRow, times } from '../rows.fixture.ts'
import { COMPARISON, Comparison, type Compared } from './comparison.ts'
import type { QualityEvidence } from './report.ts'
import type { EvidenceRow } from './row.ts'

const compare = (
  rows: Iterable<EvidenceRow>,
  settings: Partial<typeof COMPARISON> = {},
): Omit<Compared, 'weights'> & QualityEvidence => {
  const comparison = new Comparison({ ...COMPARISON, ...settings })
  const whole = [...rows]
  for (const one of whole) comparison.add(one)
  return { ...comparison.compared(), ...report(whole, { comparison: settings }).quality }
}
const upper = (found: QualityEvidence): number => found.confidence_sequence?.upper ?? Infinity
const lower = (found: QualityEvidence): number => found.confidence_sequence?.lower ?? -Infinity

/** Decisions that are dealt out to so many subjects; a third of them always succeed. */
const ofSubjects = (subjects: number): EvidenceRow[] =>
  times(20_000, (i) => {
    const subject = `${i % subjects}`
    const change = { id: `${i}`, subject, reward: Number((i % subjects) % 3 === 0) }
    return (i % subjects) % 10 === 0 ? row(change) : shadowRow(change)
  })

describe('a comparison with the baseline', () => {
  it('proves a policy that is better, and encloses by how much', () => {
    const found = compare(day(60_000, 'better', { gain: 0.2 }))
    expect(found.gain_p).toBeLessThan(0.001)
    expect(found.harm_p).toBeGreaterThan(0.5)
    expect(lower(found)).toBeLessThan(0.044)
    expect(lower(found)).toBeGreaterThan(0)
    expect(upper(found)).toBeGreaterThan(0.044)
  })

  it('proves a policy that is worse', () => {
    const found = compare(day(60_000, 'worse', { gain: -0.2 }))
    expect(found.harm_p).toBeLessThan(0.001)
    expect(found.gain_p).toBeGreaterThan(0.5)
    expect(found.window).toMatchObject({ harm_p: found.harm_p, compared: 60_000 })
  })

  it('takes one failure for no proof of harm, though the baseline never failed', () => {
    const rows = times(100, (i) =>
      i % 10 === 0
        ? row({ id: `${i}`, reward: i === 50 ? 0 : 1 })
        : shadowRow({ id: `${i}`, reward: 1 }),
    )
    expect(compare(rows).harm_p).toBeGreaterThan(0.05)
  })

  it('takes luck with a few subjects for no proof of gain, though none of them failed', () => {
    // One subject in twenty always fails; by chance none of the ten live ones is such a subject.
    const rows = times(100, (subject) =>
      times(50, (i): EvidenceRow => {
        const change = { id: `${subject} ${i}`, subject: `${subject}` }
        return subject < 10
          ? row({ ...change, reward: 1 })
          : shadowRow({ ...change, reward: subject % 20 === 11 ? 0 : 1 })
      }),
    ).flat()
    expect(compare(rows).gain_p).toBeGreaterThan(0.1)
  })

  it('learns nothing where both always agree', () => {
    const agreed = times(1_000, () => row({ route: 'R4', p: 1, probabilities: { R4: 1 } }))
    expect(compare(agreed)).toMatchObject({ gain_p: 1, harm_p: 1, subjects: 0 })
  })

  it('takes what is within the margin for good enough', () => {
    const rows = [...day(60_000, 'as good')]
    expect(compare(rows).gain_p).toBeGreaterThan(0.01)
    expect(compare(rows, { margin: 0.1 }).gain_p).toBeLessThan(0.001)
  })

  it('takes the decisions of one subject together: a thousand of one are no more than one', () => {
    expect(compare(ofSubjects(50)).subjects).toBe(5)
    expect(compare(ofSubjects(300)).subjects).toBeGreaterThan(25)
    expect(compare(ofSubjects(50)).gain_p).toBeGreaterThan(0.01)
  })

  it('counts a missing outcome as the worst for whatever it would prove', () => {
    const good = times(2_000, (i) =>
      i % 10 === 0 ? row({ id: `${i}` }) : shadowRow({ id: `${i}` }),
    )
    const lost = good.map((one) => (one.live === null ? one : { ...one, reward: null }))
    expect(compare(good).gain_p).toBeLessThan(0.001)
    const found = compare(lost)
    expect(found.gain_p).toBeGreaterThan(0.5)
    expect(found.harm_p).toBeGreaterThan(0.5)
    expect(found.missing).toBe(200)
    // Whatever the 200 were: all failures, or all successes.
    expect(lower(found)).toBeLessThan(0)
    expect(upper(found)).toBeGreaterThan(0.9)
  })

  it('counts a reward out of range apart, and like a missing one', () => {
    expect(compare([row({ reward: 7 })])).toMatchObject({ missing: 0, outOfRange: 1 })
    expect(compare([row({ reward: 7 })], { rewardMost: 10 }).outOfRange).toBe(0)
    const good = times(2_000, (i) =>
      i % 10 === 0 ? row({ id: `${i}` }) : shadowRow({ id: `${i}` }),
    )
    const told = (reward: number | null) =>
      compare(good.map((one) => (one.live === null ? one : { ...one, reward })))
    expect(told(7).gain_p).toBe(told(null).gain_p)
  })

  it('counts apart what it cannot compare, and weights that cannot be', () => {
    const found = compare([
      row({ p: null }),
      row({ route: null }),
      row({ p: 0.001 }),
      row({ stage: 0 }),
      row({ stage: 100 }),
      row({ stage: null, live: null }),
    ])
    expect(found).toMatchObject({ unusable: 2, impossible: 1, decisions: 0 })
  })

  it('is more certain with good estimates, and as right without', () => {
    const plain = [...day(40_000, 'estimates', { gain: 0.2 })]
    const estimated = plain.map((one) => ({ ...one, estimates: { R1: 0.8, R4: 0.6 } }))
    const [without, having] = [compare(plain), compare(estimated)]
    for (const found of [without, having]) {
      expect(lower(found)).toBeLessThan(0.044)
      expect(upper(found)).toBeGreaterThan(0.044)
    }
    expect(upper(having) - lower(having)).toBeLessThan(upper(without) - lower(without))
  })
})
