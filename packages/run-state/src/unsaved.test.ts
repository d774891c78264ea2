import { describe, expect, it } from 'vitest'
import type { TimedResult } from './progress.ts'
import { Unsaved } from './unsaved.ts'

const failed = (run: number): TimedResult => ({ run, outcome: 'failed', atMs: 0 })
const runsOf = (results: readonly TimedResult[]): number[] => results.map(({ run }) => run)

describe('what is not known to be in the file', () => {
  it('is all that was told, until a write of it is confirmed', () => {
    const unsaved = new Unsaved()
    for (const run of [1, 2]) unsaved.add(failed(run))
    const { length } = unsaved.begin('a')
    unsaved.add(failed(3))
    expect(runsOf(unsaved.notIn([]))).toEqual([1, 2, 3])
    unsaved.succeeded(length)
    expect(runsOf(unsaved.notIn(['a']))).toEqual([3])
  })

  it('is only what came later, when the file names an update that could not be confirmed', () => {
    const unsaved = new Unsaved()
    unsaved.add(failed(1))
    unsaved.begin('a')
    unsaved.add(failed(2))
    unsaved.begin('b')
    unsaved.add(failed(3))
    expect(runsOf(unsaved.notIn(['x', 'a']))).toEqual([2, 3])
    expect(runsOf(unsaved.notIn(['b', 'x', 'a']))).toEqual([3])
    expect(runsOf(unsaved.notIn(['x', 'y']))).toEqual([1, 2, 3])
    expect(unsaved.size).toBe(3)
  })

  it('is not what went with an update that was surely not made', () => {
    const unsaved = new Unsaved()
    unsaved.add(failed(1))
    unsaved.begin('a')
    unsaved.failed('a')
    expect(runsOf(unsaved.notIn(['a']))).toEqual([1])
  })
})
