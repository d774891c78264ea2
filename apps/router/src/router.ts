import type { AddressInfo } from 'node:net'
import { watchRollout, type RolloutWatch } from '@holdfast/promotion'
import {
  fanOut,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import { v7 } from 'uuid'
import { createAnomalySwitch, type AnomalySwitch } from './anomaly/switch.ts'
import type { Config } from './config/read-config.ts'
import { obeyOperators } from './breakers/operator-orders.ts'
import { createRouteBreakers } from './breakers/route-breakers.ts'
import { createRouterHealth, type RouterHealth } from './health/router-health.ts'
import { stopInOrder } from './health/stop-in-order.ts'
import { banditOptions } from './decide/bandit-options.ts'
import { together } from './decide/restrictions.ts'
import { createRetryBudget } from './decide/retry.ts'
import { createComparison } from './decide/tri-delta.ts'
import { createAnswerCache } from './http/answer-cache.ts'
import { publishAdmin } from './http/admin-file.ts'
import { createGateway } from './http/gateway.ts'
import { tellSaved } from './http/outcome.ts'
import type { RouterParts } from './http/router-parts.ts'
import { connectUpstream } from './http/upstream.ts'
import { lockDirectory, type DirectoryLock } from './learning/directory-lock.ts'
import { openAmongOthers, openLearned } from './learning/learned-store.ts'
import { openLearner } from './learning/learner.ts'
import { openRouterLedger } from './learning/ledger.ts'
import type { RouterFact } from './tell/facts.ts'
import type { MetricValues } from './tell/metric-values.ts'
import { createMetrics, type MetricsOptions, type ScrapedState } from './tell/metrics.ts'

export interface RouterOptions {
  readonly observe: Observe<RouterFact>
  readonly clock?: Clock
  readonly random?: Random
  /** Names decisions. Default: UUID version 7 (RFC 9562) of `clock` and `random`. */
  readonly newId?: () => string
  /** Called once the port is ours, before anything in the data directory is touched. */
  readonly prepare?: () => void
  /** Ends the start, while it waits for another router to end. */
  readonly signal?: AbortSignal
  /** Set when this is one of several processes of a router, whose first has the directory. */
  readonly worker?: WorkerRole
}

/** What a process of a router gets from the first one. */
export interface WorkerRole {
  readonly isTrusted: boolean
  /** The first process's, as far as this one hears of it. */
  readonly lock: DirectoryLock
  /** Hands over how to ask for this process's metrics. @returns how to ask for those of all. */
  readonly share: (own: () => Promise<MetricValues>) => () => Promise<string>
}

/** How a stop went. */
export interface Stopped {
  /** False when something hung or failed, and was left behind; the log names it. */
  readonly isClean: boolean
}

/** A router that listens. */
export interface RunningRouter {
  readonly url: string
  /** Decisions learned so far, by every process. */
  learned(): Promise<number>
  /** Takes no more requests, lets those at work finish (up to `shutdownMs`), saves, lets go of everything. */
  stop(reason: string): Promise<Stopped>
}

/**
 * Starts a router of one process. The port and the lock of the data directory come first and the learned state after
 * them, so that a second router started by mistake fails before it has touched anything of the first.
 */
export async function startRouter(config: Config, options: RouterOptions): Promise<RunningRouter> {
  const { clock = systemClock, worker } = options
  const { listen, bodyLimitBytes } = config
  const metrics = createMetrics(metricsOptions(config))
  let parts: RouterParts | null = null
  let anomaly: AnomalySwitch | null = null
  let rollout: RolloutWatch | null = null
  let health: RouterHealth | null = null
  const observe = fanOut<RouterFact>(options.observe, metrics.observe, (fact) => {
    anomaly?.hear(fact)
    health?.hear(fact)
    if (fact.kind === 'bandit-store.recovered' && parts !== null) void tellSaved(parts)
  })
  if (worker === undefined) tellSettings(config, observe)

  const atWork = new Set<Promise<unknown>>()
  const scraped = (): ScrapedState => {
    const { unsaved, savedAtMs } = parts?.learner.health() ?? { unsaved: 0, savedAtMs: null }
    const breakers = parts?.breakers.readings() ?? []
    return { awaiting: parts?.learner.awaiting ?? 0, unsaved, savedAtMs, breakers }
  }
  const text =
    worker?.share(() => metrics.values(scraped())) ??
    ((): Promise<string> => metrics.text(scraped()))
  const watched = (health = createRouterHealth(config, { clock, observe }))
  const gateway = {
    parts: () => parts,
    clock,
    observe,
    bodyLimitBytes,
    metrics: { contentType: metrics.contentType, text },
    admin: { token: config.adminToken, key: config.adminKey },
    health: { health: watched.health, slots: config.health.slots },
    atWork,
  }
  const app = createGateway(gateway)
  await app.listen(listen)
  let lock = worker?.lock
  try {
    if (lock === undefined) {
      lock = await lockDirectory(config, observe, options.signal)
      options.prepare?.()
    }
    anomaly = createAnomalySwitch({
      settings: config.anomaly,
      routes: config.routeList.map(({ id }) => id),
      guardrail: config.guardrail,
      clock,
      observe,
    })
    rollout = await obeyRollout(config, observe)
    parts = await openParts(config, options, { observe, lock, anomaly, rollout })
  } catch (error) {
    anomaly?.[Symbol.dispose]()
    await rollout?.close()
    await lock?.release()
    await app.close()
    throw error
  }
  watched.watch(parts)
  const { learner } = parts
  const { port } = app.server.address() as AddressInfo
  const url = urlOf(listen.host, port)
  const published =
    worker === undefined ? await publishAdmin(config, url, { clock, observe }) : null
  if (worker === undefined) observe({ kind: 'router.listening', url })

  const unwatch = async (): Promise<void> => {
    anomaly?.[Symbol.dispose]()
    await published?.withdraw()
  }
  const lifecycle = stopInOrder({
    config,
    app,
    atWork,
    parts,
    lock,
    health: watched,
    unwatch,
    rollout,
    clock,
    observe,
  })
  return {
    url,
    learned: () => Promise.resolve(learner.updates),
    async stop(reason) {
      if (worker === undefined && !lifecycle.isStopping)
        observe({ kind: 'router.stopping', reason })
      return await lifecycle.stop(reason)
    },
  }
}

/** Says what of the configuration has no effect, and what learning starts from. */
export function tellSettings(config: Config, observe: Observe<RouterFact>): void {
  for (const setting of config.ignored) observe({ kind: 'router.ignored-setting', ...setting })
  if (config.warmStart === null) return
  const { prior: _, ...told } = config.warmStart
  observe({ kind: 'router.prior-loaded', ...told })
}

export const metricsOptions = ({ build, anomaly }: Config): MetricsOptions => ({
  build,
  fastRoute: anomaly.fastRoute,
})

export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`

/** Follows the rollout in the data directory, whoever changes it, or goes by a share that is fixed. */
function obeyRollout(
  { rollout, rolloutDirectory: directory }: Config,
  observe: Observe<RouterFact>,
): Promise<RolloutWatch> {
  const { kill, pilot: fixedPilot } = rollout
  const enabled = rollout.enabled ?? fixedPilot === null
  return watchRollout({
    directory,
    pid: process.pid,
    switches: { kill, enabled },
    fixedPilot,
    observe,
  })
}

/** What was there before the parts. */
interface Surroundings {
  readonly observe: Observe<RouterFact>
  readonly lock: Pick<DirectoryLock, 'isLost'>
  readonly anomaly: AnomalySwitch
  readonly rollout: RolloutWatch
}

/** Opens what a request meets: ledger, learned state, upstreams. */
async function openParts(
  config: Config,
  options: RouterOptions,
  { observe, lock, anomaly, rollout }: Surroundings,
): Promise<RouterParts> {
  const { clock = systemClock, random = systemRandom, worker } = options
  const { features, learning, routeList, caps, lambda } = config
  const guardrail = routeList.find(({ id }) => id === config.guardrail)
  if (guardrail === undefined)
    throw new Error('unreachable: the guardrail was checked to be a route')

  const ledger = openRouterLedger(config, { clock, observe })
  const { dim: _dim, ...bandit } = { ...banditOptions(config), random, clock }
  const place = { config, clock, random: systemRandom, observe }
  const learned =
    worker === undefined ? await openLearned(place) : await openAmongOthers(place, worker.isTrusted)
  const { halfLifeHours } = learning
  const isShared = config.workers > 1
  const learner = await openLearner(learned, { bandit, caps, halfLifeHours, isShared, observe })
  const upstreams = new Map(routeList.map((route) => [route.id, connectUpstream(route, clock)]))
  const settings = config.breaker
  const breakers = createRouteBreakers({
    routes: routeList,
    upstreams,
    settings,
    clock,
    random,
    observe,
  })
  const orders = obeyOperators({
    path: config.ordersPath,
    breakers,
    routes: routeList.map(({ id }) => id),
    clock,
    observe,
  })
  return {
    routes: routeList,
    guardrail,
    upstreams,
    breakers,
    orders,
    retry: config.retry,
    retryBudget: createRetryBudget(config.retry, clock),
    fallback: config.fallback,
    cache: createAnswerCache(config.cache, clock),
    restrictions: () => together(anomaly.restrictions(), breakers.restrictions()),
    rollout: () => rollout.current,
    features,
    lambda,
    learnShadow: learning.learnShadow,
    learner,
    caps,
    lock,
    unsaved: new Map(),
    ledger,
    compare: createComparison(guardrail.id),
    newId: options.newId ?? (() => uuid(clock.wallMs(), random)),
    clock,
    random,
    observe,
  }
}

/** A UUID version 7 (RFC 9562) from the given time and chance. */
export function uuid(wallMs: number, random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => random.integer(256))
  return v7({ msecs: wallMs, random: bytes, seq: random.integer(2 ** 31) })
}
