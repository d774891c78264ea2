import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Clock, Observe, Timer } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import type { RouterFact } from '../tell/facts.ts'
import type { MetricValues } from '../tell/metric-values.ts'
import { gatherMetrics } from './gather-metrics.ts'
import { ENDED_WELL, startLife, type Life } from './life.ts'
import type { IdSeries, ToWorker } from './messages.ts'
import { restartAfter, type Endings } from './restart.ts'

export interface WorkersOptions {
  readonly clock: Clock
  readonly observe: Observe<RouterFact>
  readonly log: 'info' | 'warn'
  readonly isTrusted: boolean
  /** The metrics of this process. */
  readonly ownValues: () => Promise<MetricValues>
  /** In a replay: how a worker names its decisions. @param name which no other process of the run is given. */
  readonly ids?: ((name: string, turn: IdSeries['turn']) => IdSeries) | undefined
  readonly onAnswered?: ((addedMs: number) => void) | undefined
}

/** The processes that answer. */
export interface Workers {
  /**
   * Resolves when all of them answer, or were tried.
   * @throws what kept the first of them from listening; then none is left.
   */
  start(): Promise<void>
  /** Tells all of them that the lock of the data directory is gone. */
  loseLock(): void
  /** Ends all of them. @returns, when they are gone, whether each ended by itself and well. */
  stop(reason: string): Promise<boolean>
}

/** Longer than a worker may take to end by itself, in ms. */
const GRACE_MS = 5_000

/** Where a worker is, or will be again. */
interface Place {
  readonly index: number
  life: Life | null
  sinceMs: number
  endings: Endings
  /** Until the next one is started. */
  pause: Timer | null
}

/** @param config says at which port, which is not 0: should all of them end at once, the next listens there again. */
export function createWorkers(config: Config, options: WorkersOptions): Workers {
  const { clock, observe, ownValues, ids, onAnswered, isTrusted, log } = options
  const places = Array.from({ length: config.workers }, (_, index): Place => {
    return { index, life: null, sinceMs: 0, endings: { early: 0 }, pause: null }
  })
  const gathering = gatherMetrics({ ownValues, clock })
  let started = 0
  let isLockLost = false
  let isStopping = false

  /** Starts a worker, and another one when it has ended. @returns when it listens. */
  const fill = async (place: Place): Promise<void> => {
    const name = `worker ${started}`
    started += 1
    const turn = { of: config.workers, index: place.index }
    const start: ToWorker = {
      kind: 'start',
      config,
      isTrusted,
      log,
      ids: ids?.(name, turn) ?? null,
    }
    const life = startLife((message) => {
      gathered.hear(message)
      if (message.kind === 'answered') onAnswered?.(message.addedMs)
    })
    const gathered = gathering.join((message) => life.tell(message))
    place.life = life
    place.sinceMs = clock.monotonicMs()
    void life.ended.then((how) => {
      gathered.leave()
      place.life = null
      if (!isStopping) replace(place, life, how)
    })
    life.tell(start)
    if (isLockLost) life.tell({ kind: 'lock-lost' })
    await life.listening
    observe({
      kind: 'router.worker-started',
      worker: place.index + 1,
      workerPid: life.pid ?? 0,
    })
  }

  const replace = (place: Place, life: Life, how: string): void => {
    const { endings, inMs } = restartAfter(place.endings, clock.monotonicMs() - place.sinceMs)
    place.endings = endings
    observe({
      kind: 'router.worker-ended',
      worker: place.index + 1,
      workerPid: life.pid ?? 0,
      how,
      restartInMs: inMs,
    })
    place.pause = clock.after(inMs, () => {
      // One that cannot start ends: that is told, and followed by the next try.
      fill(place).catch(() => {})
    })
  }

  const tellAll = (message: ToWorker): void => {
    for (const { life } of places) life?.tell(message)
  }

  const stop = async (reason: string): Promise<boolean> => {
    isStopping = true
    gathering.end()
    for (const { pause } of places) pause?.cancel()
    const lives = places.flatMap(({ life }) => (life === null ? [] : [life]))
    tellAll({ kind: 'stop', reason })
    using _deadline = clock.after(config.shutdownMs + GRACE_MS, () => {
      for (const life of lives) life.kill()
    })
    const how = await Promise.all(lives.map(({ ended }) => ended))
    return how.every((one) => one === ENDED_WELL)
  }

  return {
    async start() {
      setUpCluster()
      const [first, ...others] = places
      if (first === undefined) throw new Error('unreachable: there is at least one worker')
      try {
        // The first alone: what keeps it from working would keep the others from it too.
        await fill(first)
      } catch (error) {
        await stop('it could not start')
        throw error
      }
      await Promise.allSettled(others.map(fill))
    },
    loseLock() {
      isLockLost = true
      tellAll({ kind: 'lock-lost' })
    },
    stop,
  }
}

/** What it sets is of the whole process, and the same for every router in it. */
function setUpCluster(): void {
  // Each worker takes connections itself. Were they handed to workers in turn, as is the default, then one that was
  // handed to a worker in the moment of its death would be held open for ever, and answered by nobody.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({
    exec: fileURLToPath(import.meta.resolve('#worker')),
    args: [],
    serialization: 'advanced',
  })
}
