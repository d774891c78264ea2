import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createBreaker,
  type BreakerFact,
  type BreakerOptions,
  type Outcome,
  type Pass,
  type Window,
} from './index.ts'

// fast-check prints the seed and the shortest schedule that fails.
const RUNS = 2_000
// For a machine that has much else to do; usually each takes about a second.
const LONGEST_MS = 60_000

/** Anything that can be done to a breaker, at any moment. */
type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'admit' | 'release' | 'reset' | 'trip' | 'look' }
  | {
      readonly do: 'settle'
      readonly which: number
      readonly outcome: Outcome
      readonly tookMs: number
    }
  | { readonly do: 'settle-again'; readonly which: number; readonly outcome: Outcome }
  | { readonly do: 'isolate'; readonly forMs: number | null }
  | { readonly do: 'mode'; readonly mode: 'active' | 'disabled' | 'observing' }

const outcome: fc.Arbitrary<Outcome> = fc.constantFrom<Outcome[]>(
  'success',
  'success',
  'success',
  'failure',
  'failure',
  'ignore',
  'timeout',
  'rejection',
  { openForMs: 0 },
  { openForMs: 700 },
)
const which = fc.nat({ max: 8 })
const calls: fc.WeightedArbitrary<Step>[] = [
  { weight: 8, arbitrary: fc.constant({ do: 'admit' }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which,
      outcome,
      tookMs: fc.constantFrom(0, 51),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('settle-again' as const), which, outcome }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 299, 300, 700, 1_000, 5_000, 100_000),
    }),
  },
]
const steering: fc.WeightedArbitrary<Step>[] = [
  { weight: 1, arbitrary: fc.constantFrom<Step[]>({ do: 'release' }, { do: 'look' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step[]>({ do: 'trip' }, { do: 'reset' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('isolate' as const),
      forMs: fc.constantFrom(null, 0, 400),
    }),
  },
]
const modes: fc.WeightedArbitrary<Step> = {
  weight: 1,
  arbitrary: fc.record({
    do: fc.constant('mode' as const),
    mode: fc.constantFrom('active', 'active', 'disabled', 'observing'),
  }),
}
const schedules = (...steps: readonly fc.WeightedArbitrary<Step>[]): fc.Arbitrary<Step[]> =>
  fc.array(fc.oneof(...steps), { maxLength: 100, size: 'max' })

const window: fc.Arbitrary<Window> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), size: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('time' as const), seconds: fc.integer({ min: 1, max: 5 }) }),
  fc.constant({ kind: 'consecutive' as const }),
)
type Rules = Pick<BreakerOptions, 'window' | 'minimumCalls' | 'failureRatio' | 'openMs'> & {
  readonly probes: { readonly calls: number; readonly maxMs: number }
}
const rules: fc.Arbitrary<Rules> = fc.record({
  window,
  minimumCalls: fc.integer({ min: 1, max: 5 }),
  failureRatio: fc.constantFrom(0.2, 0.5, 1),
  openMs: fc.constantFrom(0, 300, 1_000),
  probes: fc.record({ calls: fc.integer({ min: 1, max: 4 }), maxMs: fc.constantFrom(300, 60_000) }),
})

/** Plays a schedule, and notes for each era what was let through and what came of it. */
class Play {
  readonly clock = new HandClock()
  readonly facts = recordedFacts<BreakerFact>()
  readonly breaker
  readonly rules: Rules
  readonly passes: Pass[] = []
  readonly settled: Pass[] = []
  readonly holds: Disposable[] = []
  readonly admitted = new Map<number, number>()
  readonly goodProbes = new Map<number, number>()
  readonly givenBack = new Map<number, number>()

  constructor(rules: Rules, mode: 'active' | 'disabled' | 'observing' = 'active') {
    this.rules = rules
    const { clock, facts } = this
    const { observe } = facts
    this.breaker = createBreaker({ name: 'stock', slowMs: 50, mode, ...rules, clock, observe })
  }

