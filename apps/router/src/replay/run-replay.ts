import { Worker } from 'node:worker_threads'
import { fanOut, seededRandom, systemClock, type Observe, type Random } from '@holdfast/seams'
import type { ConfigInput } from '../config/config-file.ts'
import { checkConfig, type Config, type Flags } from '../config/read-config.ts'
import type { Environment } from '../config/environment.ts'
import { startRouter, uuid, type RunningRouter } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import type { FromWorld, ToWorld } from '../world.ts'
import type { OutcomeTable } from './outcome-table.ts'
import { keepReport, prepareReplay } from './replay-directory.ts'
import { showProgress } from './progress.ts'
import { createTally, type Report } from './tally.ts'

export interface ReplayOptions {
  readonly table: OutcomeTable
  readonly lambda: number
  readonly seed: number
  readonly concurrency: number
  /** Most rows to play. */
  readonly limit: number
  readonly sendTask: boolean
  readonly features: 'six' | 'surface22'
  readonly env: Environment
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
  const world = startWorld(options.table)
  try {
    const config = replayConfig(options, await world.ready)
    return await playThrough(options, config, world)
  } catch (error) {
    await world.stop()
    throw error
  }
}

async function playThrough(
  options: ReplayOptions,
  config: Config,
  world: ReturnType<typeof startWorld>,
): Promise<Replayed> {
  const { table, lambda, seed, concurrency, limit, sendTask, observe, signal } = options
  const { dataDir } = options.flags
  const clock = systemClock
  const random = seededRandom(seed)
  const order = shuffled(table.rows.length, random.split('order')).slice(0, limit)
  const tally = createTally(table, lambda, order.length)
  const ids = replayIds(random)
  // A replay is no service that is started anew: two of one directory are a mistake, to be told at once.
  const router = await startRouter(
    { ...config, lockTimeoutMs: 0 },
    {
      observe: fanOut(observe, (fact) => {
        if (fact.kind === 'router.answered') tally.addLatency(fact.addedMs)
        // Killed before its first save: the ids of the lessons that were lost are not given out again.
        if (fact.kind === 'router.state-fresh' && fact.missing > 0) ids.continueAfter(fact.missing)
        if (fact.kind === 'router.state-loaded') {
          ids.continueAfter(fact.updates)
          options.progressTo.write(
            `Going on with ${fact.updates} updates of a run that was cut short (${dataDir}); ` +
              `${fact.missing} acknowledged updates were not saved and are missing\n`,
          )
        }
      }),
      clock,
      newId: ids.next,
      prepare: () =>
        prepareReplay(dataDir, {
          table: table.name,
          rows: order.length,
          lambda,
          seed,
          features: options.features,
          sendTask,
        }),
    },
  )
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
    const report = tally.report(seed, clock.monotonicMs() - startMs)
    return { report, router, keep: () => keepReport(dataDir, report), stop }
  } catch (error) {
    await router.stop('the replay ended early')
    throw error
  }
}

/**
 * Ids that repeat with the seed, so that a replay's decisions do. Their time is logical: a decision a
 * minute, so that whatever goes by the time of a decision (forgetting by the hour, say) goes the same way in
 * every run. A replay that goes on after a crash takes new ones.
 */
function replayIds(random: Random): {
  next: () => string
  continueAfter: (updates: number) => void
} {
  let earlier = 0
  let count = 0
  let chance = random.split('ids')
  return {
    next: () => uuid(REPLAY_START_MS + (earlier + (count += 1)) * DECISION_MS, chance),
    continueAfter(updates) {
      earlier = updates
      chance = random.split(`ids after ${updates} updates`)
    },
  }
}

const REPLAY_START_MS = Date.UTC(2020, 0, 1)
const DECISION_MS = 60_000

/** The embedded default: live for everybody, every route an arm, the last one the guardrail. */
function replayConfig(
  { table, lambda, features, env, flags }: ReplayOptions,
  baseUrls: readonly string[],
): Config {
  const input: ConfigInput = {
    version: 1,
    routes: Object.fromEntries(
      table.routes.map(({ id, model }, i) => [
        id,
        // The stand-ins say what each answer cost, so there is no price list.
        { baseUrl: baseUrls[i] ?? '', model, prices: { input: 0, output: 0 } },
      ]),
    ),
    guardrail: table.routes.some(({ id }) => id === 'R4') ? 'R4' : (table.routes.at(-1)?.id ?? ''),
    lambda,
    features: { set: features },
    // A table may hold a route that costs a hundred times the others: chance must not keep trying it.
    learning: { exploreWithin: 0.25 },
    rollout: { enabled: true, pilot: 1 },
  }
  // The state of a real router is not for a replay to load, let alone to write.
  const { NOVA_ANR_STATE_PATH: _, ...others } = env
  return checkConfig('the embedded configuration', input, others, flags)
}

function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i -= 1) {
    const j = random.integer(i + 1)
    const held = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = held
  }
  return order
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
