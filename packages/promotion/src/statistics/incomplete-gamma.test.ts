import { describe, expect, it } from 'vitest'
import { incompleteGammaUpper, incompleteGammaUpperInverse } from './incomplete-gamma.ts'

describe('the upper incomplete gamma function', () => {
  // Computed with 40 digits (mpmath 1.3).
  it.each([
    [0.5, 1.92072941034706, 0.050000000000000176],
    [1, 2.995732273553991, 0.05],
    [3, 6.295793622099, 0.04999999999170363],
    [1_000, 1_000, 0.4957947558197845],
    [1_000, 1_100, 0.0010593232539299773],
    [100_000, 99_500, 0.9432581767872077],
    [10, 0.5, 0.999999999829033],
    [2.5, 30, 1.215456977718304e-11],
  ])('for a = %s at %s is %s to 1e-10', (a, x, expected) => {
    expect(Math.abs(incompleteGammaUpper(a, x) / expected - 1)).toBeLessThan(1e-10)
  })

  // Abramowitz and Stegun, Table 26.8: the 5 % points of χ² with 1, 2, 10 and 100 degrees of freedom.
  it.each([
    [1, 3.84146],
    [2, 5.99146],
    [10, 18.307],
    [100, 124.342],
  ])(
    'has the percentage points of the table of χ² with %s degrees of freedom',
    (degrees, point) => {
      expect(2 * incompleteGammaUpperInverse(degrees / 2, 0.05)).toBeCloseTo(point, 3)
    },
  )

  it('is 1 at 0, 0 at infinity, and refuses what it is not defined for', () => {
    expect(incompleteGammaUpper(3, 0)).toBe(1)
    expect(incompleteGammaUpper(3, Infinity)).toBe(0)
    expect(() => incompleteGammaUpper(0, 1)).toThrow(RangeError)
    expect(() => incompleteGammaUpper(1, -1)).toThrow(RangeError)
    expect(() => incompleteGammaUpperInverse(1, 0)).toThrow(RangeError)
  })
})
