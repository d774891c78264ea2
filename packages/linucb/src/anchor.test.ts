import { describe, expect, it } from 'vitest'
import { conditionNumber, drift, solve, updatesPerAnchor } from './anchor.ts'

describe('solving', () => {
  it('inverts A and finds θ', () => {
    const estimate = solve({ a: Float64Array.of(4, 0, 2), b: Float64Array.of(8, 3) })
    expect(estimate?.inverse[0]).toBeCloseTo(0.25, 14)
    expect(estimate?.inverse[1]).toBe(0)
    expect(estimate?.inverse[2]).toBeCloseTo(0.5, 14)
    expect(estimate?.theta[0]).toBeCloseTo(2, 14)
    expect(estimate?.theta[1]).toBeCloseTo(1.5, 14)
  })

  it('copes with a sum whose ridge was lost in rounding', () => {
    const estimate = solve({ a: Float64Array.of(1e18, 1e18, 1e18), b: Float64Array.of(1, 1) })
    expect(estimate?.inverse.every(Number.isFinite)).toBe(true)
  })

  it('answers null for what no observations can add up to', () => {
    expect(solve({ a: Float64Array.of(1, 2, 1), b: Float64Array.of(0, 0) })).toBeNull()
    expect(solve({ a: Float64Array.of(-1), b: Float64Array.of(0) })).toBeNull()
  })
})

describe('the condition number', () => {
  it('is the largest eigenvalue over the smallest', () => {
    expect(conditionNumber(Float64Array.of(100, 0, 4), 2)).toBeCloseTo(25, 10)
  })

  it('stays finite for a singular matrix', () => {
    expect(conditionNumber(Float64Array.of(1, 1, 1), 2)).toBeLessThanOrEqual(2 ** 52)
  })
})

describe('drift', () => {
  it('is measured against the diagonal, so that small columns count like large ones', () => {
    const fresh = Float64Array.of(1e8, 0, 1e-8)
    expect(drift(Float64Array.of(1e8, 0, 1.1e-8), fresh, 2)).toBeCloseTo(0.1, 10)
    expect(drift(fresh, fresh, 2)).toBe(0)
  })
})

it('anchors every 1000 updates, or 10 per dimension when that is more', () => {
  expect([5, 100, 256].map(updatesPerAnchor)).toEqual([1000, 1000, 2560])
})
