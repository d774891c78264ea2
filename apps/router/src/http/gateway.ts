import type { Socket } from 'node:net'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Metrics } from '../tell/metrics.ts'
import { serverCloser } from '@holdfast/health/node'
import type { Clock, Observe } from '@holdfast/seams'
import { modelNames } from '../decide/routes.ts'
import { addHealthRoutes, type HealthRoutesOptions } from '../health/health-routes.ts'
import type { RouterFact } from '../tell/facts.ts'
import { answerChat } from './chat.ts'
import { addAdminRoutes, checkAdmin, type Admin } from './admin.ts'
import { explain } from './explain.ts'
import { RequestError, errorBody, internalError, typeFor } from './errors.ts'
import { feedbackAnswer, readFeedback, toldBy } from './feedback.ts'
import { settleReward } from './outcome.ts'
import type { RouterParts } from './router-parts.ts'

export interface GatewayOptions {
  /** The parts, once the learned state is loaded; null until then. */
  readonly parts: () => RouterParts | null
  readonly clock: Clock
  readonly observe: Observe<RouterFact>
  /** Longest request body, in bytes. */
  readonly bodyLimitBytes: number
  /** The metrics of every process of this router, in Prometheus' text form. */
  readonly metrics: Pick<Metrics, 'contentType'> & { readonly text: () => Promise<string> }
  readonly admin: Admin
  readonly health: Pick<HealthRoutesOptions, 'health' | 'slots'>
  /** Holds every answer until it is settled, so that a stop can wait for the last one. */
  readonly atWork: Set<Promise<unknown>>
}

/** The router's HTTP face: the OpenAI API, feedback, health and metrics. It does not listen yet. */
export function createGateway(options: GatewayOptions): FastifyInstance {
  const { admin, bodyLimitBytes, metrics, clock, observe, atWork } = options
  const ready = (): RouterParts => {
    const parts = options.parts()
    if (parts !== null) return parts
    throw new RequestError(503, 'starting', 'the router is starting; try again in a moment')
  }
  const app = Fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    // A body is copied and sent on, never merged into anything: such a key is as harmless as any other.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // A client that sends its request a byte at a time must not hold a connection for ever.
    requestTimeout: 60_000,
    // A request that comes in on an open connection during a stop is answered like any other.
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => {
      // Its type is that of a route with a schema, which this is not.
      void (reply as unknown as FastifyReply)
        .code(400)
        .send(errorBody(asRequestError(error, bodyLimitBytes)))
    },
    clientErrorHandler: (error, socket) => refuseMalformed(error, socket),
  })
  const settled = async <T>(answer: Promise<T>): Promise<T> => {
    atWork.add(answer)
    try {
      return await answer
    } finally {
      atWork.delete(answer)
    }
  }
  // Fastify would read text/plain as well, only for it to fail as a request a moment later.
  app.removeContentTypeParser('text/plain')
  const started = new WeakMap<FastifyRequest, number>()
  const closeServer = serverCloser(app.server)
  // Before Fastify closes the server, which would cut what a slow client has not read yet.
  app.addHook('preClose', () => closeServer())
  app.addHook('onRequest', (request, _reply, done) => {
    started.set(request, clock.monotonicMs())
    done()
  })

  app.post('/v1/chat/completions', (request, reply) =>
    settled(answerChat(ready(), request, reply, started.get(request) ?? clock.monotonicMs())),
  )

  app.post('/v1/feedback', async (request) => {
    const { decisionId, verdict, said } = readFeedback(request.body)
    const outcome = await settled(settleReward(ready(), decisionId, verdict, said))
    observe({ kind: 'router.feedback', result: outcome.result, told: toldBy(verdict) })
    return feedbackAnswer(decisionId, outcome)
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

  addHealthRoutes(app, { ...options.health, ready, admin })

  addAdminRoutes(app, { ready, admin })

  app.get('/routes/explain', async (request, reply) => {
    checkAdmin(request, admin)
    void reply.header('cache-control', 'no-store')
    return await explain(ready(), request.query)
  })

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )

  app.setNotFoundHandler((request, reply) => {
    const message = `no such endpoint: ${request.method} ${request.url}`
    return reply.code(404).send(errorBody(new RequestError(404, 'not_found', message)))
  })

  app.setErrorHandler((error: FastifyError | RequestError, _request, reply) => {
    const answer = error instanceof RequestError ? error : asRequestError(error, bodyLimitBytes)
    const { status, ownCode: code, message, cause } = answer
    observe({ kind: 'router.refused', status, code, message, error: cause })
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
  if (typeFor(status) === 'server_error') return internalError(error)
  return new RequestError(status, 'invalid_json', `body: ${error.message}`, { cause: error })
}

function malformed(code: string | undefined): [status: number, code: string, message: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'headers_too_large', 'the headers are too large']
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'request_timeout', 'the request did not arrive in time']
    default:
      return [400, 'invalid_http', 'the request is not valid HTTP']
  }
}

/** What is not even HTTP gets its answer written by hand: there is no request to reply to. */
function refuseMalformed(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, code, message] = malformed(error.code)
  const body = JSON.stringify(errorBody(new RequestError(status, code, message)))
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
