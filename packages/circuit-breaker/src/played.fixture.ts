import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import {
  createBreaker,
  type Breaker,
  type BreakerFact,
  type BreakerOptions,
  type Outcome,
  type Pass,
} from './index.ts'

/** A breaker on a virtual clock, with its facts, and calls to play on it. */
export interface Played {
  readonly breaker: Breaker
  readonly clock: VirtualClock
  readonly facts: ReturnType<typeof recordedFacts<BreakerFact>>
  /** A pass; throws if there is none to have. */
  pass(): Pass
  /** Plays calls one after another, each ending as named. */
  play(...outcomes: readonly Outcome[]): void
  /** The states it is told to have been in, in order. */
  moves(): readonly string[]
}

/** Unless told otherwise: the last 4 calls, of which half may fail; then open for 1000 ms, and 2 probes. */
export function played(options: Partial<BreakerOptions> = {}): Played {
  const clock = (options.clock as VirtualClock | undefined) ?? new VirtualClock()
  const facts = recordedFacts<BreakerFact>()
  const breaker = createBreaker({
    name: 'stock',
    window: { kind: 'count', size: 4 },
    minimumCalls: 4,
    openMs: 1_000,
    probes: { calls: 2 },
    observe: facts.observe,
    ...options,
    clock,
  })
  const pass = (): Pass => {
    const given = breaker.admit()
    if (given === null) throw new Error(`refused while ${breaker.state}`)
    return given
  }
  return {
    breaker,
    clock,
    facts,
    pass,
    play(...outcomes) {
      for (const outcome of outcomes) breaker.settle(pass(), outcome, 0)
    },
    moves: () =>
      facts.all.flatMap(({ kind }) =>
        kind === 'breaker.opened' || kind === 'breaker.probing' || kind === 'breaker.closed'
          ? [kind.slice('breaker.'.length)]
          : [],
      ),
  }
}

/** One that has just opened. */
export function opened(options: Partial<BreakerOptions> = {}): Played {
  const p = played(options)
  p.breaker.trip({ reason: 'for the test' })
  return p
}

/** One that opened, and whose open time is over. */
export async function due(options: Partial<BreakerOptions> = {}): Promise<Played> {
  const p = opened(options)
  await p.clock.advance(p.breaker.retryInMs() ?? 0)
  return p
}
