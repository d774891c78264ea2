import type { Context } from '../command.ts'
import { findRouter } from '../router/find-router.ts'
import { hearAll, LOOK_MS } from '../router/hear-all.ts'
import { routesOf, type RouteSeen } from './routes.ts'

/** The routes of a router, and who was heard. */
export interface RoutesSeen {
  readonly url: string
  /** When it was looked, in ms since 1970. */
  readonly atMs: number
  /** Process ids. */
  readonly processes: readonly number[]
  /** Of those that live and give no answer. */
  readonly missing: readonly number[]
  readonly routes: readonly RouteSeen[]
}

/** Each process judges the routes by its own calls, so all of them are asked. */
export async function lookAtRoutes(context: Context): Promise<RoutesSeen> {
  const { clock, dataDir, signal } = context
  const place = await findRouter(context)
  const { statuses, missing } = await hearAll(place, { clock, signal, dataDir, waitMs: LOOK_MS })
  if (missing.length > 0) {
    context.warn(`process ${missing.join(', ')} of the router lives and gives no answer`)
  }
  return {
    url: place.url.origin,
    atMs: clock.wallMs(),
    processes: statuses.map(({ pid }) => pid),
    missing,
    routes: routesOf(statuses),
  }
}
