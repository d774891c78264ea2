import { OpsError } from '../errors.ts'
import type { BreakerReading, ProcessStatus } from '../router/admin.ts'

/** A route, as all processes that were heard have it. */
export interface RouteSeen {
  readonly route: string
  /** The route that answers when no other may; null when the router is too old to say. */
  readonly isGuardrail: boolean | null
  /** Of the process that refuses most. */
  readonly state: string
  /** Of how many processes that is the state. */
  readonly inState: number
  /** Who held it open by hand, why, and since when; null: nobody. */
  readonly isolated: { readonly reason: string; readonly by: string; readonly atMs: number } | null
  /** By process id. */
  readonly processes: readonly (BreakerReading & { readonly pid: number })[]
}

/** From well to refused by hand; a state of another version is taken for the worst. */
const STATES = ['disabled', 'observing', 'closed', 'probing', 'open', 'isolated']
const CALLABLE: ReadonlySet<string> = new Set(['disabled', 'observing', 'closed'])

const rank = (state: string): number =>
  (STATES.indexOf(state) + STATES.length + 1) % (STATES.length + 1)

/** What the processes say, by route, in the order of the router. */
export function routesOf(statuses: readonly ProcessStatus[]): RouteSeen[] {
  const names = new Set(statuses.flatMap(({ breakers }) => breakers.map(({ name }) => name)))
  // The process that has obeyed most knows best what was ordered.
  const latest = statuses.toSorted((a, b) => b.orders.seq - a.orders.seq)[0]
  const guardrail = latest?.guardrail ?? null
  return [...names].map((route) => {
    const processes = statuses.flatMap(({ pid, breakers }) =>
      breakers.filter(({ name }) => name === route).map((reading) => ({ ...reading, pid })),
    )
    const states = processes.map(({ state }) => state)
    const state = states.toSorted((a, b) => rank(b) - rank(a))[0] ?? 'unknown'
    return {
      route,
      isGuardrail: guardrail === null ? null : route === guardrail,
      state,
      inState: states.filter((one) => one === state).length,
      isolated: latest?.orders.isolated[route] ?? null,
      processes,
    }
  })
}

/** Whether every process may call it. */
const isCallable = ({ processes }: RouteSeen): boolean =>
  processes.every(({ state }) => CALLABLE.has(state))

/** @throws {OpsError} `OPS_NOT_FOUND`, naming the routes that there are. */
export function routeNamed(name: string, routes: readonly RouteSeen[]): RouteSeen {
  const found = routes.find(({ route }) => route === name)
  if (found !== undefined) return found
  const names = routes.map(({ route }) => route).join(', ')
  throw new OpsError('OPS_NOT_FOUND', `the router has no route ${name}; there are: ${names}`, {
    next: ['holdfast breakers list'],
  })
}

/** What would be lost without a route, in a sentence; null when others stand in for it. */
export function dangerOf(wanted: RouteSeen, routes: readonly RouteSeen[]): string | null {
  const others = routes.filter(({ route }) => route !== wanted.route)
  if (!others.some(isCallable)) {
    return `no other route may be called: every request will fail until one is`
  }
  if (wanted.isGuardrail === true) {
    return `${wanted.route} is the guardrail: where it must answer, nobody stands in for it`
  }
  if (wanted.isGuardrail === null) {
    return `the router does not say whether ${wanted.route} is the guardrail, for which nobody stands in`
  }
  return null
}
