import { createLinUCB, priorFromTable } from '@holdfast/linucb'
import { describe, expect, it } from 'vitest'
import { fading } from './fading.ts'

const ALWAYS = Float64Array.of(1)
/** Estimates of a bandit with one feature: b / (1 + pulls), as its ridge of 1 begins at 0. */
function taught(halfLifeHours: number, priorReward?: number) {
  const bandit = createLinUCB({ arms: ['a', 'b'], dim: 1, alpha: 0, epsilon: 0, priorMean: 0 })
  const row = { arm: 'a', context: ALWAYS, reward: priorReward ?? 0 }
  const prior = priorReward === undefined ? undefined : priorFromTable([row, row, row], 2000)
  const learn = fading(bandit, prior, halfLifeHours)
  const estimate = (arm: string): number => bandit.decide(ALWAYS, { id: '1' }).scores[arm] ?? NaN
  return { learn, estimate }
}

describe('fading', () => {
  it('counts a lesson half after its half-life, a quarter after two', () => {
    const { learn, estimate } = taught(2)
    learn('a', ALWAYS, 1, 10)
    expect(estimate('a')).toBeCloseTo(1 / 2)
    learn('b', ALWAYS, 0, 12)
    expect(estimate('a')).toBeCloseTo(0.5 / 1.5)
    learn('b', ALWAYS, 0, 14)
    expect(estimate('a')).toBeCloseTo(0.25 / 1.25)
  })

  it('counts lessons of one hour alike, and one that just came in full', () => {
    const { learn, estimate } = taught(1)
    learn('a', ALWAYS, 1, 3)
    learn('a', ALWAYS, 0, 3)
    expect(estimate('a')).toBeCloseTo(1 / 3)
    learn('a', ALWAYS, 1, 4)
    // Half of two lessons that brought 1 together, and a whole one that brought 1.
    expect(estimate('a')).toBeCloseTo((0.5 + 1) / (1 + 1 + 1))
  })

  it('lets the prior fade from the first lesson on', () => {
    const { learn, estimate } = taught(1, 1)
    expect(estimate('a')).toBeCloseTo(3 / 4)
    learn('b', ALWAYS, 0, 7)
    expect(estimate('a')).toBeCloseTo(3 / 4)
    learn('b', ALWAYS, 0, 8)
    expect(estimate('a')).toBeCloseTo(1.5 / 2.5)
  })
})
