import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLive, placeOf } from './assignment.ts'
import { isStage, nextStage, pilotText, stageOfPilot, STAGES } from './stage.ts'

describe('the stages', () => {
  it('are 0, 10, 25, 50, 75 and 100 percent, in that order, and end', () => {
    expect(STAGES).toEqual([0, 10, 25, 50, 75, 100])
    expect(STAGES.map(nextStage)).toEqual([10, 25, 50, 75, 100, null])
    expect([30, '25', null, Number.NaN].some(isStage)).toBe(false)
  })

  it.each([
    [1, 100],
    [0.99, 75],
    [0.75, 75],
    [0.5, 50],
    [0.25, 25],
    [0.249, 10],
    [0.1, 10],
    [0.09, 0],
    [0, 0],
  ])('of a pilot of %s is %s', (pilot, stage) => {
    expect(stageOfPilot(pilot)).toBe(stage)
  })

  it('refuse a pilot that is no share: a comma read as nothing made 85 out of 0.85', () => {
    expect(() => stageOfPilot(85)).toThrow('pilot must be from 0 to 1, got 85')
    expect(() => stageOfPilot(Number('0,85'))).toThrow(RangeError)
  })

  it('are written with two decimals and a point', () => {
    expect(STAGES.map(pilotText)).toEqual(['0.00', '0.10', '0.25', '0.50', '0.75', '1.00'])
  })
})

describe('who is live', () => {
  it('stays so when the share grows, whoever it is', () => {
    fc.assert(
      fc.property(fc.string(), (subject) => {
        const live = Array.from({ length: 101 }, (_, percent) => isLive(subject, percent / 100))
        // Not live up to some share, live from there on: sorted is as it was.
        expect(live).toEqual(live.toSorted((a, b) => Number(a) - Number(b)))
        expect(isLive(subject, 0)).toBe(false)
        expect(isLive(subject, 1)).toBe(true)
      }),
    )
  })

  it('is the same on every machine', () => {
    expect(['ana', 'ben', 'eva', ''].map((name) => placeOf(name).toFixed(6)))
      .toMatchInlineSnapshot(`
      [
        "0.401768",
        "0.622348",
        "0.563758",
        "0.112791",
      ]
    `)
  })

  it('is as large a share as it should be', () => {
    for (const stage of STAGES) {
      const live = Array.from({ length: 10_000 }, (_, i) => isLive(`user-${i}`, stage / 100))
      const share = live.filter(Boolean).length / 10_000
      expect(Math.abs(share - stage / 100)).toBeLessThan(0.015)
    }
  })
})
