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
import { featureNames } from './decide/features.ts'
import { createGateway } from './http/gateway.ts'
import { connectUpstream } from './http/upstream.ts'
import type { RouterParts } from './http/router-parts.ts'
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
}

/** A router that listens. */
export interface RunningRouter {
  readonly url: string
  /** Takes no more requests, lets those at work finish (up to `shutdownMs`), saves, lets go of everything. */
  stop(reason: string): Promise<void>
}

/** Starts a router: state, ledger, upstreams, then the port. */
export async function startRouter(config: Config, options: RouterOptions): Promise<RunningRouter> {
  const { clock = systemClock, random = systemRandom } = options
  const { rollout, learning, features, guardrail, routeList } = config
  const metrics = createMetrics({
    pilot: rollout.enabled && !rollout.kill ? rollout.pilot : 0,
    version: '0.1.0',
    build: config.build,
  })
  const observe = fanOut<RouterFact>(options.observe, metrics.observe)
  for (const setting of config.ignored) observe({ kind: 'router.ignored-setting', ...setting })

  const ledger = await openLedger(config.ledgerPath, observe)
  const { alpha, ridge, priorMean, epsilon, exploreWithin } = learning
  const bandit = {
    arms: routeList.map(({ id }) => id),
    dim: featureNames(features).length,
    guardrail,
    alpha,
    ridge,
    priorMean,
    epsilon,
    exploreWithin,
    random,
    clock,
  }
  const file = stateFile(config.statePath, clock, observe)
  const { caps } = config
  const { saveInterval } = learning
  const learner = await openLearner(
    { bandit, caps, saveInterval, file, clock, observe },
    ledger.lastUpdate,
  )

  const parts: RouterParts = {
    routes: routeList,
    guardrail: routeNamed(config, guardrail),
    upstreams: new Map(routeList.map((route) => [route.id, connectUpstream(route, clock)])),
    rollout,
    features,
    lambda: config.lambda,
    learnShadow: learning.learnShadow,
    learner,
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
  const app = createGateway(parts, { bodyLimitBytes: config.bodyLimitBytes, metrics })
  await app.listen(config.listen)
  const { port } = app.server.address() as AddressInfo
  const { host } = config.listen
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  observe({ kind: 'router.listening', url })

  let stopped: Promise<void> | null = null
  const stop = async (reason: string): Promise<void> => {
    observe({ kind: 'router.stopping', reason })
    using _deadline = clock.after(config.shutdownMs, () => app.server.closeAllConnections())
    await app.close()
    await learner.save()
    await ledger.close()
    await Promise.all([...parts.upstreams.values()].map((upstream) => upstream.close()))
  }
  return { url, stop: (reason) => (stopped ??= stop(reason)) }
}

function routeNamed(config: Config, id: string) {
  const route = config.routeList.find((one) => one.id === id)
  if (route === undefined) throw new Error(`unreachable: ${id} was checked to be a route`)
  return route
}

/** A UUID version 7 (RFC 9562) from the given time and chance. */
export function uuid(wallMs: number, random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => random.integer(256))
  return v7({ msecs: wallMs, random: bytes, seq: random.integer(2 ** 31) })
}
