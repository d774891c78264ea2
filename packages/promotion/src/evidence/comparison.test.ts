import { describe, expect, it } from 'vitest'
import { day, row, shadowRow, times } from '../rows.fixture.ts'
import { capitalsOf, COMPARISON, Comparison, type Compared } from './comparison.ts'
import type { EvidenceRow } from './row.ts'

const compare = (
  rows: Iterable<EvidenceRow>,
  settings: Partial<typeof COMPARISON> = {},
): Compared & { readonly lower: number; readonly upper: number } => {
  const comparison = new Comparison({ ...COMPARISON, ...settings }, 0.05)
  for (const one of rows) comparison.add(one)
  return { ...comparison.compared(), ...comparison.interval() }
}

describe('a comparison with the baseline', () => {
  it('proves a policy that is better, and encloses by how much', () => {
    const found = compare(day(60_000, 'better', { gain: 0.2 }))
    expect(capitalsOf(found).gain).toBeGreaterThan(20)
    expect(capitalsOf(found).harm).toBeLessThan(1)
    expect(found.lower).toBeLessThan(0.044)
    expect(found.upper).toBeGreaterThan(0.044)
  })

  it('proves a policy that is worse', () => {
    const found = compare(day(60_000, 'worse', { gain: -0.2 }))
    expect(capitalsOf(found).harm).toBeGreaterThan(20)
    expect(capitalsOf(found).gain).toBeLessThan(1)
  })

  it('takes one failure for no proof of harm, though the baseline never failed', () => {
    const rows = times(100, (i) =>
      i % 10 === 0 ? row({ reward: i === 50 ? 0 : 1 }) : shadowRow({ reward: 1 }),
    )
    expect(capitalsOf(compare(rows)).harm).toBeLessThan(20)
  })

  it('learns nothing where both always agree', () => {
    const agreed = times(1_000, () => row({ route: 'R4', p: 1, probabilities: { R4: 1 } }))
    expect(capitalsOf(compare(agreed))).toEqual({ gain: 1, harm: 1 })
  })

  it('takes what is within the margin for good enough', () => {
    const rows = [...day(60_000, 'as good')]
    expect(capitalsOf(compare(rows)).gain).toBeLessThan(20)
    expect(capitalsOf(compare(rows, { margin: 0.1 })).gain).toBeGreaterThan(20)
  })

  it('counts a missing outcome as the worst for whatever it would prove', () => {
    const good = times(2_000, (i) => (i % 10 === 0 ? row() : shadowRow()))
    const lost = good.map((one) => (one.live === null ? one : { ...one, reward: null }))
    expect(capitalsOf(compare(good)).gain).toBeGreaterThan(20)
    const found = compare(lost)
    expect(capitalsOf(found).gain).toBeLessThan(1)
    expect(capitalsOf(found).harm).toBeLessThan(1)
    expect(found.missing).toBe(200)
  })

  it('takes a reward out of range for a missing one', () => {
    expect(compare([row({ reward: 7 })]).missing).toBe(1)
    expect(compare([row({ reward: 7 })], { rewardMost: 10 }).missing).toBe(0)
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
    expect(found).toMatchObject({ unusable: 2, impossible: 1 })
    expect(found.gain.observations).toBe(0)
  })

  it('is more certain with good estimates, and as right without', () => {
    const plain = [...day(40_000, 'estimates', { gain: 0.2 })]
    const estimated = plain.map((one) => ({ ...one, estimates: { R1: 0.8, R4: 0.6 } }))
    const [without, having] = [compare(plain), compare(estimated)]
    for (const { lower, upper } of [without, having]) {
      expect(lower).toBeLessThan(0.044)
      expect(upper).toBeGreaterThan(0.044)
    }
  })
})
