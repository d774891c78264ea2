import type { Ticket } from './entry-name.ts'

/**
 * Fairness with bounded barging. Whoever comes may take a free lock at once, which keeps the lock busy, until someone has
 * been seen to wait for `fairnessMs`; from then on those who waited longer go first. A place in this order is a ticket
 * in the lock's directory. How long a ticket has waited is measured by each process for itself, from when it first saw the
 * ticket, so that no clock need agree with another.
 */
export interface Courtesy {
  /** When each ticket that is there now was first seen, in ms of this process's monotonic clock. */
  readonly firstSeenMs: Map<string, number>
  /** Tickets that did not use their turn, of processes that are stopped or very slow. Nobody waits for them. */
  readonly passedOver: Set<string>
  /** The token that can be had now, and since when it could. */
  offer: { readonly name: string; readonly sinceMs: number } | null
}

/** How long a free lock is left to those whose turn it is. Fairness never costs liveness. */
export const COURTESY_MS = 60

export const noCourtesyYet = (): Courtesy => ({
  firstSeenMs: new Map(),
  passedOver: new Set(),
  offer: null,
})

/** Takes in the tickets seen now. Call it at every look, or their age will be wrong. */
export function takeIn(courtesy: Courtesy, tickets: readonly Ticket[], nowMs: number): void {
  const { firstSeenMs, passedOver } = courtesy
  if (firstSeenMs.size > 0) {
    const names = new Set(tickets.map(({ name }) => name))
    for (const name of firstSeenMs.keys()) {
      if (names.has(name)) continue
      firstSeenMs.delete(name)
      passedOver.delete(name)
    }
  }
  for (const { name } of tickets) if (!firstSeenMs.has(name)) firstSeenMs.set(name, nowMs)
}

/** Those who came before `mine`, or before one who has no ticket, and still use their turns. */
export function aheadOf(
  courtesy: Courtesy,
  tickets: readonly Ticket[],
  mine: Ticket | null,
): readonly Ticket[] {
  const end = mine === null ? -1 : tickets.findIndex(({ name }) => name === mine.name)
  const earlier = end < 0 ? tickets : tickets.slice(0, end)
  return earlier.filter(({ name }) => !courtesy.passedOver.has(name))
}

/**
 * Whether one who has `ahead` before it may take the token called `offered`, which can be had now.
 * @param fairnessMs ≥ 0; 0 keeps strictly to the order, Infinity to none.
 */
export function mayGo(
  courtesy: Courtesy,
  ahead: readonly Ticket[],
  offered: string,
  fairnessMs: number,
  nowMs: number,
): boolean {
  if (courtesy.offer?.name !== offered) courtesy.offer = { name: offered, sinceMs: nowMs }
  const first = ahead.filter(
    ({ name }) => nowMs - (courtesy.firstSeenMs.get(name) ?? nowMs) >= fairnessMs,
  )
  if (first.length === 0) return true
  if (nowMs - courtesy.offer.sinceMs < COURTESY_MS) return false
  for (const { name } of first) courtesy.passedOver.add(name)
  return true
}

/** A pace of looking: quick while the lock changes hands, slower the longer it does not. */
export interface Pace {
  readonly token: string
  readonly stepMs: number
}

/** Slow enough that a holder of some ms is still met at a quick pace. */
const GROWTH = 1.15
const SLOWEST_MS = 25

/** The pace after one more look that found `token`. */
export function nextPace(last: Pace | null, token: string): Pace {
  const isMoving = last === null || last.token !== token
  return { token, stepMs: isMoving ? 1 : Math.min(SLOWEST_MS, last.stepMs * GROWTH) }
}

/**
 * How long to wait before the next look, in ms. The next in line looks often; those behind less, because every look costs
 * everyone. Chance keeps waiters from marching in step.
 * @param chance uniform in [0, 1).
 */
export function pauseMs(pace: Pace, ahead: number, chance: number): number {
  const ms = ahead === 0 ? pace.stepMs : Math.min(SLOWEST_MS, Math.max(pace.stepMs, 2 + 2 * ahead))
  return ms * (0.5 + chance)
}
