import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Order } from '../breakers/operator-orders.ts'
import { issueText } from '../issue-text.ts'
import { RequestError } from './errors.ts'
import type { RouterParts } from './router-parts.ts'

/** Who may ask what only operators should see. */
export interface Admin {
  /** The token that must be sent; null: whoever asks from this machine. */
  readonly token: string | null
  /** The token that everything under `/admin` asks for: `token`, or one that was made at the start. */
  readonly key: string
}

/** @throws {RequestError} 401 or 403 if `request` does not come from an operator. */
export function checkAdmin(request: FastifyRequest, { token }: Pick<Admin, 'token'>): void {
  if (token !== null) {
    checkBearer(request, token)
    return
  }
  const address = request.socket.remoteAddress ?? 'nowhere'
  // Behind a proxy of this machine everybody comes from this machine.
  const via = FORWARDED.find((name) => request.headers[name] !== undefined)
  if (isLoopback(address) && via === undefined) return
  const why = 'only from this machine, because the configuration names no admin.tokenEnv'
  const was = via === undefined ? address : `a proxy (${via})`
  throw new RequestError(403, 'admin_only', `${request.url.split('?')[0]}: ${why}; got ${was}`)
}

function checkBearer({ headers }: FastifyRequest, token: string): void {
  const { authorization = '' } = headers
  const sent = /^Bearer (.+)$/.exec(authorization)?.[1] ?? ''
  // Hashes have one length, so comparing takes the same time whatever was sent.
  if (timingSafeEqual(digest(sent), digest(token))) return
  throw new RequestError(
    401,
    'admin_only',
    `authorization: must be the bearer token of an operator, got ${authorization === '' ? 'nothing' : 'another'}`,
  )
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

const isLoopback = (address: string): boolean =>
  address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')

const text = (most: number): z.ZodString =>
  z.string(`must be text of 1 to ${most} characters`).min(1).max(most)
const IsolateBody = z.strictObject({ reason: text(500), by: text(100) })
const ResetBody = z.strictObject({ by: text(100) })

/** What operators ask of this process, and order of all of them. Nothing here is answered without the token. */
export function addAdminRoutes(
  app: FastifyInstance,
  { ready, admin }: { readonly ready: () => RouterParts; readonly admin: Admin },
): void {
  void app.register(
    (routes, _options, done) => {
      routes.addHook('onRequest', (request, reply, next) => {
        void reply.header('cache-control', 'no-store')
        checkBearer(request, admin.key)
        next()
      })
      routes.get('/status', () => statusOf(ready()))
      routes.post('/breakers/:route/isolate', (request) => {
        const route = routeOf(ready(), request)
        return ordered(ready(), route, { kind: 'isolate', ...parsed(IsolateBody, request.body) })
      })
      routes.post('/breakers/:route/reset', (request) => {
        const route = routeOf(ready(), request)
        return ordered(ready(), route, { kind: 'reset', ...parsed(ResetBody, request.body) })
      })
      done()
    },
    { prefix: '/admin' },
  )
}

/** @throws {RequestError} 404 if there is no such route. */
function routeOf(parts: RouterParts, request: FastifyRequest): string {
  const { route } = request.params as { readonly route: string }
  const ids = parts.routes.map(({ id }) => id)
  if (ids.includes(route)) return route
  const message = `route: must be one of ${ids.join(', ')}, got ${JSON.stringify(route)}`
  throw new RequestError(404, 'route_unknown', message, { param: 'route' })
}

/** Carries out an order, in this process at once and in the others within a moment. */
async function ordered(
  { orders }: RouterParts,
  route: string,
  order: Order,
): Promise<{ readonly route: string; readonly seq: number }> {
  try {
    return { route, seq: await orders.give(route, order) }
  } catch (error) {
    const message = `nothing was ordered: ${error instanceof Error ? error.message : String(error)}`
    throw new RequestError(503, 'order_not_kept', message, { cause: error })
  }
}

/** How this process is, which is one of perhaps several. */
function statusOf(parts: RouterParts): object {
  const { learner, orders, breakers } = parts
  const { pilot, because, reason } = parts.rollout()
  return {
    pid: process.pid,
    guardrail: parts.guardrail.id,
    rollout: { pilot, because, reason },
    learning: {
      isTrusted: learner.isTrusted,
      updates: learner.updates,
      awaiting: learner.awaiting,
    },
    orders: { seq: orders.seq, isolated: orders.isolated },
    breakers: breakers.readings(),
  }
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body, { reportInput: true })
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue === undefined) throw new Error('unreachable: what does not parse has an issue')
  throw new RequestError(400, 'invalid_order', issueText(issue, 'body'), {
    param: issue.path.join('.') || 'body',
  })
}
