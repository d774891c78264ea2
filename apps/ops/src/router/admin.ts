import { OpsError } from '../errors.ts'
import { exchange, type Asking, type RouterAnswer } from './exchange.ts'
import type { RouterPlace } from './find-router.ts'

/** A route's breaker, as one process has it: what is used of `BreakerReading` of @holdfast/circuit-breaker. */
export interface BreakerReading {
  readonly name: string
  readonly state: string
  readonly calls: number
  /** 0 to 1; null while there are too few calls. */
  readonly failureRatio: number | null
  readonly slowRatio: number | null
  readonly retryInMs: number | null
  readonly cause: { readonly kind: string; readonly reason: string | null } | null
  readonly recorded: number
  readonly rejected: number
}

/** How one process of a router is. */
export interface ProcessStatus {
  readonly pid: number
  /** The route that answers when no other may; null when the router is too old to say. */
  readonly guardrail: string | null
  readonly orders: {
    /** The last order that it obeys. */
    readonly seq: number
    readonly isolated: Readonly<
      Record<string, { readonly reason: string; readonly by: string; readonly atMs: number }>
    >
  }
  readonly breakers: readonly BreakerReading[]
}

/**
 * Asks one process, whichever takes the connection.
 * @throws {OpsError} `OPS_UNAUTHORIZED`, `OPS_ROUTER`, and what `exchange` throws.
 */
export async function processStatus(
  place: RouterPlace,
  limitMs: number,
  asking: Asking,
): Promise<ProcessStatus> {
  const answer = await asked(place, { method: 'GET', path: '/admin/status', limitMs }, asking)
  const { pid, guardrail = null, orders, breakers } = answer as Partial<ProcessStatus>
  if (typeof pid !== 'number' || typeof orders?.seq !== 'number' || !Array.isArray(breakers)) {
    throw older(place, 'its status has other fields')
  }
  return { pid, guardrail, orders, breakers: breakers as BreakerReading[] }
}

/**
 * Orders of all processes that a route is not called, or that it is again.
 * @returns the number of the order. Only one process is known to obey it by then.
 * @throws {OpsError} as `processStatus`; `OPS_NOT_FOUND` if there is no such route. Then nothing was ordered.
 */
export async function giveOrder(
  place: RouterPlace,
  route: string,
  order: { readonly kind: 'isolate' | 'reset'; readonly by: string; readonly reason?: string },
  limitMs: number,
  asking: Asking,
): Promise<number> {
  const { kind, ...body } = order
  const path = `/admin/breakers/${encodeURIComponent(route)}/${kind}`
  const answer = await asked(place, { method: 'POST', path, body, limitMs }, asking)
  const { seq } = answer as { readonly seq?: unknown }
  if (typeof seq !== 'number') throw older(place, 'it took the order and gave it no number')
  return seq
}

/** What may only be asked with the token. Without one it is not even asked. */
async function asked(
  place: RouterPlace,
  question: Parameters<typeof exchange>[1],
  asking: Asking,
): Promise<unknown> {
  if (place.token === null) {
    throw new OpsError(
      'OPS_UNAUTHORIZED',
      `there is no token for ${place.url.origin}, which ${place.by} names; nothing was asked`,
      { next: ['set HOLDFAST_TOKEN to the token that the router was started with'] },
    )
  }
  return checked(place, await exchange(place, question, asking))
}

function checked(place: RouterPlace, { status, body }: RouterAnswer): unknown {
  if (status === 200) return body
  const { error } = (body ?? {}) as { error?: { message?: unknown; code?: unknown } }
  const said = typeof error?.message === 'string' ? error.message : JSON.stringify(body)
  if (status === 401 || status === 403) {
    throw new OpsError(
      'OPS_UNAUTHORIZED',
      `${place.url.origin} does not take the token (${status}: ${said}); nothing was changed`,
      {
        next: [
          'set HOLDFAST_TOKEN to the token that the router was started with',
          'holdfast config show',
        ],
      },
    )
  }
  if (error?.code === 'route_unknown') {
    throw new OpsError('OPS_NOT_FOUND', said, { next: ['holdfast breakers list'] })
  }
  if (status === 404) throw older(place, 'it has no /admin')
  throw new OpsError('OPS_ROUTER', `${place.url.origin} refuses with ${status}: ${said}`, {
    next: ['holdfast health'],
  })
}

function older({ url, by }: RouterPlace, why: string): OpsError {
  return new OpsError(
    'OPS_ROUTER',
    `what answers at ${url.origin}, which ${by} names, is an older router, or none: ${why}`,
    { next: ['start the router of the version of this command', 'the same with --url <url>'] },
  )
}
