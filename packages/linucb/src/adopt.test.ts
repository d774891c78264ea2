import { seededRandom } from '@holdfast/seams'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { LinUCBFact } from './fact.ts'
import { createLinUCB, restoreLinUCB, type LinUCB } from './linucb.ts'
import { addObservation, addReward, emptySums, type Sums } from './sums.ts'

const clock = new VirtualClock()
const options = { arms: ['R1', 'R2'], dim: 3, alpha: 0.5, clock }
const prior = { dim: 3, arms: { R1: { a: [3, 1, 0, 2, 0, 1], b: [1, 0.5, 0], count: 3 } } }

/** Sums of `count` observations. */
function sumsOf(count: number): Sums {
  const random = seededRandom(count)
  const sums = emptySums(3)
  for (let i = 0; i < count; i += 1) {
    const context = Float64Array.of(1, random.next() - 0.5, random.next())
    addObservation(sums, context, random.next())
    addReward(sums, context, random.next() / 4)
  }
  return sums
}

function taught(observe: (fact: LinUCBFact) => void = () => {}): LinUCB {
  const model = createLinUCB({ ...options, prior, observe })
  for (let i = 0; i < 200; i += 1) model.learn(model.arms[i % 2]!, [1, Math.sin(i), 0.5], 0.3)
  return model
}

/** A model that was made from the snapshot of another. */
const restarted = (model: LinUCB): LinUCB =>
  restoreLinUCB(JSON.parse(JSON.stringify(model.snapshot())), { ...options, prior })

const half = (values: Float64Array): Float64Array => values.map((value) => value / 2)

describe('an arm that adopts sums', () => {
  it('scores exactly as after a restart from these sums, its prior added', () => {
    const model = taught()
    model.adopt('R1', sumsOf(70))
    const { arms } = model.snapshot()
    expect(arms['R1']).toEqual({ ...sumsOf(70), a: [...sumsOf(70).a], b: [...sumsOf(70).b] })
    for (const x of [-1, 0, 0.7]) {
      const { scores, bounds } = model.decide([1, x, 0.2])
      const again = restarted(model).decide([1, x, 0.2])
      expect(scores['R1']).toBe(again.scores['R1'])
      expect(bounds['R1']).toBe(again.bounds['R1'])
    }
  })

  it('leaves the others as they were, to the last bit', () => {
    const model = taught()
    const before = model.decide([1, 0.5, 0.5])
    model.adopt('R1', sumsOf(70))
    const after = model.decide([1, 0.5, 0.5])
    expect(after.scores['R2']).toBe(before.scores['R2'])
    expect(after.scores['R1']).not.toBe(before.scores['R1'])
  })

  it('goes on learning from there', () => {
    const model = taught()
    model.adopt('R1', sumsOf(70))
    model.learn('R1', [1, 0.25, 0], 0.5)
    const sums = sumsOf(70)
    addObservation(sums, Float64Array.of(1, 0.25, 0), 0.5)
    expect(model.snapshot().arms['R1']?.a).toEqual([...sums.a])
    const { scores } = model.decide([1, 0, 1])
    expect(scores['R1']).toBeCloseTo(restarted(model).decide([1, 0, 1]).scores['R1']!, 12)
  })

  it('shares nothing with them', () => {
    const sums = sumsOf(70)
    const model = taught()
    model.adopt('R1', sums)
    model.adopt('R2', sums)
    model.learn('R1', [1, 1, 1], 1)
    expect(sums).toEqual(sumsOf(70))
    sums.a[0] = 1e6
    expect(model.snapshot().arms['R2']?.a).toEqual([...sumsOf(70).a])
  })

  it('may forget everything, and is then as it was before its first reward', () => {
    const model = taught()
    model.adopt('R1', emptySums(3))
    const fresh = createLinUCB({ ...options, prior }).decide([1, 0.3, 0.3])
    expect(model.decide([1, 0.3, 0.3]).scores['R1']).toBe(fresh.scores['R1'])
  })

  it('may take weighted sums, whose snapshot comes back bit for bit', () => {
    const { a, b, pulls, rewardSum } = sumsOf(71)
    const model = taught()
    model.adopt('R1', { a: half(a), b: half(b), pulls: pulls / 2, rewardSum: rewardSum / 2 })
    expect(model.diagnostics().arms['R1']).toMatchObject({
      pulls: 35.5,
      averageReward: rewardSum / pulls,
    })
    expect(restarted(model).snapshot()).toEqual(model.snapshot())
  })

  it('may be at rest, and comes back with them', () => {
    const model = restoreLinUCB(taught().snapshot(), { ...options, arms: ['R2'] })
    model.adopt('R1', sumsOf(70))
    model.addArm('R1')
    expect(model.decide([1, 0, 0]).scores['R1']).toBe(
      restoreLinUCB(model.snapshot(), options).decide([1, 0, 0]).scores['R1'],
    )
  })

  it('is anchored 1000 updates later', () => {
    const facts = recordedFacts<LinUCBFact>()
    const model = taught(facts.observe)
    model.adopt('R1', sumsOf(70))
    for (let i = 0; i < 999; i += 1) model.learn('R1', [1, 0, 0], 0)
    expect(facts.all).toEqual([])
    model.learn('R1', [1, 0, 0], 0)
    expect(facts.ofKind('linucb.anchored')).toHaveLength(1)
  })

  it('dates the model', async () => {
    const model = taught()
    await clock.advance(5_000)
    model.adopt('R1', sumsOf(70))
    expect(model.diagnostics().lastUpdateAgeMs).toBe(0)
  })
})

