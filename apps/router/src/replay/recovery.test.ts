import { describe, expect, it } from 'vitest'
import { recoveredAfter } from './recovery.ts'

const times = (count: number, reward: number): number[] =>
  Array.from({ length: count }, () => reward)

describe('recovery from level 0 towards best 1', () => {
  it('is when 90 of the last 100 decisions brought the best, not when a few did', () => {
    expect(recoveredAfter([...times(50, 0), ...times(200, 1)], 0, 1)).toBe(140)
    expect(recoveredAfter([...times(50, 0), ...times(89, 1), ...times(50, 0)], 0, 1)).toBeNull()
  })

  it('is the first time, whatever comes later', () => {
    expect(recoveredAfter([...times(120, 1), ...times(200, 0)], 0, 1)).toBe(100)
  })

  it('is never told before 100 decisions', () => {
    expect(recoveredAfter(times(150, 1), 0, 1)).toBe(100)
    expect(recoveredAfter(times(99, 1), 0, 1)).toBeNull()
  })

  it('is measured from the level it fell to: nine tenths of the way from 0.5 is 0.95', () => {
    expect(recoveredAfter(times(100, 0.94), 0.5, 1)).toBeNull()
    expect(recoveredAfter(times(100, 0.96), 0.5, 1)).toBe(100)
  })
})
