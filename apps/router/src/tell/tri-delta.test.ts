import { describe, expect, it } from 'vitest'
import { NOTHING_TOLD, normalised, triDelta, withQuality, type Usual } from './tri-delta.ts'

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
