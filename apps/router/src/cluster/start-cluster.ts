import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { fanOut, systemClock, systemRandom, type Clock, type Observe } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import { lockDirectory } from '../learning/directory-lock.ts'
import { openLearned, type LearnedStore } from '../learning/learned-store.ts'
import { metricsOptions, tellSettings, urlOf, type RunningRouter } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import { createMetrics } from '../tell/metrics.ts'
import { gatherMetrics } from './gather-metrics.ts'
import type { FromWorker, IdSeries, ToWorker } from './messages.ts'
import { restartAfter, type Endings } from './restart.ts'

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

/** Longer than a worker may take to end by itself, in ms. */
const GRACE_MS = 5_000

/**
 * Starts a router of several processes on one port (node:cluster). This one answers no request: it has the lock of the data
 * directory, starts the others, starts a killed one anew, and adds up their metrics.
 * @throws what `startRouter` throws; then no process is left.
 */
export async function startCluster(
  config: Config,
  options: ClusterOptions,
): Promise<RunningRouter> {
  const { clock = systemClock } = options
  const metrics = createMetrics({ ...metricsOptions(config), ofProcess: false })
  const observe = fanOut<RouterFact>(options.observe, metrics.observe)
  tellSettings(config, observe)
  const lock = await lockDirectory(config, observe, options.signal)
  let learned: LearnedStore | null = null
  const close = async (): Promise<void> => {
    await learned?.store?.close()
    await lock.release()
  }
  try {
    options.prepare?.()
    learned = await openLearned({ config, clock, random: systemRandom, observe })
    const workers = workersOf(config, { ...options, clock, observe }, learned, () =>
      metrics.values({ awaiting: 0, unsaved: 0, savedAtMs: null }),
    )
    const port = await workers.start()
    const url = urlOf(config.listen.host, port)
    observe({ kind: 'router.listening', url })
    const stop = async (reason: string): Promise<void> => {
      observe({ kind: 'router.stopping', reason })
      await workers.stop(reason)
      await close()
    }
    const { store } = learned
    let stopped: Promise<void> | null = null
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

/** Where a worker is, or will be again. */
interface Place {
  readonly index: number
  worker: Worker | null
  sinceMs: number
  endings: Endings
}

/** The processes that answer. */
function workersOf(
  config: Config,
  options: ClusterOptions & { readonly clock: Clock },
  { store, isTrusted }: LearnedStore,
  ownValues: () => Promise<readonly object[]>,
): { start(): Promise<number>; stop(reason: string): Promise<void> } {
  const { clock, observe } = options
  const places = Array.from({ length: config.workers }, (_, index): Place => {
    return { index, worker: null, sinceMs: 0, endings: { early: 0 } }
  })
  const alive = (): Worker[] => places.flatMap(({ worker }) => (worker === null ? [] : [worker]))
  const gathering = gatherMetrics({ workers: alive, ownValues, clock })
  let isStopping = false
  let started = 0

  /** Starts a worker. @returns the port it listens on. */
  const begin = async (place: Place): Promise<number> => {
    const number = started
    started += 1
    const after = options.ids === undefined ? 0 : await learnedBy(store)
    const turn = { of: config.workers, index: place.index }
    const ids = options.ids?.(`worker ${number}`, turn, after) ?? null
    const worker = cluster.fork()
    place.worker = worker
    place.sinceMs = clock.monotonicMs()
    worker.on('message', (message: FromWorker) => {
      gathering.hear(worker, message)
      if (message.kind === 'answered') options.onAnswered?.(message.addedMs)
    })
    worker.once('exit', (code: number | null, signal: string | null) => {
      ended(place, worker, signal ?? `exit code ${code}`)
    })
    const listening = listeningPort(worker)
    send(worker, { kind: 'start', config, isTrusted, log: options.log, ids })
    const port = await listening
    observe({
      kind: 'router.worker-started',
      worker: place.index + 1,
      workerPid: worker.process.pid ?? 0,
    })
    return port
  }

  const ended = (place: Place, worker: Worker, how: string): void => {
    gathering.keep(worker)
    place.worker = null
    if (isStopping) return
    const { endings, inMs } = restartAfter(place.endings, clock.monotonicMs() - place.sinceMs)
    place.endings = endings
    const workerPid = worker.process.pid ?? 0
    observe({
      kind: 'router.worker-ended',
      worker: place.index + 1,
      workerPid,
      how,
      restartInMs: inMs,
    })
    clock.after(inMs, () => {
      // One that cannot start ends: that is told, and followed by the next try.
      if (!isStopping) begin(place).catch(() => {})
    })
  }

  const stop = async (reason: string): Promise<void> => {
    isStopping = true
    gathering.end()
    const workers = alive()
    const gone = Promise.all(workers.map((worker) => isGone(worker)))
    for (const worker of workers) send(worker, { kind: 'stop', reason })
    using _deadline = clock.after(config.shutdownMs + GRACE_MS, () => {
      for (const worker of workers) worker.process.kill('SIGKILL')
    })
    await gone
  }

  return {
    async start() {
      cluster.setupPrimary({
        exec: fileURLToPath(import.meta.resolve('#worker')),
        args: [],
        serialization: 'advanced',
      })
      try {
        // The first alone: if the port is taken, one says so.
        const [first, ...others] = places
        const port = first === undefined ? 0 : await begin(first)
        await Promise.all(others.map((place) => begin(place)))
        return port
      } catch (error) {
        await stop('it could not start')
        throw error
      }
    },
    stop,
  }
}

/** @throws what kept it from listening. */
function listeningPort(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'listening') resolve(message.port)
      if (message.kind === 'failed') {
        const { message: text, ...fields } = message.error
        reject(Object.assign(new Error(text), fields))
      }
    })
    worker.once('exit', (code: number | null, signal: string | null) => {
      reject(new Error(`a worker ended before it listened: ${signal ?? `exit code ${code}`}`))
    })
  })
}

async function isGone(worker: Worker): Promise<void> {
  if (!worker.isDead()) await once(worker, 'exit')
}

function send(worker: Worker, message: ToWorker): void {
  // One that has just ended hears nothing; its end is told elsewhere.
  if (worker.isConnected()) worker.send(message, () => {})
}
