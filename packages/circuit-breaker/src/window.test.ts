import { describe, expect, it, vi } from 'vitest'
import { codeOf, WEIGHT_UNIT } from './kinds.ts'
import { TimeWindow } from './time-window.ts'
import { createWindow, type CallWindow, type Window } from './window.ts'

const WEIGHTS = [0, 1, 1, 1, 1, 1, 1].map((weight) => weight * WEIGHT_UNIT)
const FAILURE = codeOf('failure')
const make = (window: Window): CallWindow => createWindow(window, WEIGHTS)
const sums = ({ calls, failures, slow }: CallWindow): readonly number[] => [
  calls,
  failures / WEIGHT_UNIT,
  slow / WEIGHT_UNIT,
]

describe('a window by count', () => {
  it('sums up the last calls, and lets go of the oldest', () => {
    const window = make({ kind: 'count', size: 3 })
    window.record(FAILURE, true, 0)
    window.record(0, true, 0)
    window.record(FAILURE, false, 0)
    expect(sums(window)).toEqual([3, 2, 2])
    window.record(0, false, 0)
    expect(sums(window)).toEqual([3, 1, 1])
    window.clear()
    expect(sums(window)).toEqual([0, 0, 0])
    window.record(0, false, 0)
    expect(sums(window)).toEqual([1, 0, 0])
  })

  it('sums up exactly, however many calls went through it', () => {
    const tenth = WEIGHTS.map((weight) => weight / 10)
    const window = createWindow({ kind: 'count', size: 7 }, tenth)
    for (let i = 0; i < 100_000; i += 1) window.record(i % 3 === 0 ? FAILURE : 0, i % 5 === 0, 0)
    window.clear()
    for (let i = 0; i < 14; i += 1) window.record(FAILURE, true, 0)
    for (let i = 0; i < 7; i += 1) window.record(0, false, 0)
    expect(sums(window)).toEqual([7, 0, 0])
  })
})

describe('a window by time', () => {
  it('sums up this second and those before it, as many as it has', () => {
    const window = make({ kind: 'time', seconds: 3 })
    for (const second of [10, 10, 11, 12]) window.record(FAILURE, false, second)
    expect(sums(window)).toEqual([4, 4, 0])
    window.record(0, true, 13)
    expect(sums(window)).toEqual([3, 2, 1])
    window.moveTo(15)
    expect(sums(window)).toEqual([1, 0, 1])
    window.moveTo(16)
    expect(sums(window)).toEqual([0, 0, 0])
  })

  it('of one second forgets with each second', () => {
    const window = make({ kind: 'time', seconds: 1 })
    window.record(FAILURE, false, 5)
    window.record(FAILURE, false, 6)
    expect(sums(window)).toEqual([1, 1, 0])
  })

  it('empties each of its seconds at most once, however long no call came', () => {
    const window = new TimeWindow(60, WEIGHTS)
    window.record(FAILURE, false, 1)
    using fill = vi.spyOn(Float64Array.prototype, 'fill')
    window.record(0, false, 1_000_000_000)
    expect(fill).toHaveBeenCalledTimes(60)
    expect(sums(window)).toEqual([1, 0, 0])
  })

  it('counts a call to its second though it hears of it late', () => {
    const window = make({ kind: 'time', seconds: 3 })
    window.moveTo(10)
    window.record(FAILURE, false, 9)
    expect(sums(window)).toEqual([1, 1, 0])
  })
})

describe('a window of calls in a row', () => {
  it('starts the failures anew with a success, the slow ones with a quick call', () => {
    const window = make({ kind: 'consecutive' })
    window.record(FAILURE, true, 0)
    window.record(FAILURE, true, 0)
    expect(sums(window)).toEqual([2, 2, 2])
    window.record(0, true, 0)
    expect(sums(window)).toEqual([0, 0, 3])
    window.record(FAILURE, false, 0)
    expect(sums(window)).toEqual([1, 1, 0])
  })
})
