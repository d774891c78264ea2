import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLinUCB, type LinUCB } from './linucb.ts'

const arms = ['R1', 'R2', 'R3', 'R4']
const dim = 3

interface Observation {
  readonly arm: string
  readonly context: readonly number[]
  readonly reward: number
}

function observationsOf(number: fc.Arbitrary<number>): fc.Arbitrary<Observation[]> {
  const one = fc.record({
    arm: fc.constantFrom(...arms),
    context: fc.array(number, { minLength: dim, maxLength: dim }),
    reward: number,
  })
  return fc.array(one, { maxLength: 60 })
}

/** Multiples of 2⁻¹² in [−1, 1]: their products and the sums of those are exact in a float. */
const dyadic = fc.integer({ min: -4096, max: 4096 }).map((steps) => steps / 4096)
const anyNumber = fc.double({ min: -100, max: 100, noNaN: true })

const shuffled = (observations: fc.Arbitrary<Observation[]>) =>
  observations.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  )

function taught(observations: readonly Observation[]): LinUCB {
  const model = createLinUCB({ arms, dim, epsilon: 0.1, guardrail: 'blocked' })
  for (const { arm, context, reward } of observations) model.learn(arm, context, reward)
  return model
}

const sumsOf = (model: LinUCB): readonly number[] =>
  arms.flatMap((id) => {
    const { a, b, pulls, rewardSum } = model.snapshot().arms[id]!
    return [...a, ...b, pulls, rewardSum]
  })

describe('the order of learning', () => {
  it('changes no bit of A and b when contexts and rewards are multiples of 2⁻¹²', () => {
    fc.assert(
      fc.property(shuffled(observationsOf(dyadic)), ([one, other]) => {
        expect(sumsOf(taught(other))).toEqual(sumsOf(taught(one)))
      }),
    )
  })

  it('changes A and b by rounding only when they are any numbers', () => {
    fc.assert(
      fc.property(shuffled(observationsOf(anyNumber)), ([one, other]) => {
        const expected = sumsOf(taught(one))
        for (const [i, value] of sumsOf(taught(other)).entries()) {
          // 60 products of up to 100 · 100, each rounded to 53 bits.
          expect(Math.abs(value - expected[i]!)).toBeLessThan(60 * 60 * 1e4 * 2 ** -53)
        }
      }),
    )
  })
})

describe('any decision', () => {
  const limits = fc.record(
    {
      mask: fc.subarray(arms),
      caps: fc.dictionary(fc.constantFrom(...arms), fc.double({ min: 0, max: 1, noNaN: true })),
      epsilon: fc.double({ min: 0, max: 1, noNaN: true }),
      id: fc.string({ minLength: 1 }),
    },
    { requiredKeys: ['id'] },
  )
  const context = fc.array(anyNumber, { minLength: dim, maxLength: dim })

  it('has probabilities that add up to 1, keep mask and caps, and contain its own', () => {
    fc.assert(
      fc.property(observationsOf(anyNumber), context, limits, (observations, x, given) => {
        const { arm, p, probabilities } = taught(observations).decide(x, given)
        expect(p).toBe(probabilities[arm])
        expect(p).toBeGreaterThan(0)
        const sum = Object.values(probabilities).reduce((total, share) => total + share, 0)
        expect(Math.abs(sum - 1)).toBeLessThan(1e-11)
        for (const id of given.mask ?? []) expect(probabilities[id]).toBe(0)
        for (const [id, cap] of Object.entries(given.caps ?? {})) {
          expect(probabilities[id]).toBeLessThanOrEqual(cap)
        }
      }),
    )
  })

  it('has finite scores and bounds that are not negative', () => {
    fc.assert(
      fc.property(observationsOf(anyNumber), context, (observations, x) => {
        const { scores, bounds } = taught(observations).decide(x)
        expect(Object.values(scores).every(Number.isFinite)).toBe(true)
        expect(Object.values(bounds).every((bound) => bound >= 0 && bound < Infinity)).toBe(true)
      }),
    )
  })
})
