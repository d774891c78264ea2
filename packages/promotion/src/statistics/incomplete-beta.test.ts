import { describe, expect, it } from 'vitest'
import { incompleteBeta, incompleteBetaInverse } from './incomplete-beta.ts'

describe('the incomplete beta function', () => {
  // The first is exact; the others were computed with 40 digits (mpmath 1.3).
  it.each([
    [0.5, 2, 3, 0.6875],
    [0.1, 0.5, 0.5, 0.20483276469913345],
    [0.85, 870, 131, 0.04014398396904828],
    [0.9999, 100_000, 12, 0.6966567110986293],
    [0.5, 50_000, 50_000, 0.5],
    [0.501, 50_000, 50_000, 0.7364550617029584],
    [0.01, 1, 1_000, 0.9999568287525893],
  ])('of %s for a = %s, b = %s is %s to 1e-10', (x, a, b, expected) => {
    expect(Math.abs(incompleteBeta(x, a, b) / expected - 1)).toBeLessThan(1e-10)
  })

  // Abramowitz and Stegun, Table 26.9/26.11 of Student's t and F: t(.95, 10) = 1.812461, F(.95; 4, 10) = 3.478050.
  it('has the percentage points of the tables of t and F', () => {
    const t = 1.8124611228107335
    expect(incompleteBeta(10 / (10 + t * t), 5, 0.5)).toBeCloseTo(0.1, 10)
    const f = 3.478049690765228
    expect(incompleteBeta((4 * f) / (4 * f + 10), 2, 5)).toBeCloseTo(0.95, 10)
  })

  it.each([
    [2.5, 7],
    [0.5, 40],
    [900, 3],
  ])('mirrors at a = %s, b = %s: I_x(a, b) + I_1−x(b, a) = 1', (a, b) => {
    for (const x of [0.001, 0.2, 0.5, 0.9, 0.999]) {
      expect(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a)).toBeCloseTo(1, 12)
    }
  })

  it('is undone by its inverse', () => {
    for (const share of [1e-6, 0.05, 0.5, 0.95]) {
      expect(incompleteBeta(incompleteBetaInverse(share, 30, 4), 30, 4)).toBeCloseTo(share, 12)
    }
  })

  it.each([
    [Number.NaN, 1, 1],
    [1.1, 1, 1],
    [0.5, 0, 1],
    [0.5, 1, Infinity],
  ])('refuses %s, %s, %s', (x, a, b) => {
    expect(() => incompleteBeta(x, a, b)).toThrow(RangeError)
  })
})
