import { describe, expect, it } from 'vitest'
import { againstBars } from './bars.ts'

describe('what was found, beside its bars', () => {
  it('is met up to the bar, or from it on, and missed beyond', () => {
    const found = {
      'a (bar ≤ 1.4)': 1.4,
      'b (bar ≤ 1.4)': 1.41,
      'c (bar ≥ 15 000)': 15_000,
      'd (bar ≥ 15 000)': 14_999,
      'e (bar ≤ 0)': 0,
    }
    expect(againstBars(found)).toEqual({
      'a (bar ≤ 1.4)': { found: 1.4, bar: 'met' },
      'b (bar ≤ 1.4)': { found: 1.41, bar: 'MISSED' },
      'c (bar ≥ 15 000)': { found: 15_000, bar: 'met' },
      'd (bar ≥ 15 000)': { found: 14_999, bar: 'MISSED' },
      'e (bar ≤ 0)': { found: 0, bar: 'met' },
    })
  })

  it('is missed where nothing was found, and neither without a bar', () => {
    expect(againstBars({ 'a (bar ≤ 1)': undefined, 'b (bar ≤ 1)': Number.NaN, c: 7 })).toEqual({
      'a (bar ≤ 1)': { found: undefined, bar: 'MISSED' },
      'b (bar ≤ 1)': { found: Number.NaN, bar: 'MISSED' },
      c: { found: 7, bar: '' },
    })
  })

  it('has a bar that can be read, or it is a mistake', () => {
    expect(() => againstBars({ 'a (bar 1.4)': 1 })).toThrow(
      'bars: must be (bar ≤ number) or (bar ≥ number), got "a (bar 1.4)"',
    )
  })
})
