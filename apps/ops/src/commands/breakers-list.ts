import { lookAtRoutes, type RoutesSeen } from '../breakers/look.ts'
import type { Command } from '../command.ts'
import { routeLines } from '../show/breakers.ts'

export const command: Command<RoutesSeen> = {
  async run(context) {
    const data = await lookAtRoutes(context)
    const held = data.routes.filter(({ isolated }) => isolated !== null)
    return { data, next: held.map(({ route }) => `holdfast breakers show ${route}`) }
  },
  show: routeLines,
}
