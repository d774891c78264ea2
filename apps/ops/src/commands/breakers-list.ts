import { lookAtRoutes, type RoutesSeen } from '../breakers/look.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { commandLine } from '../help.ts'
import { routeLines } from '../show/breakers.ts'

export const command: Command<RoutesSeen> = {
  async run(context) {
    const data = await lookAtRoutes(context)
    const held = data.routes.filter(({ isolated }) => isolated !== null)
    const code = data.missing.length === 0 ? EXIT.ok : EXIT.degraded
    return { code, data, next: held.map(({ route }) => commandLine(['breakers', 'show', route])) }
  },
  show: routeLines,
}
