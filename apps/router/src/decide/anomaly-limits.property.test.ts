import { createMemoryStore } from '@holdfast/bandit-store'
import { seededRandom } from '@holdfast/seams'
import { VirtualClock, recordedFacts } from '@holdfast/seams/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openLearner, type Learner } from '../learning/learner.ts'
import { uuid } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import { anomalyRestrictions, type AnomalyLimits } from './anomaly-limits.ts'
import { NONE, together, type Restrictions } from './restrictions.ts'

const routes = ['R1', 'R2', 'R3', 'R4', 'R5']
const guardrail = 'R4'
const context = Float64Array.of(1, 0.5)
const WORTH: Readonly<Record<string, number>> = { R3: 1, R2: 0.5 }
const limits: AnomalyLimits = {
  strict: false,
  standardRoute: 'R1',
  fastRoute: 'R3',
  fastCap: 0.15,
}

/** A learner that has found the fast route best, R2 good and the others poor, and explores much. */
async function taught() {
  const clock = new VirtualClock()
  const random = seededRandom('anomaly')
  const facts = recordedFacts<RouterFact>()
  const store = createMemoryStore({ dim: 2, clock, deadlineMs: 1_000 })
  const options = {
    bandit: { arms: routes, guardrail, epsilon: 0.2 },
    caps: { R5: 0.9 },
    halfLifeHours: null,
    observe: facts.observe,
  }
  const learner = await openLearner({ store, isTrusted: true }, options)
  for (const arm of routes) {
    for (let i = 0; i < 5; i += 1) {
      const id = uuid(clock.wallMs(), random)
      await learner.reward(id, { arm, context, reward: WORTH[arm] ?? -1, part: 'immediate' })
    }
  }
  return { learner, facts }
}

const probabilities = (learner: Learner, id: string, restrictions: Restrictions) => {
  const { arm, p, probabilities } = learner.decide(id, context, restrictions)
  expect(p).toBe(probabilities[arm])
  const sum = Object.values(probabilities).reduce((total, share) => total + share, 0)
  expect(Math.abs(sum - 1)).toBeLessThan(1e-11)
  return probabilities
}

describe('a decision while the anomaly switch is engaged', async () => {
  const { learner, facts } = await taught()
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const someLimits = fc.record({
    strict: fc.boolean(),
    standardRoute: fc.constantFrom(...routes, 'R9'),
    fastRoute: fc.constantFrom(...routes, 'R9'),
    fastCap: share,
  })
  const breakers = fc.record({
    mask: fc.subarray(routes),
    caps: fc.dictionary(fc.constantFrom(...routes), share),
    reasons: fc.constant(['breaker_open']),
  })

  it('gives the fast route no more than its cap, whatever breakers are open, and adds up to 1', () => {
    fc.assert(
      fc.property(someLimits, breakers, fc.string({ minLength: 1 }), (given, open, id) => {
        const engaged = anomalyRestrictions(given, routes, guardrail)
        const restrictions = together(engaged, open)
        const shares = probabilities(learner, id, restrictions)
        const { fastRoute, standardRoute, fastCap, strict } = given
        const mostOf = (id: string): number => {
          if (id === guardrail) return 1
          if (open.mask.includes(id) || (strict && id === standardRoute)) return 0
          return id === fastRoute ? (strict ? 0 : fastCap) : 1
        }
        for (const id of routes) expect(shares[id]).toBeLessThanOrEqual(mostOf(id))
        expect(engaged.mask).not.toContain(guardrail)
        expect(engaged.caps).not.toHaveProperty(guardrail)
      }),
    )
    expect(facts.ofKind('router.decision-failed')).toEqual([])
  })

  it('is free again as soon as it is not', () => {
    const before = probabilities(learner, 'a', NONE)
    const strict = anomalyRestrictions({ ...limits, strict: true }, routes, guardrail)
    const engaged = probabilities(learner, 'a', strict)
    expect(before['R3']).toBeCloseTo(0.84, 12)
    expect(engaged['R3']).toBe(0)
    expect(probabilities(learner, 'a', NONE)).toEqual(before)
  })

  it('tries nothing out when it is strict', () => {
    const strict = anomalyRestrictions({ ...limits, strict: true }, routes, guardrail)
    const nothing = { R1: 0, R3: 0, R4: 0, R5: 0 }
    expect(probabilities(learner, 'a', strict)).toEqual({ ...nothing, R2: 1 })
    expect(probabilities(learner, 'a', NONE)['R5']).toBeCloseTo(0.04, 12)
  })

  it('is told, with why and with what it came to', async () => {
    const { learner, facts } = await taught()
    const engaged = together(anomalyRestrictions(limits, routes, guardrail), {
      ...NONE,
      mask: ['R1'],
      reasons: ['breaker_open'],
    })
    probabilities(learner, 'free', NONE)
    const shares = probabilities(learner, 'a', engaged)
    expect(shares['R3']).toBe(0.15)
    expect(facts.ofKind('router.restricted')).toEqual([
      {
        kind: 'router.restricted',
        id: 'a',
        reasons: ['anomaly_engaged', 'breaker_open'],
        mask: ['R1'],
        probabilities: shares,
      },
    ])
  })
})