describe('sums', () => {
  const whole = sumsOf(70)
  it.each([
    ['of other contexts', emptySums(2), /sums\.a must be a Float64Array of 6, got an array of 3/],
    ['with a short b', { ...whole, b: new Float64Array(2) }, /sums\.b must be a Float64Array of 3/],
    [
      'that are plain arrays',
      { ...whole, a: [...whole.a] },
      /sums\.a must be a Float64Array of 6, got an array/,
    ],
    [
      'with NaN',
      { ...whole, b: Float64Array.of(1, Number.NaN, 2) },
      /sums\.b\[1\] must be .*, got NaN/,
    ],
    ['too large', { ...whole, b: Float64Array.of(1, 2, 1e37) }, /sums\.b\[2\] must be a number/],
    [
      'with a negative square',
      { ...whole, a: Float64Array.of(1, 0, 0, -0.5, 0, 1) },
      /sums\.a\[3\] must be a sum of squares, got -0\.5/,
    ],
    [
      'that no observations make',
      { ...whole, a: Float64Array.of(1, 99, 0, 1, 0, 1) },
      /sums\.a must be a sum of squares, got an array of 6/,
    ],
    ['with negative pulls', { ...whole, pulls: -1 }, /sums\.pulls must be a number from 0/],
    ['without pulls', { ...whole, pulls: undefined }, /sums\.pulls must be .*, got undefined/],
    ['without rewards', { ...whole, rewardSum: Number.NaN }, /sums\.rewardSum must be .*, got NaN/],
  ])('%s are refused, and the model stays as it was', (_, broken, message) => {
    const model = taught()
    const before = [model.snapshot(), model.decide([1, 0, 0], { id: 'x' })]
    expect(() => model.adopt('R1', broken as Sums)).toThrow(
      expect.objectContaining({ code: 'LINUCB_INPUT', message: expect.stringMatching(message) }),
    )
    expect([model.snapshot(), model.decide([1, 0, 0], { id: 'x' })]).toEqual(before)
  })

  it('for an unknown or a removed arm are refused', () => {
    const model = taught()
    model.removeArm('R1')
    expect(() => model.adopt('R9', whole)).toThrow(/arm: arm "R9" is unknown/)
    expect(() => model.adopt('R1', whole)).toThrow(/arm "R1" was removed/)
  })
})
