import { describe, expect, it } from 'vitest'
import { applyCaps, spreadShares } from './policy.ts'

function shares(
  scores: number[],
  { allowed = scores.map(() => 1), epsilon = 0, within = Infinity } = {},
) {
  const out = new Float64Array(scores.length)
  const rest = spreadShares(
    Float64Array.from(scores),
    Uint8Array.from(allowed),
    epsilon,
    within,
    out,
  )
  return { shares: [...out], rest }
}

function capped(scores: number[], before: number[], caps: number[]) {
  const out = Float64Array.from(before)
  const allowed = new Uint8Array(scores.length).fill(1)
  const rest = applyCaps(Float64Array.from(scores), allowed, Float64Array.from(caps), out)
  return { shares: [...out], rest }
}

describe('spreading', () => {
  it('gives the best arm all but epsilon, and every allowed arm its part of epsilon', () => {
    expect(shares([1, 3, 2], { epsilon: 0.3 }).shares).toEqual([
      0.09999999999999999, 0.7999999999999999, 0.09999999999999999,
    ])
  })

  it('lets equal scores share', () => {
    expect(shares([2, 1, 2]).shares).toEqual([0.5, 0, 0.5])
    expect(shares([2, 1, 2 - 1e-13]).shares).toEqual([0.5, 0, 0.5])
    expect(shares([2, 1, 2 - 1e-11]).shares).toEqual([1, 0, 0])
    expect(shares([2e6, 1, 2e6 - 1e-7]).shares).toEqual([0.5, 0, 0.5])
  })

  it('explores only what scores near enough to the best', () => {
    expect(shares([1, 3, 2], { epsilon: 0.5, within: 1 }).shares).toEqual([0, 0.75, 0.25])
    expect(shares([1, 3, 2], { epsilon: 0.5, within: 0.5 }).shares).toEqual([0, 1, 0])
    expect(shares([3, 3, 2], { epsilon: 0.5, within: 1e-15 }).shares).toEqual([0.5, 0.5, 0])
  })

  it('passes over arms that are not allowed', () => {
    expect(shares([3, 2, 1], { allowed: [0, 1, 1], epsilon: 0.5 }).shares).toEqual([0, 0.75, 0.25])
  })

  it('leaves everything when nothing is allowed', () => {
    expect(shares([3, 2], { allowed: [0, 0] })).toEqual({ shares: [0, 0], rest: 1 })
  })
})

describe('caps', () => {
  it('move the excess to the next best arm', () => {
    expect(capped([3, 1, 2], [1, 0, 0], [0.25, 1, 1])).toEqual({ shares: [0.25, 0, 0.75], rest: 0 })
  })

  it('fill one arm after the other', () => {
    expect(capped([3, 1, 2], [1, 0, 0], [0.25, 1, 0.5])).toEqual({
      shares: [0.25, 0.25, 0.5],
      rest: 0,
    })
  })

  it('let equal scores share the excess, and take what a full one cannot', () => {
    expect(capped([3, 2, 2], [1, 0, 0], [0.25, 0.125, 1])).toEqual({
      shares: [0.25, 0.125, 0.625],
      rest: 0,
    })
  })

  it('leave what nobody has room for', () => {
    expect(capped([3, 2], [1, 0], [0.25, 0.5])).toEqual({ shares: [0.25, 0.5], rest: 0.25 })
  })

  it('do not call rounding a rest', () => {
    expect(capped([3, 2], [1, 0], [0.7, 0.3]).rest).toBe(0)
  })
})
