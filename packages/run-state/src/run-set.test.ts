import { describe, expect, it } from 'vitest'
import { RunSet } from './run-set.ts'

const rangesOf = (set: RunSet): string =>
  [...set.ranges()].map(({ from, to }) => `${from}-${to}`).join(' ')

describe('a set of runs', () => {
  it('joins what touches, whatever the order', () => {
    expect(rangesOf(RunSet.of([5, 1, 3, 4, 2, 9]))).toBe('1-5 9-9')
  })

  it('swallows the ranges that a longer one covers', () => {
    const set = RunSet.of([1, 3, 5, 7, 20])
    set.addRange(2, 10)
    expect(rangesOf(set)).toBe('1-10 20-20')
    expect(set.size).toBe(11)
  })

  it('counts a run once that is added twice', () => {
    expect(RunSet.of([7, 7, 7]).size).toBe(1)
  })

  it('holds a billion runs in a row in one range', () => {
    const set = new RunSet()
    set.addRange(1, 1e9)
    expect([...set.ranges()]).toHaveLength(1)
    expect(set.size).toBe(1e9)
  })

  it('goes up to 2⁵³ − 1', () => {
    const set = RunSet.of([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1])
    expect([...set.ranges()]).toHaveLength(1)
    expect(set.has(Number.MAX_SAFE_INTEGER)).toBe(true)
  })

  it('tells the lowest and the highest, and null when it is empty', () => {
    expect([RunSet.of([8, 3]).lowest, RunSet.of([8, 3]).highest]).toEqual([3, 8])
    expect([new RunSet().lowest, new RunSet().highest]).toEqual([null, null])
  })

  it('finds gaps between two numbers a billion apart without going through them', () => {
    const set = RunSet.of([1, 1_000_000_000])
    expect([...set.gaps(1, 1_000_000_000)]).toEqual([{ from: 2, to: 999_999_999 }])
  })

  it('refuses what is no range of whole numbers', () => {
    for (const [from, to] of [
      [-1, 2],
      [1.5, 2],
      [2, 1],
      [1, Number.NaN],
      [1, 2 ** 53],
    ] as const) {
      expect(() => new RunSet().addRange(from, to)).toThrow(RangeError)
    }
  })

  it('subtracts a range that reaches over two of its own', () => {
    const set = new RunSet()
    set.addRange(1, 5)
    set.addRange(8, 12)
    const taken = new RunSet()
    taken.addRange(4, 9)
    expect(rangesOf(set.minus(taken))).toBe('1-3 10-12')
  })
})
