import { lookAtRoutes } from '../breakers/look.ts'
import { routeNamed, type RouteSeen } from '../breakers/routes.ts'
import type { Command } from '../command.ts'
import { commandLine } from '../help.ts'
import { oneRouteLines } from '../show/breakers.ts'

/** One route, as every process of the router has it. */
export interface RouteShown extends RouteSeen {
  /** When it was looked, in ms since 1970. */
  readonly atMs: number
}

export const command: Command<RouteShown, { readonly route: string }> = {
  async run(context, { route }) {
    const { atMs, routes } = await lookAtRoutes(context)
    const seen = routeNamed(route, routes)
    const data = { ...seen, atMs }
    return { data, next: seen.isolated === null ? [] : [commandLine(['breakers', 'reset', route])] }
  },
  show: oneRouteLines,
}
