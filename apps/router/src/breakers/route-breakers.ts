import {
  createBreaker,
  type Breaker,
  type BreakerFact,
  type BreakerReading,
  type Outcome,
} from '@holdfast/circuit-breaker'
import type { Clock, Observe, Random } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import { NONE, type Restrictions } from '../decide/restrictions.ts'
import type { Route } from '../decide/routes.ts'
import { outcomeOf, type Trouble } from '../decide/trouble.ts'
import type { Upstream } from '../http/upstream.ts'
import type { RouterFact } from '../tell/facts.ts'
import { createProber, type Prober } from './prober.ts'

export interface RouteBreakersOptions {
  readonly routes: readonly Route[]
  readonly upstreams: ReadonlyMap<string, Upstream>
  readonly settings: Config['breaker']
  readonly clock: Clock
  readonly random: Random
  readonly observe: Observe<RouterFact>
}

/** A breaker for each route, which this process's own prober closes again. */
export interface RouteBreakers {
  /** @throws {Error} for a route that there is not. */
  of(route: string): Breaker
  /** Whether requests may be sent there. Only the prober asks a route that is not known to be well. */
  isCallable(route: string): boolean
  /** What the route's breaker is told of a call that went wrong in this way. */
  outcomeOf(route: string, trouble: Trouble): Outcome
  /** Masks every route that is not callable. */
  restrictions(): Restrictions
  /** The soonest that one of these routes may be called again, in ms; null if nobody knows, as of one that is isolated. */
  retryInMs(routes: readonly string[]): number | null
  readings(): readonly BreakerReading[]
  close(): void
}

export function createRouteBreakers(options: RouteBreakersOptions): RouteBreakers {
  const { routes, upstreams, settings, clock, random, observe } = options
  const probers = new Map<string, Prober>()
  const heard = (fact: BreakerFact): void => {
    observe(fact)
    if (MOVES.has(fact.kind)) probers.get(fact.breaker)?.wake()
  }
  const breakers = new Map(
    routes.map(({ id }) => [
      id,
      createBreaker({ ...breakerOptions(settings), name: id, clock, random, observe: heard }),
    ]),
  )
  for (const route of routes) {
    const breaker = breakers.get(route.id)
    const upstream = upstreams.get(route.id)
    if (breaker === undefined || upstream === undefined) continue
    const judged = (trouble: Trouble): Outcome => judge(breaker, trouble)
    const prober = createProber({ route, breaker, upstream, settings, judged, clock, observe })
    probers.set(route.id, prober)
  }

  const judge = (breaker: Breaker, trouble: Trouble): Outcome =>
    outcomeOf(trouble, {
      longestMs: settings.longestOpenMs,
      shortestMs: shortestRestMs(settings, breaker.reading().attempt),
    })
  const of = (route: string): Breaker => {
    const breaker = breakers.get(route)
    if (breaker === undefined) throw new Error(`no breaker for route ${route}`)
    return breaker
  }
  const isCallable = (route: string): boolean => CALLABLE.has(of(route).state)

  return {
    of,
    isCallable,
    outcomeOf: (route, trouble) => judge(of(route), trouble),
    restrictions() {
      const mask = [...breakers.keys()].filter((route) => !isCallable(route))
      return mask.length === 0 ? NONE : { mask, caps: {}, reasons: ['breaker_open'] }
    },
    retryInMs(ids) {
      const waits = ids.map((route) => of(route).retryInMs() ?? Infinity)
      const soonestMs = Math.min(...waits)
      return soonestMs === Infinity ? null : soonestMs
    },
    readings: () => [...breakers.values()].map((breaker) => breaker.reading()),
    close() {
      for (const prober of probers.values()) prober.close()
      for (const breaker of breakers.values()) breaker[Symbol.dispose]()
    },
  }
}

/** Facts after which the prober looks again when it may ask. */
const MOVES: ReadonlySet<BreakerFact['kind']> = new Set([
  'breaker.opened',
  'breaker.closed',
  'breaker.released',
  'breaker.mode-set',
])

const CALLABLE: ReadonlySet<Breaker['state']> = new Set(['closed', 'disabled', 'observing'])

/** How long a route rests when it opens for the time number `attempt` since it was last well. */
function restMs({ openMs, longestOpenMs }: Config['breaker'], attempt: number): number {
  return Math.min(longestOpenMs, openMs * 2 ** (attempt - 1))
}

/**
 * The least that it rests when it says itself for how long. Once may be as short as it likes, but for a moment; after probes
 * that failed it is what it would be otherwise, or an upstream that always asks for a second would be asked every second.
 */
function shortestRestMs(settings: Config['breaker'], attempt: number): number {
  return attempt === 0 ? Math.min(settings.openMs, SHORTEST_REST_MS) : restMs(settings, attempt + 1)
}

const SHORTEST_REST_MS = 1_000

function breakerOptions(settings: Config['breaker']) {
  const { enabled, calls, minimumCalls, failureRatio, slowMs, slowRatio, probes } = settings
  const { longestOpenMs, jitter } = settings
  return {
    window: { kind: 'count', size: calls },
    minimumCalls,
    failureRatio,
    ...(slowMs === null ? {} : { slowMs, slowRatio }),
    // Longer after each probe that failed: a service that is down for an hour is not asked every second.
    openMs: ({ attempt }: { readonly attempt: number }) => restMs(settings, attempt),
    openJitter: jitter,
    probes: { calls: probes, maxMs: longestOpenMs },
    mode: enabled ? 'active' : 'observing',
  } as const
}
