import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Progress, type TimedResult } from './progress.ts'
import { marksOf, objectionTo, progressOf, stateOf } from './state-file.ts'

const result: fc.Arbitrary<TimedResult> = fc.record({
  run: fc.integer({ min: 1, max: 60 }),
  outcome: fc.constantFrom('done', 'done', 'failed', 'absent', 'again'),
  permanent: fc.boolean(),
  atMs: fc.integer({ min: 1, max: 9 }),
})
const results = fc.array(result, { maxLength: 120 })

/** The same, said with plain sets and loops. */
function model(list: readonly TimedResult[]) {
  const [done, absent, failed] = [new Set<number>(), new Set<number>(), new Set<number>()]
  let [first, attempted] = [Infinity, 0]
  for (const { run, outcome } of list) {
    if (outcome === 'again') continue
    if (outcome === 'failed') failed.add(run)
    else failed.delete(run)
    if (outcome === 'done') done.add(run)
    if (outcome === 'absent') absent.add(run)
    else [first, attempted] = [Math.min(first, run), Math.max(attempted, run)]
  }
  let contiguous = Number.isFinite(first) ? first - 1 : 0
  while (Number.isFinite(first) && (done.has(contiguous + 1) || absent.has(contiguous + 1))) {
    contiguous += 1
  }
  return { done: done.size, absent: absent.size, failed, contiguous, attempted }
}

const seen = (progress: Progress): unknown => ({
  done: progress.done.size,
  absent: progress.absent.size,
  failed: new Set(progress.failures.keys()),
  ...progress.marks(),
})

describe('a progress', () => {
  it('is what plain sets and loops make of the same results', () => {
    fc.assert(
      fc.property(results, (list) => {
        const progress = new Progress()
        for (const one of list) progress.take(one)
        expect(seen(progress)).toEqual(model(list))
      }),
    )
  })

  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(results, (list) => {
        const progress = new Progress()
        for (const one of list) progress.take(one)
        const state = stateOf(progress, { who: 'ana' }, ['00'])
        const read = progressOf(JSON.parse(JSON.stringify(state)))
        if ('problem' in read) throw new Error(read.problem)
        expect(objectionTo(state)).toBeNull()
        expect(seen(read)).toEqual(seen(progress))
        expect([...read.failures.values()].toSorted((a, b) => a.run - b.run)).toEqual(
          [...progress.failures.values()].toSorted((a, b) => a.run - b.run),
        )
        expect([read.first, marksOf(state)]).toEqual([progress.first, progress.marks()])
      }),
    )
  })
})
