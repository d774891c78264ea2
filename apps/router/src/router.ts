import type { AddressInfo } from 'node:net'
import {
  fanOut,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import { v7 } from 'uuid'
import type { Config } from './config/read-config.ts'
import { banditOptions } from './decide/bandit-options.ts'
import { createGateway } from './http/gateway.ts'
import type { RouterParts } from './http/router-parts.ts'
import { connectUpstream } from './http/upstream.ts'
import { lockDirectory, type DirectoryLock } from './learning/directory-lock.ts'
import { openLearner } from './learning/learner.ts'
import { openLedger } from './learning/ledger.ts'
import { createPending } from './learning/pending.ts'
import { stateFile } from './learning/state-file.ts'
import type { RouterFact } from './tell/facts.ts'
import { createMetrics } from './tell/metrics.ts'

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
}

/** A router that listens. */
export interface RunningRouter {
  readonly url: string
  /** Takes no more requests, lets those at work finish (up to `shutdownMs`), saves, lets go of everything. */
  stop(reason: string): Promise<void>
}

/**
 * Starts a router. The port and the lock of the data directory come first and the learned state after
 * them, so that a second router started by mistake fails before it has touched anything of the first.
 */
export async function startRouter(config: Config, options: RouterOptions): Promise<RunningRouter> {
  const { clock = systemClock } = options
  const { rollout, listen, bodyLimitBytes } = config
  const metrics = createMetrics({
    pilot: rollout.enabled && !rollout.kill ? rollout.pilot : 0,
    build: config.build,
  })
  const observe = fanOut<RouterFact>(options.observe, metrics.observe)
  for (const setting of config.ignored) observe({ kind: 'router.ignored-setting', ...setting })
  if (config.warmStart !== null) {
    const { prior: _, ...told } = config.warmStart
    observe({ kind: 'router.prior-loaded', ...told })
  }

  let parts: RouterParts | null = null
  const atWork = new Set<Promise<unknown>>()
  const gateway = { parts: () => parts, clock, observe, bodyLimitBytes, metrics, atWork }
  const app = createGateway(gateway)
  await app.listen(listen)
  let lock: DirectoryLock | null = null
  try {
    lock = await lockDirectory(config, observe, options.signal)
    options.prepare?.()
    parts = await openParts(config, options, observe, lock)
  } catch (error) {
    await lock?.release()
    await app.close()
    throw error
  }
  const { learner, ledger, upstreams } = parts
  const { port } = app.server.address() as AddressInfo
  const url = `http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`
  observe({ kind: 'router.listening', url })

  const stop = async (reason: string): Promise<void> => {
    observe({ kind: 'router.stopping', reason })
    using _deadline = clock.after(config.shutdownMs, () => app.server.closeAllConnections())
    await app.close()
    // A call that the deadline cut off is still written down and learned from.
    await Promise.allSettled(atWork)
    await learner.save()
    await ledger.close()
    await lock.release()
    await Promise.all([...upstreams.values()].map((upstream) => upstream.close()))
  }
  let stopped: Promise<void> | null = null
  return { url, stop: (reason) => (stopped ??= stop(reason)) }
}

/** Opens what a request meets: ledger, learned state, upstreams. */
async function openParts(
  config: Config,
  options: RouterOptions,
  observe: Observe<RouterFact>,
  lock: DirectoryLock,
): Promise<RouterParts> {
  const { clock = systemClock, random = systemRandom } = options
  const { features, learning, rollout, routeList, caps, lambda } = config
  const guardrail = routeList.find(({ id }) => id === config.guardrail)
  if (guardrail === undefined)
    throw new Error('unreachable: the guardrail was checked to be a route')

  const ledger = await openLedger(config.ledgerPath, clock, observe)
  const bandit = { ...banditOptions(config), random, clock }
  const file = stateFile(config.statePath, lock, clock, observe)
  const learner = await openLearner(
    { bandit, caps, saveInterval: learning.saveInterval, file, clock, observe },
    ledger.lastUpdate,
  )
  return {
    routes: routeList,
    guardrail,
    upstreams: new Map(routeList.map((route) => [route.id, connectUpstream(route, clock)])),
    rollout,
    features,
    lambda,
    learnShadow: learning.learnShadow,
    learner,
    lock,
    pending: createPending({
      capacity: learning.pendingLimit,
      expireMs: learning.feedbackMs,
      clock,
      onExpired: (count) => observe({ kind: 'router.feedback-expired', count }),
    }),
    ledger,
    newId: options.newId ?? (() => uuid(clock.wallMs(), random)),
    clock,
    observe,
  }
}

/** A UUID version 7 (RFC 9562) from the given time and chance. */
export function uuid(wallMs: number, random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => random.integer(256))
  return v7({ msecs: wallMs, random: bytes, seq: random.integer(2 ** 31) })
}
