import { orderRoute, type Ordered, type OrderGiven } from '../breakers/order.ts'
import type { Command } from '../command.ts'
import { orderedLines } from '../show/breakers.ts'

export const command: Command<Ordered, OrderGiven> = {
  run: (context, given) =>
    orderRoute(context, given, { kind: 'reset' }, ({ route, isolated }) => {
      const ends = isolated === null ? '' : `, which ${isolated.by} isolated: ${isolated.reason}`
      const step = `call ${route} again from every process, with nothing held against it${ends}`
      return { steps: [step], ask: 'nothing' }
    }),
  show: orderedLines,
}
