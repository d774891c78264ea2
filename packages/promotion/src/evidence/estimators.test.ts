import { seededRandom } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { estimateOf, OffPolicy, type PolicyEstimate, type Weighed } from './estimators.ts'

const sumsOf = (rows: readonly Weighed[]): OffPolicy => {
  const judged = new OffPolicy()
  for (const one of rows) judged.add(one)
  return judged
}
const judged = (rows: readonly Weighed[]): PolicyEstimate => estimateOf(sumsOf(rows).sums())
const LOOSE = { leastEss: 0, leastEssShare: 0, mostWeight: 1e9, mostMeanWeightError: 1e9 }

describe('the estimators', () => {
  it('are what their formulas say', () => {
    const rows = [
      { weight: 2, reward: 1, direct: 0.4, estimate: 0.5 },
      { weight: 0.5, reward: 0, direct: 0.3, estimate: 0.2 },
      { weight: 0, reward: 1, direct: 0.1, estimate: 0.1 },
    ]
    const found = estimateOf(sumsOf(rows).sums(), LOOSE)
    if (found.kind !== 'given') throw new Error('refused')
    expect(found.value.ips).toBeCloseTo(2 / 3, 12)
    expect(found.value.snips).toBeCloseTo(2 / 2.5, 12)
    expect(found.value.dr).toBeCloseTo((0.4 + 2 * 0.5 + 0.3 - 0.5 * 0.2 + 0.1) / 3, 12)
    expect(found.ess).toBeCloseTo(2.5 ** 2 / 4.25, 12)
    expect(found.max_weight).toBe(2)
    expect(found.mean_weight).toBeCloseTo(2.5 / 3, 12)
  })

  it('find the value of a policy that never ran, within three standard errors', () => {
    const random = seededRandom('off policy')
    // Logged: each of two routes half the time; route 0 earns .3, route 1 .7. Judged: route 1 nine times of ten.
    const rows = Array.from({ length: 20_000 }, () => {
      const route = random.integer(2)
      const reward = random.next() < (route === 1 ? 0.7 : 0.3) ? 1 : 0
      const weight = (route === 1 ? 0.9 : 0.1) / 0.5
      return { weight, reward, direct: 0.9 * 0.6 + 0.1 * 0.4, estimate: route === 1 ? 0.6 : 0.4 }
    })
    const found = judged(rows)
    if (found.kind !== 'given') throw new Error('refused')
    const { ips, ips_se, snips, snips_se, dr, dr_se } = found.value
    for (const [value, error] of [
      [ips, ips_se],
      [snips, snips_se],
      [dr, dr_se],
    ] as const) {
      expect(Math.abs(value - 0.66)).toBeLessThan(3 * (error ?? 0))
    }
    expect(dr_se).toBeLessThan(ips_se ?? 0)
  })

  it('go on from what was kept', () => {
    const rows = Array.from({ length: 10 }, (_, i) => ({ weight: 1, reward: i }))
    const first = sumsOf(rows.slice(0, 4)).sums()
    const resumed = new OffPolicy(JSON.parse(JSON.stringify(first)) as typeof first)
    for (const one of rows.slice(4)) resumed.add(one)
    expect(resumed.sums()).toEqual(sumsOf(rows).sums())
  })

  it('refuse a weight that cannot be', () => {
    expect(() => new OffPolicy().add({ weight: -1, reward: 0 })).toThrow(RangeError)
    expect(() => new OffPolicy().add({ weight: 1, reward: Number.NaN })).toThrow(RangeError)
  })
})

const even = (count: number, weight = 1): Weighed[] =>
  Array.from({ length: count }, () => ({ weight, reward: 1 }))

describe('an estimate is refused', () => {
  it('with an effective sample size below 500, and given from 500 on', () => {
    expect(judged(even(499)).reasons).toEqual(['effective sample size 499 is below 500'])
    expect(judged(even(500)).kind).toBe('given')
  })

  it('with an effective sample size below 5 % of the decisions', () => {
    const rows = [...even(20_000, 0), ...even(900, 23)]
    expect(judged(rows).reasons).toEqual([
      'effective sample size 900 is below 5 % of 20900 decisions',
    ])
  })

  it('with one weight above 50', () => {
    expect(judged([...even(5_000), ...even(1, 50)]).kind).toBe('given')
    expect(judged([...even(5_000), ...even(1, 51)]).reasons).toEqual(['one weight is 51, above 50'])
  })

  it('when the mean weight is more than .05 from 1', () => {
    expect(judged(even(1_000, 1.05)).kind).toBe('given')
    expect(judged(even(1_000, 1.06)).reasons[0]).toContain('the mean weight is 1.06')
    expect(judged(even(1_000, 0.94)).reasons[0]).toContain('the mean weight is 0.94')
  })

  it('without decisions', () => {
    expect(judged([]).reasons).toEqual([
      'no decision has a probability, a policy and a reward that counts',
    ])
  })
})
