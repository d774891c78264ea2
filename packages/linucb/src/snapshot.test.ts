import { seededRandom } from '@holdfast/seams'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { LinUCBFact } from './fact.ts'
import { createLinUCB, restoreLinUCB, type LinUCB } from './linucb.ts'

const options = { arms: ['R1', 'R2'], dim: 2, clock: new VirtualClock() }
const context = [1, 0.3]

function teach(model: LinUCB, rounds: number, seed = 'teach'): LinUCB {
  const random = seededRandom(seed)
  for (let i = 0; i < rounds; i += 1) {
    const arm = model.arms[random.integer(model.arms.length)]!
    model.learn(arm, [1, random.next() * 2 - 1], random.next())
  }
  return model
}

const taught = (): LinUCB => teach(createLinUCB(options), 50)
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** A state file as the first system wrote it, of two arms and ridge 1. */
const first = {
  version: '1.0',
  arms: ['R1', 'R2'],
  context_dim: 2,
  alpha: 1,
  A: {
    R1: [
      [3, 0.5],
      [0.5, 1.25],
    ],
    R2: [
      [1, 0],
      [0, 1],
    ],
  },
  b: { R1: [1.5, 0.25], R2: [0, 0] },
  total_pulls: { R1: 2, R2: 0 },
  total_reward: { R1: 1.5, R2: 0 },
  last_update_time: 1_760_000_000.5,
  save_counter: 2,
}

describe('a snapshot', () => {
  it('comes back from JSON bit for bit', () => {
    const snapshot = taught().snapshot()
    const restored = restoreLinUCB(throughJson(snapshot), options)
    expect(restored.snapshot()).toEqual(snapshot)
    expect(JSON.stringify(restored.snapshot())).toBe(JSON.stringify(snapshot))
  })

  it('decides as the model did', () => {
    const model = taught()
    const restored = restoreLinUCB(model.snapshot(), options)
    for (let i = 0; i < 100; i += 1) {
      const x = [1, i / 50 - 1]
      const { arm, scores } = model.decide(x, { id: `${i}` })
      const again = restored.decide(x, { id: `${i}` })
      expect(again.arm).toBe(arm)
      expect(again.scores['R1']).toBeCloseTo(scores['R1']!, 12)
    }
  })

  it('shares nothing with the model', () => {
    const model = taught()
    const snapshot = model.snapshot()
    const before = throughJson(snapshot)
    teach(model, 10)
    expect(snapshot).toEqual(before)
    const restored = restoreLinUCB(snapshot, options)
    teach(restored, 10)
    expect(snapshot).toEqual(before)
  })

  it('holds no option: alpha, ridge and prior are those of whoever restores it', () => {
    const snapshot = createLinUCB({ ...options, alpha: 3, ridge: 7, priorMean: 9 }).snapshot()
    expect(snapshot.arms['R1']).toEqual({ a: [0, 0, 0], b: [0, 0], pulls: 0, rewardSum: 0 })
    const { bounds } = restoreLinUCB(snapshot, { ...options, alpha: 0.5 }).decide([1, 0])
    expect(bounds['R1']).toBeCloseTo(0.5, 14)
  })

  it('adds arms that only the options name, and rests those that only it knows', () => {
    const facts = recordedFacts<LinUCBFact>()
    const before = taught().snapshot()
    const model = restoreLinUCB(before, { ...options, arms: ['R3', 'R2'], observe: facts.observe })
    expect(model.arms).toEqual(['R3', 'R2'])
    expect(model.decide(context).probabilities).not.toHaveProperty('R1')
    expect(model.snapshot().arms).toMatchObject({ R1: before.arms['R1'], R2: before.arms['R2'] })
    expect(facts.all).toEqual([
      { kind: 'linucb.restored', version: '2.0', updates: 50, added: ['R3'], resting: ['R1'] },
    ])
  })

  it('goes on teaching an arm at rest, which comes back with all of it', () => {
    const before = taught()
    const resting = restoreLinUCB(before.snapshot(), { ...options, arms: ['R2'] })
    resting.learn('R1', context, 0.75)
    before.learn('R1', context, 0.75)
    const back = restoreLinUCB(resting.snapshot(), options)
    expect(back.snapshot()).toEqual(before.snapshot())
    resting.addArm('R1')
    expect(resting.arms).toEqual(['R2', 'R1'])
    expect(resting.decide(context).scores['R1']).toBe(back.decide(context).scores['R1'])
  })

  it('remembers removed arms, whose ids are refused', () => {
    const model = taught()
    model.removeArm('R1')
    const snapshot = model.snapshot()
    expect(snapshot.retired).toEqual(['R1'])
    expect(() => restoreLinUCB(snapshot, options)).toThrow(
      /arms\[0\] must be an id that was never removed, got "R1"/,
    )
    const restored = restoreLinUCB(snapshot, { ...options, arms: ['R2'] })
    expect(() => restored.addArm('R1')).toThrow(/never removed/)
    expect(restored.snapshot()).toEqual(snapshot)
  })
})

const restoreFor = (dim: number) => (): LinUCB =>
  restoreLinUCB(taught().snapshot(), { ...options, dim })

describe('a snapshot of other contexts', () => {
  it('is refused with both lengths', () => {
    const restore = restoreFor(6)
    expect(restore).toThrow(
      expect.objectContaining({ code: 'LINUCB_DIMENSION', expected: 6, actual: 2 }),
    )
    expect(restore).toThrow('snapshot was learned from contexts of length 2, but options.dim is 6')
  })
})

