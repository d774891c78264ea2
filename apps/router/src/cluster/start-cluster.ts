import { fanOut, systemClock, systemRandom, type Clock, type Observe } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import { publishAdmin } from '../http/admin-file.ts'
import { lockDirectory } from '../learning/directory-lock.ts'
import { openLearned, type LearnedStore } from '../learning/learned-store.ts'
import { metricsOptions, tellSettings, urlOf, type RunningRouter, type Stopped } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import { createMetrics } from '../tell/metrics.ts'
import { freePort } from './free-port.ts'
import type { IdSeries } from './messages.ts'
import { createWorkers, type Workers } from './workers.ts'

export interface ClusterOptions {
  readonly observe: Observe<RouterFact>
  /** What each worker writes on standard error. */
  readonly log: 'info' | 'warn'
  readonly clock?: Clock
  /** Called once the data directory is ours, before anything in it is touched. */
  readonly prepare?: () => void
  /** Ends the start, while it waits for another router to end. */
  readonly signal?: AbortSignal
  /** In a replay: how a worker names its decisions. @param name which no other process of the run is given. */
  readonly ids?: (name: string, turn: IdSeries['turn'], after: number) => IdSeries
  /** In a replay: hears what the router added to an answer, in ms. */
  readonly onAnswered?: (addedMs: number) => void
}

/**
 * Starts a router of several processes on one port (node:cluster). This one answers no request: it has the lock of the data
 * directory, starts the others, starts a killed one anew, and adds up their metrics.
 * @throws what `startRouter` throws; then no process is left.
 */
export async function startCluster(
  config: Config,
  options: ClusterOptions,
): Promise<RunningRouter> {
  const { clock = systemClock, log, onAnswered } = options
  const metrics = createMetrics({ ...metricsOptions(config), ofProcess: false })
  const observe = fanOut<RouterFact>(options.observe, metrics.observe)
  tellSettings(config, observe)
  // A port that is taken is told before anything in the data directory is touched.
  const port = await freePort(config.listen)
  const listen = { ...config.listen, port }
  let workers: Workers | null = null
  const hearOfLock = fanOut<RouterFact>(observe, ({ kind }) => {
    if (kind === 'router.lock-lost') workers?.loseLock()
  })
  const lock = await lockDirectory(config, hearOfLock, options.signal)
  let learned: LearnedStore | null = null
  const close = async (): Promise<void> => {
    try {
      await learned?.store?.close()
    } finally {
      await lock.release()
    }
  }
  try {
    options.prepare?.()
    learned = await openLearned({ config, clock, random: systemRandom, observe })
    const { store, isTrusted } = learned
    const known = (): number => store?.read().decisions ?? 0
    const { ids } = options
    const running = createWorkers(
      { ...config, listen },
      {
        clock,
        observe,
        log,
        isTrusted,
        onAnswered,
        ownValues: () => metrics.values({ awaiting: 0, unsaved: 0, savedAtMs: null }),
        ids: ids === undefined ? undefined : (name, turn) => ids(name, turn, known()),
      },
    )
    workers = running
    await running.start()
    const url = urlOf(listen.host, port)
    const published = await publishAdmin(config, url, { clock, observe })
    observe({ kind: 'router.listening', url })
    const stop = async (reason: string): Promise<Stopped> => {
      observe({ kind: 'router.stopping', reason })
      const areClean = await running.stop(reason)
      await published.withdraw()
      await close()
      return { isClean: areClean }
    }
    let stopped: Promise<Stopped> | null = null
    return {
      url,
      learned: () => learnedBy(store),
      stop: (reason) => (stopped ??= stop(reason)),
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function learnedBy(store: LearnedStore['store']): Promise<number> {
  await store?.catchUp()
  return store?.read().decisions ?? 0
}
