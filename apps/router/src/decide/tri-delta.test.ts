import { describe, expect, it } from 'vitest'
import {
  NOTHING_TOLD,
  createComparison,
  normalised,
  triDelta,
  withQuality,
  type Usual,
} from './tri-delta.ts'

/** What qualities come to, one after the other. */
function deltas(qualities: readonly number[]): (number | null)[] {
  let usual: Usual = NOTHING_TOLD
  return qualities.map((quality) => {
    const delta = triDelta(usual, quality)
    usual = withQuality(usual, quality)
    return delta
  })
}

describe('TRI delta', () => {
  it('has nothing to compare the first quality with', () => {
    expect(deltas([0.7])).toEqual([null])
  })

  it('is the difference from the mean of all before, over 0.2', () => {
    const [, second, third] = deltas([0.5, 0.6, 0.5])
    expect(second).toBeCloseTo(0.5)
    expect(third).toBeCloseTo(-0.25)
  })

  it('is 0 while all is as usual', () => {
    expect(deltas([1, 1, 1]).slice(1)).toEqual([0, 0])
  })

  it('is between −1 and 1', () => {
    expect(deltas([1, 0, 1])).toEqual([null, -1, 1])
    expect([normalised(-5), normalised(0.1), normalised(5)]).toEqual([-1, 0.5, 1])
  })
})

const said = (quality: number | null, triDelta: number | null = null) => ({ quality, triDelta })

describe('an answer, compared by what is told of it', () => {
  it("is as good as the guardrail's, or better or worse, once one of these is known, which themselves are neither", () => {
    const compare = createComparison('R4')
    expect(compare('R1', said(0.9))).toBeNull()
    expect(compare('R4', said(0.5))).toBeNull()
    expect(compare('R1', said(0.6))).toBeCloseTo(0.5)
    expect(compare('R2', said(0.5))).toBe(0)
    expect(compare('R4', said(0.4))).toBeNull()
    // What others answered never becomes the usual.
    expect(compare('R1', said(0.45))).toBeCloseTo(0)
  })

  it('is as much better as the caller says, whoever answered', () => {
    const compare = createComparison('R4')
    expect(compare('R4', said(null, -0.1))).toBe(-0.5)
    expect(compare('R1', said(null, 7))).toBe(1)
    expect(compare('R1', said(0.5))).toBeNull()
  })

  it('is not compared where nothing of it was told', () => {
    expect(createComparison('R4')('R4', said(null))).toBeNull()
  })
})
