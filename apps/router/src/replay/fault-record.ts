import type { FaultNews } from './fault-player.ts'
import type { Fault, FaultKind } from './flaky.ts'

/** A breaker moved, or a request was helped on. */
export interface RouteEvent {
  readonly kind: 'opened' | 'probing' | 'closed' | 'fallback' | 'retried'
  /** The route that failed. */
  readonly route: string
  readonly atMs: number
  /** For how long a breaker opened, in ms; 0 for what is no opening. */
  readonly openMs: number
}

/** How one upstream's trouble was met. The field names are those of `--json`. */
export interface FaultRecord {
  readonly route: string
  readonly fault: FaultKind
  readonly lastedMs: number
  /** How often its breaker opened, probes that failed included. */
  readonly openings: number
  /** Requests that another route answered, or was asked to. */
  readonly fallbacks: number
  /** Calls that were made once more to this route. */
  readonly retries: number
  /** From then on; null if its breaker was closed when it was well again, and stayed so. */
  readonly recovery: Recovery | null
}

/** Lengths of time in ms, from the moment in which the upstream was well again. */
export interface Recovery {
  /** How long the breaker had opened for. */
  readonly openMs: number
  /** Until the first probe that was answered was sent; null: never. */
  readonly noticedAfterMs: number | null
  /** Until requests were sent there again; null: never. */
  readonly closedAfterMs: number | null
}

/**
 * What became of each fault that began, in the order of the plan.
 * @param events of all routes, in order of time.
 */
export function faultRecords(
  plan: readonly Fault[],
  routes: readonly string[],
  news: readonly FaultNews[],
  events: readonly RouteEvent[],
): FaultRecord[] {
  const momentOf = (fault: number, change: FaultNews['change']): number | undefined =>
    news.find((one) => one.fault === fault && one.change === change)?.atMs
  return plan.flatMap(({ kind, route: column }, index) => {
    const route = routes[column] ?? ''
    const beganAtMs = momentOf(index, 'began')
    const wellAtMs = momentOf(index, 'recovered')
    if (beganAtMs === undefined || wellAtMs === undefined) return []
    const later = plan.findIndex((fault, i) => i > index && fault.route === column)
    const untilMs = momentOf(later, 'began') ?? Infinity
    const its = events.filter(
      (event) => event.route === route && event.atMs >= beganAtMs && event.atMs < untilMs,
    )
    const count = (kind: RouteEvent['kind']): number =>
      its.filter((event) => event.kind === kind).length
    return {
      route,
      fault: kind,
      lastedMs: wellAtMs - beganAtMs,
      openings: count('opened'),
      fallbacks: count('fallback'),
      retries: count('retried'),
      recovery: recoveryOf(its, wellAtMs),
    }
  })
}

function recoveryOf(events: readonly RouteEvent[], wellAtMs: number): Recovery | null {
  const moves = events.filter(({ kind }) => kind !== 'fallback' && kind !== 'retried')
  const closed = moves.find(({ kind, atMs }) => kind === 'closed' && atMs >= wellAtMs)
  const before = closed === undefined ? moves : moves.slice(0, moves.indexOf(closed))
  const opened = before.findLast(({ kind }) => kind === 'opened')
  const isOpen = moves.length > 0 && (closed !== undefined || moves.at(-1)?.kind !== 'closed')
  if (!isOpen || opened === undefined) return null
  if (closed === undefined) {
    return { openMs: opened.openMs, noticedAfterMs: null, closedAfterMs: null }
  }
  const probing = before.findLast(({ kind }) => kind === 'probing') ?? closed
  // A probe that was under way in that moment, and then answered, had noticed at once.
  const noticedAfterMs = Math.max(0, probing.atMs - wellAtMs)
  return { openMs: opened.openMs, noticedAfterMs, closedAfterMs: closed.atMs - wellAtMs }
}
