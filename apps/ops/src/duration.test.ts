import { describe, expect, it } from 'vitest'
import { durationText, readDuration } from './duration.ts'

describe('a length of time', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
  ])('%s is %i ms', (text, ms) => {
    expect(readDuration(text)).toBe(ms)
  })

  it.each(['', '12', '0s', '-1s', '5 weeks', '1e3s', 'NaN'])('%j is none', (text) => {
    expect(() => readDuration(text)).toThrow('such as 500ms')
  })

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [59_999, '59 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
  ])('%i ms reads %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})
