import { fanOut, seededRandom, type Observe } from '@holdfast/seams'
import { replayIds } from '../replay/replay-ids.ts'
import { startRouter, type RunningRouter } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import { logFacts } from '../tell/log.ts'
import type { Failure, FromWorker, IdSeries, ToWorker } from './messages.ts'

/**
 * Works as one of several processes of a router: does what the first one tells it, and ends with it.
 * @param exit ends the process at once.
 */
export async function runWorker(exit: () => never): Promise<void> {
  const asked = new Map<number, (text: string) => void>()
  let router: RunningRouter | null = null
  let own: (() => Promise<readonly object[]>) | null = null

  const end = async (reason: string): Promise<void> => {
    await router?.stop(reason)
    exit()
  }
  /** Told what is asked of this process, and asks for the metrics of all. */
  const share = (values: () => Promise<readonly object[]>): (() => Promise<string>) => {
    own = values
    let asks = 0
    return () =>
      new Promise((resolve) => {
        asks += 1
        asked.set(asks, resolve)
        tell({ kind: 'metrics?', ask: asks })
      })
  }
  // A terminal's Ctrl-C goes to every process; the first one says when to stop.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  process.on('SIGTERM', () => void end('SIGTERM'))
  // Without the first process nobody hears us, and nobody else has the directory's lock.
  process.on('disconnect', () => void end('the first process is gone'))
  const start = await new Promise<Start>((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'start') resolve(message)
      else if (message.kind === 'stop') void end(message.reason)
      else if (message.kind === 'values?') {
        void own?.().then((values) => tell({ kind: 'values', ask: message.ask, values }))
      } else if (message.kind === 'metrics') {
        asked.get(message.ask)?.(message.text)
        asked.delete(message.ask)
      }
    })
  })
  try {
    router = await startRouter(start.config, {
      observe: observerOf(start),
      worker: { isTrusted: start.isTrusted, share },
      ...(start.ids === null ? {} : { newId: namesOf(start.ids) }),
    })
    tell({ kind: 'listening', port: Number(new URL(router.url).port) })
  } catch (error) {
    const { message = String(error), code, address, port } = error as Partial<Failure>
    tell({ kind: 'failed', error: { message, code, address, port } })
    await end('it could not start')
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
    if (fact.kind === 'router.answered') tell({ kind: 'answered', addedMs: fact.addedMs })
  })
}

function tell(message: FromWorker): void {
  // The first process may have gone: then there is nobody to tell, and `disconnect` ends this one.
  if (process.connected) process.send?.(message, undefined, {}, () => {})
}
