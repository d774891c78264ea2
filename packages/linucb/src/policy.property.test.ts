import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyCaps, draw, spreadShares } from './policy.ts'

/** A round of a policy: equal scores, forbidden arms, and caps of 0 and 1 are common. */
const round = fc.integer({ min: 1, max: 12 }).chain((arms) =>
  fc.record({
    scores: many(
      arms,
      fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: -5, max: 5, noNaN: true })),
    ),
    allowed: many(arms, fc.constantFrom(0, 1, 1)),
    caps: many(
      arms,
      fc.oneof(fc.constantFrom(0, 0.15, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    ),
    epsilon: fc.oneof(fc.constantFrom(0, 0.02, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    within: fc.constantFrom(1e-9, 0.25, 1, Infinity),
  }),
)

function many(length: number, of: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  return fc.array(of, { minLength: length, maxLength: length })
}

interface Round {
  readonly scores: readonly number[]
  readonly allowed: readonly number[]
  readonly caps: readonly number[]
  readonly epsilon: number
  readonly within: number
}

function play({ scores, allowed, caps, epsilon, within }: Round) {
  const shares = new Float64Array(scores.length)
  const may = Uint8Array.from(allowed)
  const values = Float64Array.from(scores)
  let rest = spreadShares(values, may, epsilon, within, shares)
  const before = shares.slice()
  if (rest === 0) rest = applyCaps(values, may, Float64Array.from(caps), shares)
  return { before, shares, rest }
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0)

describe('shares after mask and caps', () => {
  it('add up to 1 with what nobody may take', () => {
    fc.assert(
      fc.property(round, (given) => {
        const { shares, rest } = play(given)
        expect(Math.abs(sum(shares) + rest - 1)).toBeLessThan(1e-11)
      }),
      { numRuns: 2_000 },
    )
  })

  it('never pass a cap, to the last bit, and are 0 where not allowed', () => {
    fc.assert(
      fc.property(round, (given) => {
        const { shares } = play(given)
        for (const [i, share] of shares.entries()) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(given.allowed[i] === 0 ? 0 : given.caps[i]!)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('leave a rest only when every allowed arm is at its cap', () => {
    fc.assert(
      fc.property(round, (given) => {
        const { shares, rest } = play(given)
        expect(rest === 0 || roomAt(given, shares).every((room) => room <= 1e-15)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('give the excess to better arms first', () => {
    fc.assert(
      fc.property(round, (given) => {
        const { before, shares } = play(given)
        const rooms = roomAt(given, shares)
        const gained = given.scores.filter((_, i) => shares[i]! > before[i]!)
        const worst = Math.min(...gained)
        const passedOver = rooms.filter(
          (room, i) => given.scores[i]! > worst + 1e-9 && room > 1e-15,
        )
        expect(passedOver).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })
})

/** What each arm could still take. */
function roomAt({ allowed, caps }: Round, shares: Float64Array): number[] {
  return [...shares].map((share, i) => (allowed[i] === 0 ? 0 : caps[i]! - share))
}

describe('a draw', () => {
  it('falls on an arm with probability above 0, or on the rest', () => {
    fc.assert(
      fc.property(
        round,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (given, uniform) => {
          const { shares, rest } = play(given)
          const chosen = draw(shares, rest, uniform)
          expect(chosen === -1 ? rest : shares[chosen]).toBeGreaterThan(0)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('belongs to the last arm with a share when rounding leaves a crack at the top', () => {
    const tenths = new Float64Array(10).fill(0.1)
    expect(draw(Float64Array.of(...tenths, 0), 0, 1 - 2 ** -53)).toBe(9)
  })
})
