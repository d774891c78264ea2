import { personOf } from '../person.ts'
import type { Context, Outcome, Plan } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { commandLine } from '../help.ts'
import { giveOrder } from '../router/admin.ts'
import { findRouter, type RouterPlace } from '../router/find-router.ts'
import { hearAll, LOOK_MS } from '../router/hear-all.ts'
import { routeNamed, routesOf, type RouteSeen } from './routes.ts'

/** What came of an order. */
export interface Ordered {
  readonly route: string
  readonly order: 'isolate' | 'reset'
  /** Null where it was not given one. */
  readonly reason: string | null
  readonly by: string
  /** The number of the order; null after a dry run. */
  readonly seq: number | null
  /** Process ids of those that say that they obey it. */
  readonly obeying: readonly number[]
  /** Of those that live, and have not said so in time. */
  readonly missing: readonly number[]
  readonly waitedMs: number
}

export interface OrderGiven {
  readonly route: string
  readonly by?: string
  readonly timeout?: number
}

/** How long to wait for all of them to obey, in ms: each looks every 200 ms. */
const WAIT_MS = 10_000
/** How long the order itself may take, in ms: it is on disk before it is acknowledged. */
const ORDER_MS = 10_000

/**
 * Gives an order about a route, and waits until every process of the router obeys it; at most four fifths of `--timeout`, so that who does not
 * can still be told.
 * @param planned what is to be agreed to, by what the routes are now.
 */
export async function orderRoute(
  context: Context,
  { route, by = personOf(context), timeout }: OrderGiven,
  order: { readonly kind: 'isolate'; readonly reason: string } | { readonly kind: 'reset' },
  planned: (wanted: RouteSeen, routes: readonly RouteSeen[]) => Plan,
): Promise<Outcome<Ordered>> {
  const { clock, dataDir, signal } = context
  const startMs = clock.monotonicMs()
  const place = await findRouter(context)
  const { statuses } = await hearAll(place, { clock, signal, dataDir, waitMs: LOOK_MS })
  const routes = routesOf(statuses)
  const plan = planned(routeNamed(route, routes), routes)
  const reason = order.kind === 'isolate' ? order.reason : null
  const about = { route, order: order.kind, reason, by }
  if (!(await context.proceed(plan))) {
    return { data: { ...about, seq: null, obeying: [], missing: [], waitedMs: 0 } }
  }
  const seq = await giveOrder(place, route, { ...order, by }, ORDER_MS, context)
  const leftMs = (timeout ?? Infinity) * 0.8 - (clock.monotonicMs() - startMs)
  const heard = await obeyed(place, seq, Math.min(WAIT_MS, Math.max(0, leftMs)), context)
  const data = { ...about, seq, ...heard }
  return {
    code: data.missing.length === 0 ? EXIT.ok : EXIT.degraded,
    data,
    next: data.missing.length === 0 ? [commandLine(['breakers', 'show', route])] : AFTER_MISSING,
  }
}

const AFTER_MISSING = ['holdfast breakers list', 'holdfast health --component processes']

async function obeyed(
  place: RouterPlace,
  seq: number,
  waitMs: number,
  { clock, dataDir, signal, progress }: Context,
): Promise<Pick<Ordered, 'obeying' | 'missing' | 'waitedMs'>> {
  const startMs = clock.monotonicMs()
  progress(`order ${seq} is given; waiting until every process obeys it`)
  const isEnough = ({ orders }: { readonly orders: { readonly seq: number } }): boolean =>
    orders.seq >= seq
  const { statuses, missing } = await hearAll(place, { clock, signal, dataDir, waitMs, isEnough })
  const obeying = statuses.filter(isEnough).map(({ pid }) => pid)
  return { obeying, missing, waitedMs: Math.round(clock.monotonicMs() - startMs) }
}
