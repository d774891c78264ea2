import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@holdfast/seams'
import type { OutcomeTable } from './replay/outcome-table.ts'
import { startStandIn } from './replay/stand-in.ts'
import { sendTraffic, type Outcome, type TrafficOptions } from './replay/traffic.ts'

/**
 * The world outside the router, in a thread of its own: the stand-in upstreams, and the clients. So the
 * router's event loop serves the router alone, as it would with real upstreams, and nothing is left
 * running when the process ends.
 */
export type ToWorld = { readonly kind: 'send' } & Omit<
  TrafficOptions,
  'table' | 'clock' | 'onOutcome'
>
export type FromWorld =
  | { readonly kind: 'ready'; readonly baseUrls: readonly string[] }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'sent' }

const OUTCOMES_PER_MESSAGE = 16

if (parentPort !== null) {
  const port = parentPort
  const tell = (message: FromWorld): void => port.postMessage(message)
  const table = workerData as OutcomeTable
  const standIns = await Promise.all(
    table.routes.map((_route, index) => startStandIn(table, index, systemClock)),
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
    // An error surfaces as the worker's 'error' event, and the replay ends with it.
    void sendTraffic({ ...message, table, clock: systemClock, onOutcome }).then(() => {
      flush()
      tell({ kind: 'sent' })
    })
  })
  tell({ kind: 'ready', baseUrls: standIns.map(({ baseUrl }) => baseUrl) })
}
