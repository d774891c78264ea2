import { readJsonSync } from '@holdfast/atomic-json'
import type { Clock, Observe, Timer } from '@holdfast/seams'
import { updateSharedJson } from '@holdfast/shared-json'
import { z } from 'zod'
import type { RouterFact } from '../tell/facts.ts'
import type { RouteBreakers } from './route-breakers.ts'

const Isolation = z.object({ reason: z.string(), by: z.string(), atMs: z.number() })
/** What operators want of the breakers, as all processes of the router read it. */
const Orders = z.object({
  version: z.literal(1),
  /** Grows by one with every order. */
  seq: z.int().min(0),
  isolated: z.record(z.string(), Isolation),
  /** How often each breaker was reset. */
  resets: z.record(z.string(), z.int().min(1)),
})
type Orders = z.infer<typeof Orders>

/** What an operator wants of one breaker. */
export type Order =
  /** Its route is not called until it is reset, whatever process answers and however often it is started anew. */
  | { readonly kind: 'isolate'; readonly reason: string; readonly by: string }
  /** Its isolation ends, and it forgets what it counted. */
  | { readonly kind: 'reset'; readonly by: string }

const NO_ORDERS: Orders = { version: 1, seq: 0, isolated: {}, resets: {} }
/** How often each process looks whether another was given an order, in ms. */
const EVERY_MS = 200

/** What operators ordered, obeyed by this process. */
export interface OperatorOrders extends Disposable {
  /** The last order that this process has obeyed; 0 before the first. */
  readonly seq: number
  readonly isolated: Readonly<Record<string, z.infer<typeof Isolation>>>
  /** Why the orders cannot be read, so that this process may not obey all; null while they can. */
  readonly trouble: string | null
  /**
   * Writes an order down, for all processes, and obeys it. The others do within `EVERY_MS`.
   * @returns the order's number, by which they say that they have.
   * @throws what `updateSharedJson` throws; then nothing was ordered.
   */
  give(route: string, order: Order): Promise<number>
}

export interface OperatorOrdersOptions {
  /** The file that all processes share. */
  readonly path: string
  readonly breakers: RouteBreakers
  readonly routes: readonly string[]
  readonly clock: Clock
  readonly observe: Observe<RouterFact>
}

/** Obeys what was ordered before, and from now on what is. A file that cannot be read changes nothing and is told. */
export function obeyOperators(options: OperatorOrdersOptions): OperatorOrders {
  const { path, breakers, routes, clock, observe } = options
  const isolations = new Map<string, Disposable>()
  let obeyed = NO_ORDERS
  let trouble: string | null = null
  let timer: Timer

  const isolate = (route: string, wanted: Orders): void => {
    const order = wanted.isolated[route]
    if (order === undefined) {
      isolations.get(route)?.[Symbol.dispose]()
      isolations.delete(route)
    } else if (!isolations.has(route)) {
      isolations.set(route, breakers.of(route).isolate({ reason: order.reason }))
    }
  }
  const obey = (wanted: Orders): void => {
    if (wanted.seq === obeyed.seq) return
    for (const route of routes) {
      isolate(route, wanted)
      if (wanted.resets[route] !== obeyed.resets[route]) breakers.of(route).reset()
    }
    obeyed = wanted
  }
  const look = (): void => {
    const found = ordersAt(path, obeyed)
    if (typeof found !== 'string') obey(found)
    else if (found !== trouble) observe({ kind: 'router.orders-unreadable', path, reason: found })
    trouble = typeof found === 'string' ? found : null
  }
  const again = (): void => {
    look()
    timer = clock.after(EVERY_MS, again, { keepsAlive: false })
  }
  look()
  timer = clock.after(EVERY_MS, again, { keepsAlive: false })

  return {
    get seq() {
      return obeyed.seq
    },
    get isolated() {
      return obeyed.isolated
    },
    get trouble() {
      return trouble
    },
    async give(route, order) {
      const atMs = clock.wallMs()
      const { value } = await updateSharedJson<Orders>(path, (orders = NO_ORDERS) =>
        withOrder(Orders.parse(orders), route, order, atMs),
      )
      look()
      return value?.seq ?? 0
    },
    [Symbol.dispose]() {
      timer.cancel()
    },
  }
}

function withOrder(orders: Orders, route: string, order: Order, atMs: number): Orders {
  const seq = orders.seq + 1
  if (order.kind === 'isolate') {
    const { reason, by } = order
    return { ...orders, seq, isolated: { ...orders.isolated, [route]: { reason, by, atMs } } }
  }
  const { [route]: _, ...isolated } = orders.isolated
  const resets = { ...orders.resets, [route]: (orders.resets[route] ?? 0) + 1 }
  return { ...orders, seq, isolated, resets }
}

/** @returns why, if they cannot be read. A file that was there and is gone is no order. */
function ordersAt(path: string, { seq }: Orders): Orders | string {
  try {
    const found = readJsonSync(path, { onCorrupt: 'answer', maxBytes: 1_048_576 })
    if (found.kind === 'missing') return seq === 0 ? NO_ORDERS : 'it is gone'
    if (found.kind !== 'ok') return found.reason
    const read = Orders.safeParse(found.value)
    return read.success ? read.data : 'it is no file of orders of version 1'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
