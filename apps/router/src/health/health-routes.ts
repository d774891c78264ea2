import { healthRoutes } from '@holdfast/health/fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { checkAdmin, type Admin } from '../http/admin.ts'
import type { RouterParts } from '../http/router-parts.ts'
import { learningState } from './checks.ts'
import type { RouterHealth } from './router-health.ts'
import { slotsOf, type Slots } from './slots.ts'

export interface HealthRoutesOptions {
  readonly health: RouterHealth['health']
  readonly slots: Slots
  /** @throws until there are parts. */
  readonly ready: () => RouterParts
  readonly admin: Admin
}

/** `/healthz`, `/readyz`, `/health` and `/health/slots`. What the checks say is told to operators only. */
export function addHealthRoutes(app: FastifyInstance, options: HealthRoutesOptions): void {
  const { health, slots, ready, admin } = options

  const isOperator = (request: FastifyRequest): boolean => {
    try {
      checkAdmin(request, admin)
      return true
    } catch {
      // Whoever is no operator is told how the router is, and no more.
      return false
    }
  }

  void app.register(healthRoutes, { health, paths: { '/healthz': 'live' } })

  void app.register(async (begun) => {
    begun.addHook('onRequest', async () => void ready())

    // How the learning is stands beside the status; what each check says is at `/health`.
    await begun.register(healthRoutes, {
      health,
      paths: { '/readyz': 'ready' },
      fields: () => learningFields(ready()),
    })

    // Apart from readiness: a router that cannot save still answers, and must not be taken out of service for it.
    await begun.register(healthRoutes, {
      health,
      paths: { '/health': 'all' },
      authorised: isOperator,
    })

    // A report and not a probe, so it is 200 whatever it says: whoever throws 503 away would not see which slot it is.
    begun.get('/health/slots', async (request, reply) => {
      const { checks } = await health.report()
      void reply.header('cache-control', 'no-store')
      return { slots: slotsOf(slots, checks, isOperator(request)) }
    })
  })
}

function learningFields(parts: RouterParts): Readonly<Record<string, unknown>> {
  const { updates, awaiting: awaitingFeedback } = parts.learner
  return { learning: learningState(parts), updates, awaitingFeedback }
}
