import { fanOut, ignore, seededRandom, systemClock, type Observe } from '@holdfast/seams'
import { ConfigError, type Config, type Flags } from '../config/read-config.ts'
import type { RunningRouter } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import { createBreakerStates } from './breaker-states.ts'
import { createFlakyTally } from './flaky-report.ts'
import { FLAKY_ROUTES, FLAKY_ROWS, flakyPlan, withLatencies, type Fault } from './flaky.ts'
import { shuffled } from './order.ts'
import { outageReport } from './outage-report.ts'
import type { FaultNews } from './fault-player.ts'
import { withOutage, type Outage } from './outage.ts'
import type { OutcomeTable } from './outcome-table.ts'
import { guardrailOf, replayConfig, type ReplayConfigOptions } from './replay-config.ts'
import { keepReport, prepareReplay } from './replay-directory.ts'
import { startReplayed } from './replayed-router.ts'
import { showProgress } from './progress.ts'
import type { Scenario } from './scenario.ts'
import { createTally, type Report } from './tally.ts'
import type { Outcome } from './traffic.ts'
import type { PriorSource } from './warm-start.ts'
import { startWorld, type WorldThread } from './world-thread.ts'

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
  const stream = streamOf(options)
  const world = startWorld(stream)
  try {
    const config = replayConfig(options, await world.ready, systemClock)
    return await playThrough(options, stream, config, world)
  } catch (error) {
    await world.stop()
    throw error
  }
}

/** What is sent, and what happens on the way. */
interface Stream {
  readonly table: OutcomeTable
  readonly order: readonly number[]
  readonly outage: Outage | null
  readonly faults: readonly Fault[] | null
}

/** One while all is well, and two after it. */
const LEAST_FOR_AN_OUTAGE = 3
/** While routes fail every so manieth answer is a stream: where one breaks off, its client sees it. */
const STREAM_EVERY = 20

/** @throws {ConfigError} if the scenario needs more than there is. */
function streamOf(options: ReplayOptions): Stream {
  const { table, lambda, seed, limit, scenario } = options
  const random = seededRandom(seed)
  const order = shuffled(table.rows.length, random.split('order')).slice(0, limit)
  if (scenario === 'outage') {
    needs('prompts', LEAST_FOR_AN_OUTAGE, order.length)
    const outage = withOutage(table, order, lambda)
    return { table: outage.table, order, outage, faults: null }
  }
  if (scenario === 'flaky') {
    const ids = table.routes.map(({ id }) => id)
    needs('prompts', FLAKY_ROWS, order.length)
    needs('routes', FLAKY_ROUTES, ids.length)
    const { workers = 1 } = options.flags
    // Each process has breakers of its own, and only those of this one are watched.
    if (workers !== 1) {
      throw new ConfigError('--scenario', [`it needs --workers 1, got ${workers}`])
    }
    const faults = flakyPlan(order.length, ids.length, ids.indexOf(guardrailOf(table)))
    return { table: withLatencies(table, random.split('latencies')), order, outage: null, faults }
  }
  return { table, order, outage: null, faults: null }
}

function needs(what: string, least: number, got: number): void {
  if (got >= least) return
  throw new ConfigError('--scenario', [`it needs at least ${least} ${what}, got ${got}`])
}

async function playThrough(
  options: ReplayOptions,
  { table, order, outage, faults }: Stream,
  config: Config,
  world: WorldThread,
): Promise<Replayed> {
  const { lambda, seed, concurrency, sendTask, scenario, halfLifeHours, observe, signal } = options
  const { dataDir } = options.flags
  const clock = systemClock
  const prior = sourceOf(config)
  const tally = createTally(table, lambda, order.length)
  const states = createBreakerStates()
  const ids = table.routes.map(({ id }) => id)
  const flaky = faults === null ? null : createFlakyTally(faults, ids, clock)
  let before = 0
  const router = await startReplayed(config, {
    seed,
    observe: fanOut(observe, states.hear, flaky?.hear ?? ignore, (fact) => {
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
    const progress = showProgress(tally, states.now, order.length, clock, options.progressTo)
    const startMs = clock.monotonicMs()
    const { url } = router
    try {
      const streamEvery = flaky === null ? null : STREAM_EVERY
      const heard = {
        onOutcome: (outcome: Outcome) => {
          tally.add(outcome)
          flaky?.add(outcome)
        },
        onFault: (news: FaultNews) => flaky?.addNews(news),
      }
      const message = { kind: 'send', url, order, concurrency, sendTask, streamEvery } as const
      await world.send(message, heard, signal)
    } finally {
      progress.end()
    }
    const elapsedMs = clock.monotonicMs() - startMs
    await flaky?.settled(clock, signal)
    const report: Report = {
      ...tally.report(seed, elapsedMs),
      workers: config.workers,
      learned: (await router.learned()) - before,
      resumedAfter: before,
      prior,
      outage:
        outage === null
          ? null
          : await outageReport({ outage, order, answered: tally.answered, config, seed, sendTask }),
      flaky: flaky?.report() ?? null,
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
