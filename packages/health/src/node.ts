/** Health over `node:http`: answers probes in a server of your own. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerProbe, DEFAULT_PATHS, pathOf, type Scope } from './answer.ts'
import { checkedAdapter, decided, type AdapterOptions } from './adapter.ts'

export { serverCloser } from './server-closer.ts'

/** Options of `createHealthHandler`. */
export type HealthHandlerOptions = AdapterOptions<IncomingMessage>

/** Answers the request and says true, or leaves it alone and says false, when its path is not one of health. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * A handler to call first thing in a server of `node:http`.
 * @throws {TypeError} naming the option, what it may be and what it was.
 */
export function createHealthHandler(options: HealthHandlerOptions): HealthHandler {
  const { health, paths = DEFAULT_PATHS, fields } = checkedAdapter('createHealthHandler', options)
  const scopes = new Map<string, Scope>(Object.entries(paths))

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    scope: Scope,
  ): Promise<void> => {
    const { method = 'GET', url = '/' } = request
    const isAuthorised = await decided(options, request)
    const asked = { method, url, accept: request.headers.accept }
    const more = fields?.()
    const { status, headers, body } = await answerProbe(health, scope, asked, isAuthorised, more)
    response.writeHead(status, headers).end(body)
  }

  return (request, response) => {
    const scope = scopes.get(pathOf(request.url ?? '/'))
    if (scope === undefined) return false
    answer(request, response, scope).catch((error: Error) => response.destroy(error))
    return true
  }
}