  do(step: Step): void {
    const { breaker } = this
    switch (step.do) {
      case 'wait':
        this.clock.atMs += step.ms
        break
      case 'admit':
        this.admit()
        break
      case 'settle':
        this.settle(step.which, step.outcome, step.tookMs)
        break
      case 'settle-again': {
        const pass = this.settled.at(step.which % Math.max(1, this.settled.length))
        if (pass !== undefined) breaker.settle(pass, step.outcome, 0)
        break
      }
      case 'isolate':
        this.holds.push(
          breaker.isolate({
            reason: 'hand',
            ...(step.forMs === null ? {} : { forMs: step.forMs }),
          }),
        )
        break
      case 'release':
        this.holds.pop()?.[Symbol.dispose]()
        break
      case 'trip':
        breaker.trip({ reason: 'signal' })
        break
      case 'reset':
        breaker.reset()
        break
      case 'mode':
        breaker.setMode(step.mode)
        break
      case 'look':
        breaker.reading()
    }
  }

  admit(): Pass | null {
    const pass = this.breaker.admit()
    if (pass === null) return null
    this.passes.push(pass)
    count(this.admitted, pass.era)
    return pass
  }

  settle(which: number, outcome: Outcome, tookMs: number): void {
    if (this.passes.length === 0) return
    const [pass] = this.passes.splice(which % this.passes.length, 1)
    const wasProbing = this.breaker.state === 'probing' && this.breaker.era === pass!.era
    this.breaker.settle(pass!, outcome, tookMs)
    this.settled.push(pass!)
    if (!wasProbing) return
    if (outcome === 'success') count(this.goodProbes, pass!.era)
    if (outcome === 'ignore' || outcome === 'rejection') count(this.givenBack, pass!.era)
  }
}

class HandClock extends VirtualClock {
  atMs = 0
  override monotonicMs(): number {
    return this.atMs
  }
}

const count = (counts: Map<number, number>, era: number): void =>
  void counts.set(era, (counts.get(era) ?? 0) + 1)

const BETWEEN_MS = 10

/** From now on every call goes well, also those that are out already, and one is made every 10 ms. Until it closes, or for long. */
function recoveryMs(play: Play): number {
  const startMs = play.clock.atMs
  while (play.passes.length > 0) play.settle(0, 'success', 0)
  while (play.breaker.state !== 'closed' && play.clock.atMs - startMs <= boundMs(play.rules)) {
    if (play.admit() !== null) play.settle(play.passes.length - 1, 'success', 0)
    play.clock.atMs += BETWEEN_MS
  }
  return play.breaker.state === 'closed' ? play.clock.atMs - startMs : Infinity
}

/** What is left of a round of probes, an open time (700 ms may have been asked for), and a round that goes well. */
function boundMs({ probes, openMs }: Rules): number {
  return probes.maxMs + Math.max(Number(openMs), 700) + (probes.calls + 2) * BETWEEN_MS
}

/** What is seen from outside that matters to a result that comes late. */
function seen({ breaker }: Play): object {
  const { stale: _, ...rest } = breaker.reading()
  return rest
}

