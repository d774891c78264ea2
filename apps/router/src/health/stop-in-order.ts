import { createLifecycle, type Lifecycle } from '@holdfast/health'
import type { Clock, Observe } from '@holdfast/seams'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config/read-config.ts'
import type { RouterParts } from '../http/router-parts.ts'
import type { DirectoryLock } from '../learning/directory-lock.ts'
import type { RouterFact } from '../tell/facts.ts'
import type { RouterHealth } from './router-health.ts'

/** How long a request that was cut off may take to be written down, in ms; then it is left behind. */
const CUT_OFF_MS = 1_000
/** How long saving may take after the last request, in ms. A process of several is killed a second later. */
const SAVING_MS = 3_000

export interface StopOptions {
  readonly config: Pick<Config, 'shutdownMs' | 'drainMs'>
  readonly app: FastifyInstance
  readonly atWork: ReadonlySet<Promise<unknown>>
  readonly parts: RouterParts
  readonly lock: DirectoryLock
  readonly health: RouterHealth
  /** Lets go of whatever watches requests. */
  readonly unwatch: () => Promise<void>
  /** What tells how far the policy may act. */
  readonly rollout: { close(): Promise<void> }
  readonly clock: Clock
  readonly observe: Observe<RouterFact>
}

/**
 * How a router ends: not ready at once; after the drain no more connections; requests under way have `shutdownMs` in all, and
 * are cut off then; then everything learned is saved, and the data directory is let go of last.
 */
export function stopInOrder(options: StopOptions): Lifecycle {
  const { app, atWork, parts, lock, health, unwatch, rollout, clock, observe } = options
  const { shutdownMs, drainMs } = options.config
  const { learner, ledger, upstreams, breakers, orders } = parts
  const requestsMs = shutdownMs - drainMs
  const lifecycle = createLifecycle({
    drainMs,
    deadlineMs: shutdownMs + CUT_OFF_MS + SAVING_MS,
    health: health.health,
    clock,
    observe,
  })
  const requests = async (): Promise<void> => {
    using _deadline = clock.after(requestsMs, () => app.server.closeAllConnections())
    await app.close()
    // A call that the deadline cut off is still written down and learned from.
    await Promise.allSettled(atWork)
  }
  lifecycle.onStop('requests', requests, { timeoutMs: requestsMs + CUT_OFF_MS })
  lifecycle.onStop('health', () => health.close(), { after: ['requests'] })
  const watchers = async (): Promise<void> => {
    await unwatch()
    orders[Symbol.dispose]()
    breakers.close()
  }
  lifecycle.onStop('watchers', watchers, { after: ['requests'] })
  lifecycle.onStop('rollout', () => rollout.close(), { after: ['requests'] })
  lifecycle.onStop('learning', () => learner.close(), { after: ['watchers'] })
  // What is saved only now is still to be written down.
  lifecycle.onStop('ledger', () => ledger.close(), { after: ['learning'] })
  lifecycle.onStop('lock', () => lock.release(), {
    after: ['learning', 'ledger', 'rollout', 'health'],
  })
  const connections = async (): Promise<void> => {
    await Promise.all([...upstreams.values()].map((upstream) => upstream.close()))
  }
  lifecycle.onStop('connections', connections, { after: ['requests'] })
  return lifecycle
}
