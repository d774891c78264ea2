import { describe, expect, it } from 'vitest'
import { CALM, sampled, unreachable, type Anomaly, type AnomalyRules } from './anomaly.ts'

/** The newest sample is all that counts, and pressure is all that is weighed: the score is the pressure. */
const plain: AnomalyRules = {
  weights: { drift: 0, pressure: 1, jitter: 0 },
  tau: 0.6,
  releaseBelow: 0.3,
  ewma: 1,
}
const usual: AnomalyRules = {
  weights: { drift: 0.5, pressure: 0.7, jitter: 0.3 },
  tau: 1,
  releaseBelow: 0.8,
  ewma: 0.3,
}
const worst = { driftZ: 3, jitter: 0.5, pressure: 1 }
const nothing = { driftZ: 0, jitter: 0, pressure: 0 }

const after = (pressures: readonly number[], from = CALM): Anomaly =>
  pressures.reduce((state, pressure) => sampled(state, { ...nothing, pressure }, plain), from)
const kinds = (pressures: readonly number[], from = CALM): string[] =>
  pressures.map((_, i) => after(pressures.slice(0, i + 1), from).kind)

describe('the anomaly switch', () => {
  it('engages at the third breach of the last five', () => {
    expect(kinds([1, 0, 1, 0, 1])).toEqual(['calm', 'calm', 'calm', 'calm', 'engaged'])
    expect(after([1, 1, 0, 0, 0, 1]).kind).toBe('calm')
  })

  it('takes only what is above tau for a breach', () => {
    expect(after([0.6, 0.6, 0.6, 0.6]).kind).toBe('calm')
    expect(after([0.6001, 0.6001, 0.6001]).kind).toBe('engaged')
  })

  it('releases below the lower threshold once at most two of the last five are breaches', () => {
    const engaged = after([1, 1, 1])
    expect(kinds([0, 0], engaged)).toEqual(['engaged', 'engaged'])
    expect(kinds([0, 0, 0], engaged).at(-1)).toBe('calm')
  })

  it('stays engaged between the two thresholds, however long', () => {
    const engaged = after([1, 1, 1])
    expect(
      after(
        Array.from({ length: 100 }, () => 0.3),
        engaged,
      ).kind,
    ).toBe('engaged')
    expect(after([0, 0, 0.5, 0.5, 0.5, 0.29], engaged).kind).toBe('calm')
  })

  it('weighs drift out of 3, jitter out of 0.5 and pressure out of 1', () => {
    const rules = { ...usual, ewma: 1 }
    expect(sampled(CALM, worst, rules).score).toBeCloseTo(1.5, 12)
    expect(sampled(CALM, { ...nothing, driftZ: 1.5 }, rules).score).toBeCloseTo(0.25, 12)
    expect(sampled(CALM, { ...nothing, jitter: 0.25 }, rules).score).toBeCloseTo(0.15, 12)
    expect(sampled(CALM, { ...nothing, pressure: 0.5 }, rules).score).toBeCloseTo(0.35, 12)
  })

  it('smooths each signal: the newest sample counts for 0.30', () => {
    const once = sampled(CALM, worst, usual)
    expect(once).toMatchObject({ drift: 0.3, pressure: 0.3, jitter: 0.3 })
    expect(sampled(once, worst, usual).pressure).toBeCloseTo(0.51, 12)
  })

  it('takes what is beyond its range for the end of it, and what is no number for nothing', () => {
    const rules = { ...usual, ewma: 1 }
    expect(sampled(CALM, { driftZ: 99, jitter: 7, pressure: 2 }, rules).score).toBeCloseTo(1.5, 12)
    for (const odd of [Number.NaN, Infinity, -Infinity, -1]) {
      expect(sampled(CALM, { driftZ: odd, jitter: odd, pressure: odd }, rules).score).toBe(0)
    }
  })

  it('engages by default at the sixth sample of the worst, and releases three after it has passed', () => {
    let state = CALM
    const until = (kind: Anomaly['kind'], sample: typeof worst): number => {
      let samples = 0
      for (; state.kind !== kind; samples += 1) state = sampled(state, sample, usual)
      return samples
    }
    expect([until('engaged', worst), until('calm', nothing)]).toEqual([6, 3])
  })

  it('engages by default on no signal alone', () => {
    for (const signal of ['driftZ', 'jitter', 'pressure'] as const) {
      let state = CALM
      for (let i = 0; i < 1000; i += 1) {
        state = sampled(state, { ...nothing, [signal]: worst[signal] }, usual)
      }
      expect(state.kind).toBe('calm')
    }
  })
})

describe('rules of the anomaly switch that could never', () => {
  it.each<[string, Partial<AnomalyRules>, string, RegExp]>([
    // The seed's own: weights of 1 and a threshold above 1.
    [
      'engage',
      { weights: { drift: 0.5, pressure: 0.4, jitter: 0.1 }, tau: 1 },
      'tau',
      /below 1, the sum of the weights/,
    ],
    ['ever engage', { tau: Infinity }, 'tau', /never engage/],
    ['engage in time', { ewma: 1e-6 }, 'ewma', /within 1000 samples/],
    ['engage for the last digit', { tau: 1.5 - 1e-16 * 4, ewma: 0.001 }, 'ewma', /1000/],
    ['rest between its thresholds', { releaseBelow: 1 }, 'releaseBelow', /below tau, 1/],
    ['release in time', { releaseBelow: 1e-300 }, 'releaseBelow', /within 1000 samples/],
  ])('%s are told apart, with the field', (_, change, field, mustBe) => {
    const found = unreachable({ ...usual, ...change })
    expect(found?.field).toBe(field)
    expect(found?.mustBe).toMatch(mustBe)
  })

  it('are not the default ones', () => {
    expect(unreachable(usual)).toBeNull()
    expect(unreachable(plain)).toBeNull()
  })
})
