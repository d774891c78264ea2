import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@holdfast/seams'
import { createFaultPlayer, type FaultNews } from './replay/fault-player.ts'
import type { Fault } from './replay/flaky.ts'
import type { OutcomeTable } from './replay/outcome-table.ts'
import { startStandIn } from './replay/stand-in.ts'
import { sendTraffic, type Outcome, type TrafficOptions } from './replay/traffic.ts'

/**
 * The world outside the router, in a thread of its own: the stand-in upstreams, and the clients. So the
 * router's event loop serves the router alone, as it would with real upstreams, and nothing is left
 * running when the process ends.
 */
export interface World {
  readonly table: OutcomeTable
  /** What goes wrong with the upstreams on the way; null: nothing ever does. */
  readonly faults: readonly Fault[] | null
}

export type ToWorld = { readonly kind: 'send' } & Pick<
  TrafficOptions,
  'url' | 'order' | 'concurrency' | 'sendTask' | 'streamEvery'
>
export type FromWorld =
  | { readonly kind: 'ready'; readonly baseUrls: readonly string[] }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'fault'; readonly news: FaultNews }
  | { readonly kind: 'sent' }

const OUTCOMES_PER_MESSAGE = 16

if (parentPort !== null) {
  const port = parentPort
  const tell = (message: FromWorld): void => port.postMessage(message)
  const { table, faults } = workerData as World
  const player = createFaultPlayer(faults ?? [], systemClock, (news) =>
    tell({ kind: 'fault', news }),
  )
  const standIns = await Promise.all(
    table.routes.map((_route, index) =>
      startStandIn(
        table,
        index,
        systemClock,
        faults === null ? undefined : () => player.meet(index),
      ),
    ),
  )
  port.on('message', (message: ToWorld) => {
    let outcomes: Outcome[] = []
    const flush = (): void => {
      tell({ kind: 'outcomes', outcomes })
      outcomes = []
    }
    const onOutcome = (outcome: Outcome): void => {
      outcomes.push(outcome)
      if (outcomes.length >= OUTCOMES_PER_MESSAGE) flush()
    }
    const sending = sendTraffic({
      ...message,
      table,
      clock: systemClock,
      onSend: () => player.sent(),
      isWell: () => player.isWell,
      onOutcome,
    })
    // An error surfaces as the worker's 'error' event, and the replay ends with it.
    void sending.then(() => {
      player.finish()
      flush()
      tell({ kind: 'sent' })
    })
  })
  tell({ kind: 'ready', baseUrls: standIns.map(({ baseUrl }) => baseUrl) })
}
