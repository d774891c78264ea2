import { seededRandom } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { createLinUCB } from './linucb.ts'
import { priorFromTable, type OutcomeRow } from './prior.ts'

const options = { arms: ['R1', 'R2'], dim: 2, epsilon: 0 }

/** A table in which R1 is worth x and R2 is worth 0.5. */
function table(rows: number): OutcomeRow[] {
  const random = seededRandom('table')
  return Array.from({ length: rows }, () => Math.round(random.next() * 64) / 64).flatMap((x) => [
    { arm: 'R1', context: [1, x], reward: x },
    { arm: 'R2', context: [1, x], reward: 0.5 },
  ])
}

describe('a prior from a table', () => {
  it('makes a model that knows the table before its first decision', () => {
    const model = createLinUCB({ ...options, prior: priorFromTable(table(500), 500) })
    expect(model.decide([1, 0.9]).arm).toBe('R1')
    expect(model.decide([1, 0.1]).arm).toBe('R2')
  })

  it('equals having learned the rows, when each counts in full', () => {
    const warm = createLinUCB({ ...options, prior: priorFromTable(table(50), 1_000) })
    const learned = createLinUCB(options)
    for (const { arm, context, reward } of table(50)) learned.learn(arm, context, reward)
    for (const x of [0, 0.3, 1]) {
      const { scores } = warm.decide([1, x])
      const expected = learned.decide([1, x]).scores
      expect(scores['R1']).toBeCloseTo(expected['R1']!, 10)
      expect(scores['R2']).toBeCloseTo(expected['R2']!, 10)
    }
  })

  it('counts each arm for at most the effective count', () => {
    const { arms } = priorFromTable(table(400), 100)
    expect(arms['R1']?.count).toBe(100)
    expect(arms['R1']?.a[0]).toBe(100)
    expect(priorFromTable(table(40), 100).arms['R1']?.count).toBe(40)
  })

  it('adds to what is learned, and is not part of the snapshot', () => {
    const warm = createLinUCB({ ...options, prior: priorFromTable(table(100), 100) })
    warm.learn('R1', [1, 0.5], 1)
    expect(warm.snapshot().arms['R1']).toEqual({
      a: [1, 0.5, 0.25],
      b: [1, 0.5],
      pulls: 1,
      rewardSum: 1,
    })
  })

  it('may leave arms out, which then start untried', () => {
    const rows = table(100).filter(({ arm }) => arm === 'R1')
    const model = createLinUCB({ ...options, prior: priorFromTable(rows, 100) })
    expect(model.decide([1, 0.2]).arm).toBe('R2')
  })

  it.each([
    [[], 10, /rows must be at least one outcome, got "none"/],
    [table(1), 0, /effectiveCount must be finite and > 0, got 0/],
    [table(1), Number.NaN, /effectiveCount must be .*, got NaN/],
    [[{ arm: '', context: [1], reward: 1 }], 10, /rows\[0\]\.arm must be a non-empty id/],
    [
      [...table(1), { arm: 'R1', context: [1], reward: 1 }],
      10,
      /rows\[2\]\.context\.length must be 2, got 1/,
    ],
    [
      [{ arm: 'R1', context: [1], reward: Number.NaN }],
      10,
      /rows\[0\]\.reward must be .*, got NaN/,
    ],
  ])('%# is refused when a row or the count is wrong', (rows, count, message) => {
    expect(() => priorFromTable(rows, count)).toThrow(message)
  })
})

describe('the option `prior`', () => {
  it('is refused when made from other contexts', () => {
    const prior = priorFromTable(table(5), 5)
    expect(() => createLinUCB({ ...options, dim: 3, prior })).toThrow(
      'prior was learned from contexts of length 2, but options.dim is 3',
    )
  })

  it.each([
    [
      { a: [1, 0], b: [0, 0], count: 1 },
      /prior\.arms\.R1\.a must be an array of 3, got an array of 2/,
    ],
    [
      { a: [1, 0, 1], b: [0, Infinity], count: 1 },
      /prior\.arms\.R1\.b\[1\] must be finite, got Infinity/,
    ],
    [
      { a: [1, 0, 1], b: [0, 0], count: -1 },
      /prior\.arms\.R1\.count must be finite and ≥ 0, got -1/,
    ],
    [{ a: [1, 5, 1], b: [0, 0], count: 1 }, /prior\.arms\.R1\.a must be a sum of squares/],
  ])('%# is refused by the name of its field', (arm, message) => {
    const prior = { dim: 2, arms: { R1: arm } }
    expect(() => createLinUCB({ ...options, prior })).toThrow(message)
  })
})
