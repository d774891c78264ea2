import cluster from 'node:cluster'
import { fanOut, seededRandom, type Observe } from '@holdfast/seams'
import { replayIds } from '../replay/replay-ids.ts'
import { startRouter, type RunningRouter } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import { logFacts } from '../tell/log.ts'
import type { MetricValues } from '../tell/metric-values.ts'
import type { Failure, FromWorker, IdSeries, ToWorker } from './messages.ts'

/**
 * Works as one of several processes of a router: does what the first one tells it, and ends with it.
 * @param exit ends the process at once.
 */
export async function runWorker(exit: (code: number) => never): Promise<void> {
  const asked = new Map<number, (text: string | null) => void>()
  const lock = { isLost: false, release: () => Promise.resolve() }
  let router: RunningRouter | null = null
  let own: (() => Promise<MetricValues>) | null = null

  const end = async (reason: string): Promise<void> => {
    const stopped = await router?.stop(reason)
    exit(stopped?.isClean === false ? 1 : 0)
  }
  /** Told what is asked of this process, and asks for the metrics of all. */
  const share = (values: () => Promise<MetricValues>): (() => Promise<string>) => {
    own = values
    let asks = 0
    return async () => {
      asks += 1
      const ask = asks
      const text = await new Promise<string | null>((resolve) => {
        asked.set(ask, resolve)
        if (process.connected) void tell({ kind: 'metrics?', ask })
        else resolve(null)
      })
      asked.delete(ask)
      if (text !== null) return text
      throw new Error('the first process, which adds up the metrics, has none')
    }
  }
  const hear = (message: Exclude<ToWorker, Start>): void => {
    switch (message.kind) {
      case 'stop':
        void end(message.reason)
        break
      case 'lock-lost':
        lock.isLost = true
        break
      case 'values?':
        void own?.().then((values) => tell({ kind: 'values', ask: message.ask, values }))
        break
      case 'metrics':
        asked.get(message.ask)?.(message.text)
        break
    }
  }
  // A terminal's Ctrl-C goes to every process; the first one says when to stop.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  process.on('SIGTERM', () => void end('SIGTERM'))
  // Without the first process nobody starts this one anew, and nobody has the directory's lock; but requests under
  // way are answered. Node would otherwise end a worker at once.
  cluster.worker?.once('disconnect', () => {
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true
    for (const answer of asked.values()) answer(null)
    void end('the first process is gone')
  })
  const start = await new Promise<Start>((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'start') resolve(message)
      else hear(message)
    })
  })
  try {
    router = await startRouter(start.config, {
      observe: observerOf(start),
      worker: { isTrusted: start.isTrusted, lock, share },
      ...(start.ids === null ? {} : { newId: namesOf(start.ids) }),
    })
    await tell({ kind: 'listening', port: Number(new URL(router.url).port) })
  } catch (error) {
    const { message = String(error), code, address, port } = error as Partial<Failure>
    await tell({ kind: 'failed', error: { message, code, address, port } })
    exit(1)
  }
}

type Start = Extract<ToWorker, { kind: 'start' }>

function namesOf({ seed, name, turn, after }: IdSeries): () => string {
  const ids = replayIds(seededRandom(seed).split(name), turn)
  ids.continueAfter(after)
  return () => ids.next()
}

function observerOf({ log, ids }: Start): Observe<RouterFact> {
  const write = logFacts(log)
  if (ids === null) return write
  return fanOut(write, (fact) => {
    if (fact.kind === 'router.answered') void tell({ kind: 'answered', addedMs: fact.addedMs })
  })
}

/** Resolves when it is on its way, or there is nobody left to tell; then `disconnect` ends this process. */
async function tell(message: FromWorker): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve())
    else resolve()
  })
}
