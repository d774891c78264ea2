import { describe, expect, it } from 'vitest'
import { chiSquareTail, clopperPearson, poissonBounds } from './intervals.ts'

describe('Clopper–Pearson bounds', () => {
  // Computed with 40 digits (mpmath 1.3).
  it.each([
    [92, 100, 0.8602828807869541, 0.9595711293759712],
    [3, 20, 0.04216940788577853, 0.34366380431428184],
    [0, 10, 0, 0.2588655508930526],
    [10, 10, 0.7411344491069473, 1],
  ])('of %s in %s are %s and %s at one-sided 5 %', (hits, trials, lower, upper) => {
    const found = clopperPearson({ hits, trials }, 0.05)
    expect(found.lower).toBeCloseTo(lower, 10)
    expect(found.upper).toBeCloseTo(upper, 10)
  })

  // The smallest observed share that shows .85 with 95 % confidence.
  it.each([
    [100, 0.92],
    [500, 0.878],
    [1_000, 0.869],
    [5_000, 0.859],
  ])('show an RSI of .85 in %s live decisions from an observed %s on', (trials, share) => {
    const lower = (hits: number): number => clopperPearson({ hits, trials }, 0.05).lower
    expect(lower(Math.round(share * trials))).toBeGreaterThanOrEqual(0.85)
    expect(lower(Math.round((share - 0.01) * trials))).toBeLessThan(0.85)
  })

  it('know nothing without trials, and refuse what cannot be', () => {
    expect(clopperPearson({ hits: 0, trials: 0 }, 0.05)).toEqual({ lower: 0, upper: 1 })
    expect(() => clopperPearson({ hits: 2, trials: 1 }, 0.05)).toThrow(RangeError)
    expect(() => clopperPearson({ hits: 0.5, trials: 1 }, 0.05)).toThrow(RangeError)
    expect(() => clopperPearson({ hits: 0, trials: 1 }, 0)).toThrow(RangeError)
  })
})

describe('exact Poisson bounds', () => {
  it.each([
    [0, 0, 2.995732273553991],
    [1, 0.05129329438755058, 4.743864518390584],
    [2, 0.35536151069866, 6.295793621871995],
    [5, 1.9701495680595273, 10.513034908741542],
  ])('of %s events are %s and %s at one-sided 5 %', (events, lower, upper) => {
    const found = poissonBounds(events, 0.05)
    expect(found.lower).toBeCloseTo(lower, 10)
    expect(found.upper).toBeCloseTo(upper, 10)
  })

  it.each([
    [0, 29_958],
    [1, 47_439],
    [2, 62_958],
  ])('take %s rollbacks and %s live decisions to show .1 in a thousand', (events, needed) => {
    expect(Math.ceil(poissonBounds(events, 0.05).upper / 1e-4)).toBe(needed)
  })
})

describe('the tail of χ²', () => {
  it('is 5 % at 3.841 with one degree of freedom', () => {
    expect(chiSquareTail(3.841458820694124, 1)).toBeCloseTo(0.05, 10)
  })
})
