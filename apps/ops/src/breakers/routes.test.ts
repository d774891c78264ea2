import { describe, expect, it } from 'vitest'
import type { BreakerReading, ProcessStatus } from '../router/admin.ts'
import { dangerOf, routeNamed, routesOf } from './routes.ts'

const reading = (name: string, state: string): BreakerReading => ({
  name,
  state,
  calls: 0,
  failureRatio: null,
  slowRatio: null,
  retryInMs: null,
  cause: null,
  recorded: 0,
  rejected: 0,
})

interface Said {
  readonly seq?: number
  readonly guardrail?: string | null
  readonly isolated?: ProcessStatus['orders']['isolated']
}

/** What a process says of R1, R2 and R3, of which the last is the guardrail. */
function said(pid: number, states: readonly string[], more: Said = {}): ProcessStatus {
  const { seq = 0, guardrail = 'R3', isolated = {} } = more
  const breakers = states.map((state, i) => reading(`R${i + 1}`, state))
  return { pid, guardrail, orders: { seq, isolated }, breakers }
}

const danger = (route: string, ...statuses: ProcessStatus[]): string | null => {
  const routes = routesOf(statuses)
  return dangerOf(routeNamed(route, routes), routes)
}

describe('a route, as all processes have it', () => {
  it('is in the state of the process that refuses most', () => {
    const routes = routesOf([
      said(1, ['closed', 'probing', 'new']),
      said(2, ['open', 'closed', 'isolated']),
    ])
    expect(routes.map(({ state, inState }) => [state, inState])).toEqual([
      ['open', 1],
      ['probing', 1],
      ['new', 1],
    ])
    expect(routes[0]?.processes.map(({ pid, state }) => [pid, state])).toEqual([
      [1, 'closed'],
      [2, 'open'],
    ])
  })

  it('is isolated as the process that has obeyed most says', () => {
    const order = { reason: 'nonsense', by: 'ana', atMs: 7 }
    const [route] = routesOf([
      said(1, ['closed'], { seq: 3 }),
      said(2, ['isolated'], { seq: 4, isolated: { R1: order } }),
    ])
    expect(route?.isolated).toEqual(order)
  })

  it('is named, or the routes that there are are', () => {
    expect(() => routeNamed('R9', routesOf([said(1, ['closed', 'closed'])]))).toThrow(
      'the router has no route R9; there are: R1, R2',
    )
  })
})

describe('to isolate a route', () => {
  it('is no danger while another may be called by every process', () => {
    expect(danger('R1', said(1, ['closed', 'closed', 'closed']))).toBeNull()
    expect(danger('R1', said(1, ['closed', 'observing', 'open']))).toBeNull()
  })

  it('is one for the last route that may be called, be it by one process', () => {
    const last = /no other route may be called/
    expect(danger('R1', said(1, ['closed', 'open', 'isolated']))).toMatch(last)
    expect(
      danger('R1', said(1, ['closed', 'closed', 'open']), said(2, ['closed', 'open', 'closed'])),
    ).toMatch(last)
  })

  it('is one for the guardrail, and for any where the router does not say which that is', () => {
    expect(danger('R3', said(1, ['closed', 'closed', 'closed']))).toMatch('R3 is the guardrail')
    expect(danger('R1', said(1, ['closed', 'closed'], { guardrail: null }))).toMatch('does not say')
  })
})