describe('under any schedule a breaker', () => {
  it(
    'never closes by its probes without enough good ones of that very era',
    () => {
      fc.assert(
        fc.property(rules, schedules(...calls, ...steering, modes), (rules, steps) => {
          const play = new Play(rules)
          for (const step of steps) play.do(step)
          const needed = Math.min(rules.minimumCalls ?? 10, rules.probes.calls)
          const leastGood = Math.floor(needed * (1 - (rules.failureRatio ?? 0.5))) + 1
          for (const fact of play.facts.ofKind('breaker.closed')) {
            if (fact.because !== 'probes') continue
            expect(play.goodProbes.get(fact.era - 1) ?? 0).toBeGreaterThanOrEqual(
              Math.min(needed, leastGood),
            )
          }
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )

  it(
    'never has more probes out than there are permits, in any era',
    () => {
      fc.assert(
        fc.property(rules, schedules(...calls, ...steering, modes), (rules, steps) => {
          const play = new Play(rules)
          for (const step of steps) play.do(step)
          for (const { era } of play.facts.ofKind('breaker.probing')) {
            const outAndRecorded = (play.admitted.get(era) ?? 0) - (play.givenBack.get(era) ?? 0)
            expect(outAndRecorded).toBeLessThanOrEqual(rules.probes.calls)
          }
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )

  it(
    'leaks no permit: all that were given back can be had again',
    () => {
      fc.assert(
        fc.property(rules, schedules(...calls), (rules, steps) => {
          const play = new Play(rules)
          for (const step of steps) play.do(step)
          if (play.breaker.state !== 'probing') return
          while (play.passes.length > 0) play.settle(0, 'ignore', 0)
          const { calls } = play.breaker.reading()
          let free = 0
          while (play.admit() !== null) free += 1
          expect(free).toBe(rules.probes.calls - calls)
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )

  it(
    'changes nothing for a result of an earlier era, or a second one, but the count of stale ones',
    () => {
      fc.assert(
        fc.property(rules, schedules(...calls, ...steering, modes), (rules, steps) => {
          const play = new Play(rules)
          for (const step of steps) {
            const before = step.do === 'settle-again' || step.do === 'settle' ? seen(play) : null
            const { era } = play.breaker
            const pass = step.do === 'settle' ? play.passes[step.which % play.passes.length] : null
            const { stale } = play.breaker.reading()
            play.do(step)
            const isLate = step.do === 'settle-again' ? play.settled.length > 0 : pass?.era !== era
            if (before === null || pass === undefined || !isLate) continue
            expect(seen(play)).toEqual(before)
            expect(play.breaker.reading().stale).toBe(stale + 1)
          }
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )

  it.each(['disabled', 'observing'] as const)(
    'in mode %s never refuses',
    (mode) => {
      fc.assert(
        fc.property(rules, schedules(...calls, ...steering), (rules, steps) => {
          const play = new Play(rules, mode)
          const passes = steps.map((step) => {
            play.do(step)
            return play.admit()
          })
          expect(passes).not.toContain(null)
          expect(play.facts.ofKind('breaker.refused')).toEqual([])
          expect(play.facts.ofKind('breaker.opened')).toEqual([])
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )

  it(
    'that is isolated refuses every call until nobody holds it',
    () => {
      fc.assert(
        fc.property(rules, schedules(...calls, ...steering), (rules, steps) => {
          const play = new Play(rules)
          using _ = play.breaker.isolate({ reason: 'hand' })
          const seen = steps.map((step) => {
            play.do(step)
            return play.admit() === null ? play.breaker.state : 'a call let through'
          })
          expect(seen).toEqual(steps.map(() => 'isolated'))
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )

  it(
    'has eras that only grow, at least by one with every change of state',
    () => {
      fc.assert(
        fc.property(rules, schedules(...calls, ...steering, modes), (rules, steps) => {
          const play = new Play(rules)
          const seen = (): { state: string; era: number } => {
            const { state, era } = play.breaker
            return { state, era }
          }
          const eras = [seen()]
          for (const step of steps) {
            play.do(step)
            eras.push(seen())
          }
          const grown = eras.slice(1).map(({ era }, i) => era - (eras[i]?.era ?? 0))
          const moved = eras.slice(1).map(({ state }, i) => (state === eras[i]?.state ? 0 : 1))
          expect(grown.every((by, i) => by >= (moved[i] ?? 0))).toBe(true)
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )

  it(
    'closes within bounded time once the service is well and calls go on',
    () => {
      fc.assert(
        fc.property(rules, schedules(...calls), (rules, steps) => {
          const play = new Play(rules)
          for (const step of steps) play.do(step)
          expect(recoveryMs(play)).toBeLessThanOrEqual(boundMs(rules))
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )

  it(
    'recovers though every call is only ever cancelled, as soon as one is not',
    () => {
      fc.assert(
        fc.property(rules, fc.integer({ min: 1, max: 60 }), (rules, cancelled) => {
          const play = new Play(rules)
          play.breaker.trip({ reason: 'signal' })
          for (let i = 0; i < cancelled; i += 1) {
            play.clock.atMs += 1_000
            if (play.admit() !== null) play.settle(0, 'ignore', 0)
          }
          expect(recoveryMs(play)).toBeLessThanOrEqual(boundMs(rules))
        }),
        { numRuns: RUNS },
      )
    },
    LONGEST_MS,
  )
})