describe('a state file of version 1.0', () => {
  it('is read, its ridge taken out of A', () => {
    const { arms, lastUpdateAtMs } = restoreLinUCB(first, options).snapshot()
    expect(arms['R1']).toEqual({ a: [2, 0.5, 0.25], b: [1.5, 0.25], pulls: 2, rewardSum: 1.5 })
    expect(arms['R2']).toEqual({ a: [0, 0, 0], b: [0, 0], pulls: 0, rewardSum: 0 })
    expect(lastUpdateAtMs).toBe(1_760_000_000_500)
  })

  it('scores as the first system did, under its options', () => {
    const model = restoreLinUCB(first, { ...options, alpha: 1, priorMean: 0 })
    const { scores } = model.decide([1, 2])
    // θ = A⁻¹b = (1.75, 0) / 3.5, xᵀA⁻¹x = (1.25 − 2 + 12) / 3.5.
    expect(scores['R1']).toBeCloseTo(0.5 + Math.sqrt(11.25 / 3.5), 14)
    expect(scores['R2']).toBeCloseTo(Math.sqrt(5), 14)
  })

  it('that was never updated has no date', () => {
    const { lastUpdateAtMs } = restoreLinUCB({ ...first, last_update_time: 0 }, options).snapshot()
    expect(lastUpdateAtMs).toBeNull()
  })

  it.each([
    [
      {
        A: {
          ...first.A,
          R1: [
            [3, 0.5],
            [0.6, 1.25],
          ],
        },
      },
      /A\.R1\[0\]\[1\] must be equal to \[1\]\[0\]/,
    ],
    [
      {
        A: {
          ...first.A,
          R1: [
            [0.5, 0],
            [0, 1],
          ],
        },
      },
      /A\.R1, diagonal 0 must be a sum of squares, got -0\.5/,
    ],
    [{ A: { R1: first.A.R1 } }, /A\.R2 must be an array of 2 rows, got undefined/],
    [{ b: { ...first.b, R2: [0] } }, /b\.R2 must be an array of 2 numbers, got an array of 1/],
    [{ total_pulls: { R1: -1, R2: 0 } }, /total_pulls\.R1 must be a whole number ≥ 0, got -1/],
    [{ arms: ['R1', 'R1'] }, /arms\[1\] must be there once/],
    [{ last_update_time: null }, /last_update_time must be a number/],
  ])('%# with a broken field is refused by name', (broken, message) => {
    expect(() => restoreLinUCB({ ...first, ...broken }, options)).toThrow(message)
  })
})

describe('a broken snapshot', () => {
  const arm = { a: [1, 0, 1], b: [0, 0], pulls: 1, rewardSum: 0 }
  const whole = { version: '2.0', dim: 2, arms: { R1: arm }, retired: [], lastUpdateAtMs: null }
  const withArm = (fields: object) => ({ ...whole, arms: { R1: { ...arm, ...fields } } })

  it.each([
    [null, /snapshot root must be an object, got null/],
    [[], /root must be an object, got an array of 0/],
    [{}, /version must be "2\.0" or "1\.0", got undefined/],
    [{ ...whole, version: 2 }, /version must be .*, got 2/],
    [{ ...whole, dim: 0 }, /dim must be from 1 to 4096, got 0/],
    [{ ...whole, arms: [] }, /arms must be an object, got an array of 0/],
    [{ ...whole, arms: { '': arm } }, /arms\. must be an arm with a non-empty id/],
    [withArm({ a: [1, 0] }), /arms\.R1\.a must be an array of 3 numbers, got an array of 2/],
    [
      withArm({ a: [1, null, 1] }),
      /arms\.R1\.a\[1\] must be a number of size at most 1e\+36, got null/,
    ],
    [withArm({ a: [1, 0, -1] }), /arms\.R1\.a, diagonal 1 must be a sum of squares, got -1/],
    [withArm({ a: [1, 9, 1] }), /arms\.R1\.a must be a sum of squares, got an array of 3/],
    [withArm({ b: [0, Number.NaN] }), /arms\.R1\.b\[1\] must be .*, got NaN/],
    [withArm({ b: [0, 1e300] }), /arms\.R1\.b\[1\] must be .*, got 1e\+300/],
    [withArm({ pulls: -0.5 }), /arms\.R1\.pulls must be a number ≥ 0, got -0\.5/],
    [withArm({ rewardSum: 'x' }), /arms\.R1\.rewardSum must be .*, got "x"/],
    [{ ...whole, retired: ['R1'] }, /retired\[0\] must be no arm of `arms`, got "R1"/],
    [{ ...whole, retired: [7] }, /retired\[0\] must be an arm with a non-empty id .*, got 7/],
    [{ ...whole, lastUpdateAtMs: undefined }, /lastUpdateAtMs must be a number/],
  ])('%# is refused by the name of its field', (broken, message) => {
    expect(() => restoreLinUCB(broken, options)).toThrow(
      expect.objectContaining({ code: 'LINUCB_SNAPSHOT', message: expect.stringMatching(message) }),
    )
  })

  it('is found also in an arm at rest', () => {
    const broken = { ...whole, arms: { R9: { ...arm, a: [1, 9, 1] } } }
    expect(() => restoreLinUCB(broken, options)).toThrow(/arms\.R9\.a must be a sum of squares/)
  })
})
