import type { Clock } from '@holdfast/seams'
import type { RouterFact } from '../tell/facts.ts'
import type { FaultNews } from './fault-player.ts'
import { faultRecords, type FaultRecord, type RouteEvent } from './fault-record.ts'
import type { Fault } from './flaky.ts'
import { quantile } from './quantile.ts'
import type { Outcome } from './traffic.ts'

/** What is promised of a router whose upstreams fail in turn. */
export const BARS = { errorRate: 0.001, p99Ratio: 3 } as const
/** What an answer that is on its way, and then a timer, may take on top, in ms. */
const LATE_MS = 25

/** How routes that failed in turn were met. The field names are those of `--json`. */
export interface FlakyReport {
  readonly requests: number
  /** Those that a client saw fail, streams that broke off included. */
  readonly errors: number
  readonly errorRate: number
  /** Streams that broke off after their first byte, when no other route can answer any more. */
  readonly cutStreams: number
  /** What the answers took that went through, in ms. */
  readonly latencyMs: {
    /** While all upstreams were well. */
    readonly wellP50: number
    readonly wellP99: number
    /** All of the time. */
    readonly p50: number
    readonly p99: number
    /** `p99` ÷ `wellP99`. */
    readonly p99Ratio: number
  }
  readonly faults: readonly FaultRecord[]
  readonly fallbacks: number
  readonly retries: number
  /** Faults whose breaker was open when they ended, and how many of them were noticed within the time it had opened for. */
  readonly recoveries: { readonly expected: number; readonly inTime: number }
  readonly isMet: {
    readonly errorRate: boolean
    readonly p99Ratio: boolean
    readonly recoveries: boolean
  }
}

/** Adds up what happens while upstreams fail. */
export interface FlakyTally {
  readonly hear: (fact: RouterFact) => void
  readonly addNews: (news: FaultNews) => void
  readonly add: (outcome: Outcome) => void
  /** Waits until every breaker is closed again, a few open periods at most. */
  settled(clock: Clock, signal: AbortSignal): Promise<void>
  report(): FlakyReport
}

/** The longest wait for the last recovery, in looks of 20 ms. */
const LOOKS = 250
const LOOK_MS = 20

/** @param routes ids, in the order of the table. */
export function createFlakyTally(
  plan: readonly Fault[],
  routes: readonly string[],
  clock: Pick<Clock, 'monotonicMs'>,
): FlakyTally {
  const news: FaultNews[] = []
  const events: RouteEvent[] = []
  const outcomes: Outcome[] = []
  const isOpen = new Set<string>()
  return {
    hear(fact) {
      const event = eventOf(fact, clock.monotonicMs())
      if (event === null) return
      events.push(event)
      if (event.kind === 'opened') isOpen.add(event.route)
      if (event.kind === 'closed') isOpen.delete(event.route)
    },
    addNews: (one) => void news.push(one),
    add: (outcome) => void outcomes.push(outcome),
    async settled(clock, signal) {
      for (let i = 0; i < LOOKS && isOpen.size > 0; i += 1) await clock.sleep(LOOK_MS, signal)
    },
    report: () => reportOf(outcomes, faultRecords(plan, routes, news, events)),
  }
}

function eventOf(fact: RouterFact, atMs: number): RouteEvent | null {
  const event = { atMs, openMs: 0 }
  switch (fact.kind) {
    case 'breaker.opened':
      return { ...event, kind: 'opened', route: fact.breaker, openMs: fact.openMs }
    case 'breaker.probing':
      return { ...event, kind: 'probing', route: fact.breaker }
    case 'breaker.closed':
      return { ...event, kind: 'closed', route: fact.breaker }
    case 'router.fallback':
      return { ...event, kind: 'fallback', route: fact.from }
    case 'router.retried':
      return { ...event, kind: 'retried', route: fact.route }
    default:
      return null
  }
}

function reportOf(outcomes: readonly Outcome[], faults: readonly FaultRecord[]): FlakyReport {
  // A client that had to send its request twice has seen it fail.
  const good = outcomes.filter(({ status, tries }) => status === 200 && tries === 1)
  const errors = outcomes.length - good.length
  const errorRate = errors / Math.max(1, outcomes.length)
  const times = good.map(({ tookMs }) => tookMs)
  const wellTimes = good.filter(({ isWell }) => isWell).map(({ tookMs }) => tookMs)
  const latencyMs = {
    wellP50: quantile(wellTimes, 0.5),
    wellP99: quantile(wellTimes, 0.99),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    p99Ratio: quantile(times, 0.99) / quantile(wellTimes, 0.99),
  }
  const recoveries = faults.flatMap(({ recovery }) => recovery ?? [])
  const inTime = recoveries.filter(
    ({ noticedAfterMs, openMs }) => noticedAfterMs !== null && noticedAfterMs <= openMs + LATE_MS,
  )
  return {
    requests: outcomes.length,
    errors,
    errorRate,
    cutStreams: outcomes.filter(({ isCut }) => isCut).length,
    latencyMs,
    faults,
    fallbacks: sum(faults.map(({ fallbacks }) => fallbacks)),
    retries: sum(faults.map(({ retries }) => retries)),
    recoveries: { expected: recoveries.length, inTime: inTime.length },
    isMet: {
      errorRate: errorRate <= BARS.errorRate,
      p99Ratio: latencyMs.p99Ratio <= BARS.p99Ratio,
      recoveries: inTime.length === recoveries.length,
    },
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
