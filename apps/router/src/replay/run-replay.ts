import { Worker } from 'node:worker_threads'
import { fanOut, seededRandom, systemClock, type Observe } from '@holdfast/seams'
import { ConfigError, type Config, type Flags } from '../config/read-config.ts'
import type { RunningRouter } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import type { FromWorld, ToWorld } from '../world.ts'
import { shuffled } from './order.ts'
import { outageReport } from './outage-report.ts'
import { withOutage, type Outage, type Scenario } from './outage.ts'
import type { OutcomeTable } from './outcome-table.ts'
import { replayConfig, type ReplayConfigOptions } from './replay-config.ts'
import { keepReport, prepareReplay } from './replay-directory.ts'
import { startReplayed } from './replayed-router.ts'
import { showProgress } from './progress.ts'
import { createTally, type Report } from './tally.ts'
import type { PriorSource } from './warm-start.ts'

export interface ReplayOptions extends ReplayConfigOptions {
  readonly seed: number
  readonly concurrency: number
  /** Most rows to play. */
  readonly limit: number
  /** Null: nothing happens on the way. */
  readonly scenario: Scenario | null
  readonly flags: Flags & { readonly dataDir: string }
  readonly observe: Observe<RouterFact>
  /** Where the live line goes. */
  readonly progressTo: NodeJS.WriteStream
  /** Ends the replay early. */
  readonly signal: AbortSignal
}

export interface Replayed {
  readonly report: Report
  readonly router: RunningRouter
  /** Keeps the report beside the state, which ends the replay: the next one starts from nothing. */
  readonly keep: () => Promise<void>
  /** Stops the router and the stand-in upstreams. */
  readonly stop: (reason: string) => Promise<void>
}

/** Plays a table through a router of its own, over real HTTP, and leaves both running. */
export async function runReplay(options: ReplayOptions): Promise<Replayed> {
  const { table, lambda, seed, limit, scenario } = options
  const order = shuffled(table.rows.length, seededRandom(seed).split('order')).slice(0, limit)
  if (scenario !== null && order.length < LEAST_FOR_A_SCENARIO) {
    throw new ConfigError('--scenario', [
      `it needs at least ${LEAST_FOR_A_SCENARIO} prompts, got ${order.length}`,
    ])
  }
  const outage = scenario === null ? null : withOutage(table, order, lambda)
  const stream = { table: outage?.table ?? table, order, outage }
  const world = startWorld(stream.table)
  try {
    const config = replayConfig(options, await world.ready, systemClock)
    return await playThrough(options, stream, config, world)
  } catch (error) {
    await world.stop()
    throw error
  }
}

/** One while all is well, and two after it. */
const LEAST_FOR_A_SCENARIO = 3

/** What is sent. */
interface Stream {
  readonly table: OutcomeTable
  readonly order: readonly number[]
  readonly outage: Outage | null
}

async function playThrough(
  options: ReplayOptions,
  { table, order, outage }: Stream,
  config: Config,
  world: ReturnType<typeof startWorld>,
): Promise<Replayed> {
  const { lambda, seed, concurrency, sendTask, scenario, halfLifeHours, observe, signal } = options
  const { dataDir } = options.flags
  const clock = systemClock
  const prior = sourceOf(config)
  const tally = createTally(table, lambda, order.length)
  let before = 0
  const router = await startReplayed(config, {
    seed,
    observe: fanOut(observe, (fact) => {
      if (fact.kind !== 'router.state-loaded') return
      before = fact.updates
      options.progressTo.write(
        `Going on with ${fact.updates} updates of a run that was cut short (${dataDir})\n`,
      )
    }),
    onAnswered: tally.addLatency,
    prepare: () =>
      prepareReplay(dataDir, {
        table: table.name,
        rows: order.length,
        lambda,
        seed,
        features: options.features,
        sendTask,
        prior,
        scenario,
        halfLifeHours,
      }),
    signal,
  })
  const stop = async (reason: string): Promise<void> => {
    await router.stop(reason)
    await world.stop()
  }
  try {
    const progress = showProgress(tally, order.length, clock, options.progressTo)
    const startMs = clock.monotonicMs()
    const { url } = router
    try {
      await world.send({ kind: 'send', url, order, concurrency, sendTask }, tally.add, signal)
    } finally {
      progress.end()
    }
    const report: Report = {
      ...tally.report(seed, clock.monotonicMs() - startMs),
      workers: config.workers,
      learned: (await router.learned()) - before,
      resumedAfter: before,
      prior,
      outage:
        outage === null
          ? null
          : await outageReport({ outage, order, answered: tally.answered, config, seed, sendTask }),
    }
    return { report, router, keep: () => keepReport(dataDir, report), stop }
  } catch (error) {
    await router.stop('the replay ended early')
    throw error
  }
}

function sourceOf({ warmStart }: Config): PriorSource | null {
  if (warmStart === null) return null
  const { table, rows, effectiveCount } = warmStart
  return { table, rows, effectiveCount }
}

function startWorld(table: OutcomeTable) {
  const worker = new Worker(new URL(import.meta.resolve('#world')), { workerData: table })
  const failed = new Promise<never>((_resolve, reject) => {
    worker.once('error', reject)
  })
  // Whoever waits for the world hears of its end; nobody waiting is no reason to crash.
  failed.catch(() => {})
  const heard = <Kind extends FromWorld['kind']>(kind: Kind) =>
    new Promise<Extract<FromWorld, { kind: Kind }>>((resolve) => {
      worker.on('message', (message: FromWorld) => {
        if (message.kind === kind) resolve(message as Extract<FromWorld, { kind: Kind }>)
      })
    })
  return {
    ready: Promise.race([heard('ready'), failed]).then(({ baseUrls }) => baseUrls),
    async send(
      message: ToWorld,
      onOutcome: (outcome: Extract<FromWorld, { kind: 'outcomes' }>['outcomes'][number]) => void,
      signal: AbortSignal,
    ): Promise<void> {
      worker.on('message', (told: FromWorld) => {
        if (told.kind === 'outcomes') for (const outcome of told.outcomes) onOutcome(outcome)
      })
      const sent = heard('sent')
      worker.postMessage(message)
      await Promise.race([sent, failed, aborted(signal)])
    },
    async stop() {
      await worker.terminate()
    },
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
