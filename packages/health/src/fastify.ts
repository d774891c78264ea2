/** Health over Fastify: a plugin whose routes answer probes. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { answerProbe, DEFAULT_PATHS } from './answer.ts'
import { checkedAdapter, decided, type AdapterOptions } from './adapter.ts'

/** What `register` itself understands comes together with what is ours. */
const REGISTER = ['prefix', 'logLevel', 'logSerializers']

/** Options of `healthRoutes`. */
export type HealthRoutesOptions = AdapterOptions<FastifyRequest>

/**
 * A plugin: `app.register(healthRoutes, { health })`. Other methods than GET and HEAD get 405.
 * @throws {TypeError} naming the option, what it may be and what it was; `register` rejects with it.
 */
export const healthRoutes: FastifyPluginAsync<HealthRoutesOptions> = async (app, options) => {
  const {
    health,
    paths = DEFAULT_PATHS,
    fields,
  } = checkedAdapter('healthRoutes', options, REGISTER)
  for (const [url, scope] of Object.entries(paths)) {
    app.all(url, async (request, reply) => {
      const isAuthorised = await decided(options, request)
      const { method, headers } = request
      const asked = { method, url: request.raw.url ?? url, accept: headers.accept }
      const answer = await answerProbe(health, scope, asked, isAuthorised, fields?.())
      return reply.code(answer.status).headers(answer.headers).send(answer.body)
    })
  }
}
