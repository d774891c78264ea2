import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CALM,
  MOST_SAMPLES,
  sampled,
  unreachable,
  type Anomaly,
  type AnomalyRules,
  type AnomalySample,
} from './anomaly.ts'

const weight = fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1000, noNaN: true }))
const threshold = fc.oneof(
  fc.double({ min: 0, minExcluded: true, max: 3000, noNaN: true }),
  fc.double({ min: 0, minExcluded: true, max: 2, noNaN: true }),
)
const accepted: fc.Arbitrary<AnomalyRules> = fc
  .record({
    weights: fc.record({ drift: weight, pressure: weight, jitter: weight }),
    tau: threshold,
    releaseBelow: threshold,
    ewma: fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true }),
  })
  .filter((rules) => unreachable(rules) === null)
/** Anything at all: NaN, infinities, negative and huge numbers too. */
const sample: fc.Arbitrary<AnomalySample> = fc.record({
  driftZ: fc.double(),
  jitter: fc.double(),
  pressure: fc.double(),
})
const worst = { driftZ: 3, jitter: 0.5, pressure: 1 }
const nothing = { driftZ: 0, jitter: 0, pressure: 0 }

const played = (samples: readonly AnomalySample[], rules: AnomalyRules): Anomaly =>
  samples.reduce((state, one) => sampled(state, one, rules), CALM)

/** Samples of one kind until the switch is as it is to be; null if it never is. */
function samplesUntil(
  kind: Anomaly['kind'],
  from: Anomaly,
  one: AnomalySample,
  rules: AnomalyRules,
): number | null {
  let state = from
  for (let i = 0; i <= MOST_SAMPLES; i += 1) {
    if (state.kind === kind) return i
    state = sampled(state, one, rules)
  }
  return null
}

describe('any anomaly switch that is accepted', () => {
  it('engages under the worst of everything, and releases under nothing, whatever went before', () => {
    fc.assert(
      fc.property(accepted, fc.array(sample, { maxLength: 50 }), (rules, before) => {
        const state = played(before, rules)
        expect(samplesUntil('engaged', state, worst, rules)).not.toBeNull()
        expect(samplesUntil('calm', state, nothing, rules)).not.toBeNull()
        const engaged = played([...before, ...Array.from({ length: 1000 }, () => worst)], rules)
        expect(samplesUntil('calm', engaged, nothing, rules)).not.toBeNull()
      }),
    )
  })

  it('has numbers in range at every moment, whatever it is given', () => {
    fc.assert(
      fc.property(accepted, fc.array(sample), (rules, samples) => {
        const { drift, pressure, jitter, score, breaches } = played(samples, rules)
        for (const signal of [drift, pressure, jitter]) {
          expect(signal).toBeGreaterThanOrEqual(0)
          expect(signal).toBeLessThanOrEqual(1)
        }
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThan(Infinity)
        expect(breaches.length).toBeLessThanOrEqual(5)
      }),
    )
  })

  it('is engaged only after three breaches, and calm again only below the lower threshold', () => {
    fc.assert(
      fc.property(accepted, fc.array(sample), (rules, samples) => {
        const moves = samples.map((_, i) => [
          played(samples.slice(0, i), rules),
          played(samples.slice(0, i + 1), rules),
        ])
        for (const [before, after] of moves) {
          const count = after?.breaches.filter(Boolean).length ?? 0
          const mayEngage = count >= 3
          const mayRelease = count <= 2 && (after?.score ?? 0) < rules.releaseBelow
          const kind =
            before?.kind === 'engaged'
              ? mayRelease
                ? 'calm'
                : 'engaged'
              : mayEngage
                ? 'engaged'
                : 'calm'
          expect(after?.kind).toBe(kind)
        }
      }),
    )
  })
})
