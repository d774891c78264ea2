import type { Worker } from 'node:cluster'
import type { Clock } from '@holdfast/seams'
import { aggregated } from '../tell/metrics.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** How long a worker that hangs may keep the others' metrics back, in ms. What it said before stands in for it. */
const PATIENCE_MS = 1_000
/** How often workers are asked by themselves, in ms: what a killed one counted since is lost to the metrics. */
const EVERY_MS = 5_000

export interface GatherOptions {
  readonly workers: () => readonly Worker[]
  readonly ownValues: () => Promise<readonly object[]>
  readonly clock: Clock
}

/** The metrics of all processes as one, whichever is asked; counters of those that ended included. */
export interface Gathering {
  hear(worker: Worker, message: FromWorker): void
  /** Keeps what a worker that ended has counted. */
  keep(worker: Worker): void
  end(): void
}

export function gatherMetrics({ workers, ownValues, clock }: GatherOptions): Gathering {
  const lastOf = new Map<Worker, readonly object[]>()
  const asked = new Map<number, () => void>()
  let ended: readonly object[] = []
  let asks = 0

  /** Resolves when a worker has answered, or should have. */
  const ask = (worker: Worker): Promise<void> =>
    new Promise((resolve) => {
      asks += 1
      const number = asks
      const timer = clock.after(PATIENCE_MS, resolve, { keepsAlive: false })
      asked.set(number, () => {
        timer.cancel()
        resolve()
      })
      const message: ToWorker = { kind: 'values?', ask: number }
      if (worker.isConnected()) worker.send(message, () => {})
      else resolve()
    })

  const refresh = async (): Promise<void> => {
    await Promise.all(workers().map(ask))
  }

  const text = async (): Promise<string> => {
    await refresh()
    return await aggregated([await ownValues(), ended, ...lastOf.values()]).text()
  }

  let timer = clock.after(EVERY_MS, again, { keepsAlive: false })
  function again(): void {
    void refresh().finally(() => {
      timer = clock.after(EVERY_MS, again, { keepsAlive: false })
    })
  }

  return {
    hear(worker, message) {
      if (message.kind === 'values') {
        lastOf.set(worker, message.values)
        asked.get(message.ask)?.()
        asked.delete(message.ask)
      }
      if (message.kind !== 'metrics?') return
      void text().then((all) => {
        const answer: ToWorker = { kind: 'metrics', ask: message.ask, text: all }
        if (worker.isConnected()) worker.send(answer, () => {})
      })
    },
    keep(worker) {
      const last = lastOf.get(worker)
      lastOf.delete(worker)
      if (last === undefined) return
      void aggregated([ended, last])
        .lasting()
        .then((values) => {
          ended = values
        })
    },
    end() {
      timer.cancel()
    },
  }
}
