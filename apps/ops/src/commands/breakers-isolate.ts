import { orderRoute, type Ordered, type OrderGiven } from '../breakers/order.ts'
import { dangerOf } from '../breakers/routes.ts'
import type { Command } from '../command.ts'
import { orderedLines } from '../show/breakers.ts'

interface Given extends OrderGiven {
  readonly reason: string
}

export const command: Command<Ordered, Given> = {
  run: (context, given) =>
    orderRoute(context, given, { kind: 'isolate', reason: given.reason }, (wanted, routes) => {
      const danger = dangerOf(wanted, routes)
      const { route, isolated } = wanted
      const again = isolated === null ? '' : `, which ${isolated.by} isolated already`
      const step = `call ${route}${again} from no process, also after a restart, until it is reset: ${given.reason}`
      return danger === null
        ? { steps: [step], ask: 'nothing' }
        : { steps: [step, `but ${danger}`], ask: 'yes' }
    }),
  show: orderedLines,
}
