import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judged, UNSEEN, type Patience, type Standing } from './standing.ts'
import { betterOf, isWorse, worseOf, type Status } from './status.ts'

const known = fc.constantFrom<Status>('ok', 'degraded', 'critical')
const results = fc.array(fc.constantFrom<Status>('ok', 'degraded', 'unknown', 'critical'), {
  maxLength: 40,
})
const patience: fc.Arbitrary<Patience> = fc.record({
  failAfter: fc.integer({ min: 1, max: 5 }),
  okAfter: fc.integer({ min: 1, max: 5 }),
})

/** Every standing on the way, and all results since the first that told anything. */
function play(first: Status, seen: readonly Status[], patience: Patience) {
  const steps: { before: Standing; after: Standing; results: readonly Status[] }[] = []
  let before = judged(UNSEEN, first, patience)
  for (const [index, result] of seen.entries()) {
    const after = judged(before, result, patience)
    steps.push({ before, after, results: [first, ...seen.slice(0, index + 1)] })
    before = after
  }
  return steps
}

describe('a standing, whatever comes', () => {
  it('becomes worse only when the last failAfter results all were worse', () => {
    fc.assert(
      fc.property(known, results, patience, (first, seen, patience) => {
        for (const { before, after, results } of play(first, seen, patience)) {
          if (!isWorse(after.status, before.status)) continue
          const last = results.slice(-patience.failAfter)
          expect(last).toHaveLength(patience.failAfter)
          expect(last.every((status) => isWorse(status, before.status))).toBe(true)
          expect(after.status).toBe(last.reduce(betterOf))
        }
      }),
    )
  })

  it('becomes better only when the last okAfter results all were better', () => {
    fc.assert(
      fc.property(known, results, patience, (first, seen, patience) => {
        for (const { before, after, results } of play(first, seen, patience)) {
          if (!isWorse(before.status, after.status)) continue
          const last = results.slice(-patience.okAfter)
          expect(last).toHaveLength(patience.okAfter)
          expect(last.every((status) => isWorse(before.status, status))).toBe(true)
          expect(after.status).toBe(last.reduce(worseOf))
        }
      }),
    )
  })

  it('has moved once there were enough in a row, and keeps no more than it needs', () => {
    fc.assert(
      fc.property(known, results, patience, (first, seen, patience) => {
        for (const { after, results } of play(first, seen, patience)) {
          const { failAfter, okAfter } = patience
          const bad = results.slice(-failAfter)
          const good = results.slice(-okAfter)
          const isTooGood = bad.length === failAfter && isWorse(bad.reduce(betterOf), after.status)
          const isTooBad = good.length === okAfter && isWorse(after.status, good.reduce(worseOf))
          expect([isTooGood, isTooBad]).toEqual([false, false])
          expect(after.recent.length).toBeLessThanOrEqual(Math.max(failAfter, okAfter))
        }
      }),
    )
  })
})
