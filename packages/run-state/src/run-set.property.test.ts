import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRuns, printRuns } from './run-text.ts'
import { RunSet } from './run-set.ts'

/** Mostly short and far apart, so that there are many blocks of them; now and then a long one that swallows some. */
const length = fc.oneof(
  { weight: 30, arbitrary: fc.constant(0) },
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 9000 }) },
)
const range = fc
  .tuple(fc.integer({ min: 0, max: 60_000 }), length)
  .map(([from, length]) => ({ from, to: from + length }))
const ranges = fc.array(range, { maxLength: 4000, size: 'max' })

function both(list: readonly { readonly from: number; readonly to: number }[]) {
  const set = new RunSet()
  const model = new Set<number>()
  for (const { from, to } of list) {
    set.addRange(from, to)
    for (let run = from; run <= to; run += 1) model.add(run)
  }
  return { set, model }
}

function numbers(set: RunSet): number[] {
  return [...set.ranges()].flatMap(({ from, to }) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i),
  )
}

const sorted = (model: Set<number>): number[] => [...model].toSorted((a, b) => a - b)

describe('a set of runs, beside a plain set', () => {
  it('holds the same numbers, as few ranges, and knows how many', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const { set, model } = both(list)
        expect(numbers(set).join()).toBe(sorted(model).join())
        expect(set.size).toBe(model.size)
        const found = [...set.ranges()]
        expect(found.every((one, i) => i === 0 || one.from > found[i - 1]!.to + 1)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it('finds each number in its range', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 0, max: 60_000 }), (list, run) => {
        const { set, model } = both(list)
        const found = set.rangeOf(run)
        expect(found !== null).toBe(model.has(run))
        if (found === null) return
        expect(model.has(found.from - 1)).toBe(false)
        expect(model.has(found.to + 1)).toBe(false)
      }),
      { numRuns: 25 },
    )
  })

  it('knows the gaps between any two numbers', () => {
    fc.assert(
      fc.property(ranges, range, (list, { from, to }) => {
        const { set, model } = both(list)
        const gaps = [...set.gaps(from, to)].flatMap((gap) =>
          Array.from({ length: gap.to - gap.from + 1 }, (_, i) => gap.from + i),
        )
        const missing = Array.from({ length: to - from + 1 }, (_, i) => from + i)
        expect(gaps.join()).toBe(missing.filter((run) => !model.has(run)).join())
      }),
      { numRuns: 25 },
    )
  })

  it('subtracts another', () => {
    fc.assert(
      fc.property(ranges, ranges, (some, others) => {
        const [a, b] = [both(some), both(others)]
        const left = a.set.minus(b.set)
        expect(numbers(left).join()).toBe(
          sorted(a.model)
            .filter((run) => !b.model.has(run))
            .join(),
        )
      }),
      { numRuns: 25 },
    )
  })

  it('is the same after it was printed and read', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const { set } = both(list)
        const read = parseRuns(printRuns(set))
        if ('problem' in read) throw new Error(read.problem)
        expect(numbers(read).join()).toBe(numbers(set).join())
      }),
      { numRuns: 25 },
    )
  })
})
