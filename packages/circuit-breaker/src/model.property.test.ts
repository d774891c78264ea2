import { VirtualClock } from '@holdfast/seams/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBreaker, type Breaker, type Pass } from './index.ts'
import { ModelBreaker, type ModelPass, type ModelRules } from './model.fixture.ts'

// fast-check prints the seed and the shortest schedule that fails.
const RUNS = 2_000
// For a machine that has much else to do; usually each takes about a second.
const LONGEST_MS = 60_000

type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'admit' }
  /** Settles one of the passes in hand, or one settled before. */
  | {
      readonly do: 'settle'
      readonly which: number
      readonly outcome: 'success' | 'failure' | 'ignore'
      readonly tookMs: number
    }

const ratio = fc.constantFrom(0.1, 0.25, 0.3, 0.5, 0.6, 2 / 3, 0.75, 1)

const rulesWith = (kind: 'count' | 'time'): fc.Arbitrary<ModelRules> =>
  fc.record({
    window: fc.record({ kind: fc.constant(kind), size: fc.integer({ min: 1, max: 6 }) }),
    minimumCalls: fc.integer({ min: 1, max: 8 }),
    failureRatio: ratio,
    slowMs: fc.constantFrom(0, 50),
    slowRatio: ratio,
    openMs: fc.constantFrom(0, 1, 500, 1_000, 2_500),
    probes: fc.integer({ min: 1, max: 5 }),
    probeMaxMs: fc.constantFrom(1, 700, 3_000, 60_000),
  })

const settling: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('settle' as const),
  which: fc.nat({ max: 8 }),
  outcome: fc.constantFrom('success', 'failure', 'success', 'failure', 'ignore'),
  tookMs: fc.constantFrom(0, 0, 0, 50, 51),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'admit' }) },
  { weight: 5, arbitrary: settling },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 10, 300, 499, 500, 999, 1_000, 1_001, 2_500, 60_000, 3_600_000),
    }),
  },
)
const schedule = fc.array(step, { maxLength: 120, size: 'max' })

function breakerOf(rules: ModelRules, clock: VirtualClock): Breaker {
  const { window, minimumCalls, failureRatio, slowMs, slowRatio, openMs, probes, probeMaxMs } =
    rules
  return createBreaker({
    name: 'stock',
    window:
      window.kind === 'count'
        ? { kind: 'count', size: window.size }
        : { kind: 'time', seconds: window.size },
    minimumCalls,
    failureRatio,
    slowMs,
    slowRatio,
    openMs,
    probes: { calls: probes, maxMs: probeMaxMs },
    clock,
  })
}

/** A virtual clock that is moved without waiting for anything, since nothing here has timers. */
class HandClock extends VirtualClock {
  atMs = 0
  override monotonicMs(): number {
    return this.atMs
  }
}

/** Plays a schedule to both. Gives what was seen of each after each step. */
function playBoth(rules: ModelRules, steps: readonly Step[]): { ours: object[]; models: object[] } {
  const clock = new HandClock()
  const breaker = breakerOf(rules, clock)
  const model = new ModelBreaker(rules)
  const passes: { readonly ours: Pass | null; readonly models: ModelPass | null }[] = []
  const ours: object[] = []
  const models: object[] = []
  for (const step of steps) {
    if (step.do === 'wait') clock.atMs += step.ms
    model.tick(clock.atMs)
    if (step.do === 'admit') passes.push({ ours: breaker.admit(), models: model.admit() })
    const [pass] = step.do === 'settle' ? passes.splice(step.which % (passes.length || 1), 1) : []
    if (step.do === 'settle' && pass?.ours) breaker.settle(pass.ours, step.outcome, step.tookMs)
    if (step.do === 'settle' && pass?.models) model.settle(pass.models, step.outcome, step.tookMs)
    ours.push({ step, ...seenOf(breaker), refused: passes.map(({ ours }) => ours === null) })
    const refused = passes.map(({ models }) => models === null)
    models.push({ step, ...seenOfModel(model), refused })
  }
  return { ours, models }
}

function seenOf(breaker: Breaker): object {
  const { state, era, calls, failureRatio, slowRatio, stale } = breaker.reading()
  return { state, era, calls, failureRatio, slowRatio, stale }
}

function seenOfModel(model: ModelBreaker): object {
  const rates = model.state === 'open' ? null : model.rates()
  return {
    state: model.state,
    era: model.stay,
    calls: model.looked().length,
    failureRatio: rates?.failures ?? null,
    slowRatio: rates?.slow ?? null,
    stale: model.stale,
  }
}

describe('step by step the breaker agrees with a plain model of the rules', () => {
  it.each(['count', 'time'] as const)(
    'with a window by %s',
    (kind) => {
      fc.assert(
        fc.property(rulesWith(kind), schedule, (rules, steps) => {
          const { ours, models } = playBoth(rules, steps)
          expect(ours).toEqual(models)
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )
})
