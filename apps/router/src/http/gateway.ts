import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Metrics } from '../tell/metrics.ts'
import type { Clock, Observe } from '@holdfast/seams'
import { modelNames } from '../decide/routes.ts'
import type { RouterFact } from '../tell/facts.ts'
import { answerChat } from './chat.ts'
import { RequestError, errorBody, typeFor } from './errors.ts'
import { feedbackAnswer, readFeedback } from './feedback.ts'
import { settleReward } from './outcome.ts'
import type { RouterParts } from './router-parts.ts'

export interface GatewayOptions {
  /** The parts, once the learned state is loaded; null until then. */
  readonly parts: () => RouterParts | null
  readonly clock: Clock
  readonly observe: Observe<RouterFact>
  /** Longest request body, in bytes. */
  readonly bodyLimitBytes: number
  readonly metrics: Metrics
}

/** The router's HTTP face: the OpenAI API, feedback, health and metrics. It does not listen yet. */
export function createGateway(options: GatewayOptions): FastifyInstance {
  const { bodyLimitBytes, metrics, clock, observe } = options
  const ready = (): RouterParts => {
    const parts = options.parts()
    if (parts !== null) return parts
    throw new RequestError(503, 'starting', 'the router is starting; try again in a moment')
  }
  const app = Fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    // A client that sends its request a byte at a time must not hold a connection for ever.
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
  })
  // Fastify would read text/plain as well, only for it to fail as a request a moment later.
  app.removeContentTypeParser('text/plain')
  const started = new WeakMap<FastifyRequest, number>()
  app.addHook('onRequest', (request, _reply, done) => {
    started.set(request, clock.monotonicMs())
    done()
  })

  app.post('/v1/chat/completions', (request, reply) =>
    answerChat(ready(), request, reply, started.get(request) ?? clock.monotonicMs()),
  )

  app.post('/v1/feedback', async (request) => {
    const { decisionId, verdict } = readFeedback(request.body)
    return feedbackAnswer(decisionId, await settleReward(ready(), decisionId, verdict))
  })

  app.get('/v1/models', () => ({
    object: 'list',
    data: modelNames(ready().routes).map((id) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: 'holdfast',
    })),
  }))

  app.get('/healthz', (_request, reply) => {
    void reply.header('cache-control', 'no-store')
    return { status: 'ok' }
  })

  app.get('/readyz', (_request, reply) => {
    void reply.header('cache-control', 'no-store')
    const { learner, pending } = ready()
    return {
      status: 'ok',
      learning: learner.isTrusted ? 'ok' : 'guardrail only: the state file was broken',
      updates: learner.updates,
      awaitingFeedback: pending.size,
    }
  })

  app.get('/metrics', async (_request, reply) => {
    metrics.awaitingFeedback(options.parts()?.pending.size ?? 0)
    return reply.type(metrics.contentType).send(await metrics.text())
  })

  app.setNotFoundHandler((request, reply) => {
    const message = `no such endpoint: ${request.method} ${request.url}`
    return reply.code(404).send(errorBody(new RequestError(404, 'not_found', message)))
  })

  app.setErrorHandler((error: FastifyError | RequestError, _request, reply) => {
    const answer = error instanceof RequestError ? error : asRequestError(error, bodyLimitBytes)
    observe({
      kind: 'router.refused',
      status: answer.status,
      code: answer.code,
      message: answer.message,
    })
    return reply.code(answer.status).send(errorBody(answer))
  })
  return app
}

/** Fastify's own refusals, and bugs, in the shape clients of the OpenAI API expect. */
function asRequestError(error: FastifyError, bodyLimitBytes: number): RequestError {
  const status = error.statusCode ?? 500
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RequestError(
        413,
        'body_too_large',
        `body: must be at most ${bodyLimitBytes} bytes`,
      )
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new RequestError(415, 'invalid_media_type', 'content-type: must be application/json')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new RequestError(400, 'invalid_json', 'body: must be JSON, got nothing')
  }
  if (typeFor(status) === 'server_error') {
    return new RequestError(status, 'internal_error', 'the router failed; its log says why', {
      cause: error,
    })
  }
  return new RequestError(status, 'invalid_json', `body: ${error.message}`, { cause: error })
}
