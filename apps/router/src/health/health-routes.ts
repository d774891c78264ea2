import { answerProbe, type Group } from '@holdfast/health'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkAdmin, type Admin } from '../http/explain.ts'
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
  const answer = (request: FastifyRequest, group: Group | 'all', isAuthorised: boolean) =>
    // Fastify itself leaves the body out for HEAD.
    answerProbe(
      health,
      group,
      { method: 'GET', url: request.url, accept: request.headers.accept },
      isAuthorised,
    )

  app.get('/healthz', async (request, reply) => {
    const { status, headers, body } = await answer(request, 'live', false)
    return reply.code(status).headers(headers).send(body)
  })

  app.get('/readyz', async (request, reply) => {
    const parts = ready()
    const { status, headers, body } = await answer(request, 'ready', isOperator(request))
    // It is another body than the one that was counted.
    const { 'content-length': _, ...others } = headers
    return reply.code(status).headers(others).send(withLearning(parts, body))
  })

  // Apart from readiness: a router that cannot save still answers, and must not be taken out of service for it.
  app.get('/health', async (request, reply) => {
    ready()
    const { status, headers, body } = await answer(request, 'all', isOperator(request))
    return reply.code(status).headers(headers).send(body)
  })

  // A report and not a probe, so it is 200 whatever it says: whoever throws 503 away would not see which slot it is.
  app.get('/health/slots', async (request, reply) => {
    ready()
    const { checks } = await health.report()
    return noStore(reply).send({ slots: slotsOf(slots, checks, isOperator(request)) })
  })
}

const noStore = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store')

/** In JSON, how the learning is stands beside the status; what each check says is at `/health`. */
function withLearning(parts: RouterParts, body: string): string {
  if (!body.startsWith('{')) return body
  const { status } = JSON.parse(body) as { readonly status: string }
  const { updates, awaiting: awaitingFeedback } = parts.learner
  const learning = learningState(parts)
  return JSON.stringify({ status, learning, updates, awaitingFeedback })
}
