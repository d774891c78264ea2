import { describe, expect, it } from 'vitest'
import { NO_DRIFT, drifted, type Drift } from './drift.ts'

const after = (means: readonly (number | null)[], from = NO_DRIFT): Drift =>
  means.reduce(drifted, from)
/** A mean of 0.5 and a standard deviation of about 0.1. */
const usual = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 0.4 : 0.6))

describe('drift of what is told of the answers', () => {
  it('is the distance from the usual in standard deviations, of the windows before', () => {
    // Sample standard deviation of 100 means, half of them 0.1 away on either side.
    const deviation = Math.sqrt((100 * 0.01) / 99)
    expect(after([...usual(100), 1]).z).toBeCloseTo(0.5 / deviation, 10)
    expect(after([...usual(100), 0]).z).toBeCloseTo(0.5 / deviation, 10)
  })

  it('is nothing below three of them, which happens by chance', () => {
    expect(after([...usual(100), 0.79]).z).toBe(0)
    expect(after([...usual(100), 0.81]).z).toBeGreaterThan(3)
  })

  it('is not reported before 40 windows say what is usual', () => {
    expect(after([...usual(39), 9]).z).toBe(0)
    expect(after([...usual(40), 9]).z).toBeGreaterThan(3)
  })

  it('of answers that were always the same is not endless: 0.02 is as little as they vary', () => {
    const same = Array.from({ length: 50 }, () => 1)
    expect(after([...same, 0.95]).z).toBe(0)
    expect(after([...same, 0.9]).z).toBeCloseTo(5, 10)
  })

  it('ends when the new becomes the usual: only the last 200 windows count', () => {
    const much = after([...usual(200), ...Array.from({ length: 200 }, () => 9)])
    expect(after([9], much).z).toBe(0)
    expect(much.means).toHaveLength(200)
  })

  it('fades by half in each window in which nothing is told, or nothing that is a number', () => {
    const far = after([...usual(100), 5])
    expect(after([null], far).z).toBe(far.z / 2)
    expect(after([Number.NaN, Infinity], far).z).toBe(far.z / 4)
    expect(after([null], far).means).toEqual(far.means)
    expect(
      after(
        Array.from({ length: 2000 }, () => null),
        far,
      ).z,
    ).toBe(0)
  })
})
