import { seededRandom } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { Betting, capitalOf, newWager } from './betting.ts'

const after = (observations: readonly number[], mostLoss = 1): number => {
  const betting = new Betting()
  for (const one of observations) betting.observe(one, mostLoss)
  return capitalOf(betting.wager())
}

describe('betting on a mean above zero', () => {
  it('begins with a capital of 1', () => {
    expect(capitalOf(newWager)).toBe(1)
  })

  it('is the mean over the stakes of the products of 1 + stake · observation', () => {
    const observations = [0.5, -0.25, 1, -1]
    const stakes = Array.from({ length: 10 }, (_, i) => 2 ** -(i + 1))
    const products = stakes.map((stake) =>
      observations.reduce((product, one) => product * (1 + stake * one), 1),
    )
    const mean = products.reduce((sum, one) => sum + one, 0) / stakes.length
    expect(after(observations)).toBeCloseTo(mean, 12)
  })

  it('bets at most half of what a loss could take', () => {
    // Every stake is cut to .5/10, so one worst observation halves everyone's capital at most.
    expect(after([-10], 10)).toBeGreaterThanOrEqual(0.5)
  })

  it('comes to the same capital in any order, and in any parts', () => {
    const random = seededRandom('order')
    const observations = Array.from({ length: 500 }, () => random.next() * 2 - 0.9)
    const parts = new Betting()
    for (const one of observations.slice(0, 200)) parts.observe(one, 1)
    const resumed = new Betting(JSON.parse(JSON.stringify(parts.wager())) as typeof newWager)
    for (const one of observations.slice(200)) resumed.observe(one, 1)
    expect(capitalOf(resumed.wager()) / after(observations)).toBeCloseTo(1, 9)
    expect(after(observations.toReversed()) / after(observations)).toBeCloseTo(1, 9)
    expect(resumed.wager().observations).toBe(500)
  })

  it('neither overflows nor vanishes', () => {
    expect(after(Array.from({ length: 10_000 }, () => 1))).toBe(1e300)
    expect(after(Array.from({ length: 10_000 }, () => -1))).toBeGreaterThanOrEqual(0)
  })

  it('refuses an observation below what it was told could be lost', () => {
    expect(() => new Betting().observe(-1.1, 1)).toThrow('must be finite and ≥ -1')
    expect(() => new Betting().observe(Number.NaN, 1)).toThrow(RangeError)
    expect(() => new Betting({ observations: 0, logCapitals: [0] })).toThrow('must be 10 numbers')
  })

  it('reaches 20 in at most one of twenty streams of mean zero, looked at after every observation', () => {
    const random = seededRandom('null streams')
    let wrong = 0
    for (let stream = 0; stream < 400; stream += 1) {
      const betting = new Betting()
      for (let i = 1; i <= 2_000; i += 1) {
        betting.observe(random.next() < 0.5 ? 1 : -1, 1)
        if (i % 20 === 0 && capitalOf(betting.wager()) >= 20) {
          wrong += 1
          break
        }
      }
    }
    expect(wrong / 400).toBeLessThanOrEqual(0.05)
  })

  it('reaches 20 soon when the mean is well above zero', () => {
    const random = seededRandom('better')
    const observations = Array.from({ length: 2_000 }, () => (random.next() < 0.6 ? 1 : -1))
    expect(after(observations)).toBeGreaterThan(20)
  })
})
