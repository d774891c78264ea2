import { describe, expect, it } from 'vitest'
import type { FaultNews } from './fault-player.ts'
import { faultRecords, type FaultRecord, type RouteEvent } from './fault-record.ts'
import type { Fault } from './flaky.ts'

const plan: Fault[] = [
  { route: 0, kind: 'error', from: 10, until: 20 },
  { route: 1, kind: 'hang', from: 15, until: 25 },
  { route: 0, kind: 'cut', from: 30, until: 40 },
]
const news: FaultNews[] = [
  { fault: 0, change: 'began', atMs: 1000 },
  { fault: 1, change: 'began', atMs: 1500 },
  { fault: 0, change: 'recovered', atMs: 2000 },
  { fault: 1, change: 'recovered', atMs: 2500 },
  { fault: 2, change: 'began', atMs: 3000 },
  { fault: 2, change: 'recovered', atMs: 4000 },
]
const event = (kind: RouteEvent['kind'], atMs: number, route = 'R1', openMs = 0): RouteEvent => ({
  kind,
  route,
  atMs,
  openMs,
})
const recordsOf = (...events: RouteEvent[]): FaultRecord[] =>
  faultRecords(plan, ['R1', 'R2'], news, events)

describe('the record of a fault', () => {
  it('says how long the upstream was well before that was noticed, and what its breaker had opened for', () => {
    const [record] = recordsOf(
      event('opened', 1100, 'R1', 250),
      event('probing', 1350),
      event('opened', 1360, 'R1', 500),
      event('probing', 1860),
      event('opened', 1870, 'R1', 1000),
      event('probing', 2870),
      event('closed', 2900),
    )
    expect(record).toMatchObject({ route: 'R1', fault: 'error', lastedMs: 1000, openings: 3 })
    expect(record?.recovery).toEqual({ openMs: 1000, noticedAfterMs: 870, closedAfterMs: 900 })
  })

  it('takes a probe that was under way in that moment for having noticed at once', () => {
    const [record] = recordsOf(
      event('opened', 1100, 'R1', 850),
      event('probing', 1950),
      event('closed', 2010),
    )
    expect(record?.recovery).toEqual({ openMs: 850, noticedAfterMs: 0, closedAfterMs: 10 })
  })

  it('says so when nobody noticed', () => {
    const [record] = recordsOf(event('opened', 1100, 'R1', 250), event('probing', 2100))
    expect(record?.recovery).toEqual({ openMs: 250, noticedAfterMs: null, closedAfterMs: null })
  })

  it('knows no recovery where the breaker never opened, or was closed before', () => {
    expect(recordsOf().map(({ recovery }) => recovery)).toEqual([null, null, null])
    const [record] = recordsOf(event('opened', 1100, 'R1', 250), event('closed', 1500))
    expect(record).toMatchObject({ openings: 1, recovery: null })
  })

  it('counts what happened to its own route, and not to the next trouble of the same', () => {
    const [first, second, third] = recordsOf(
      event('retried', 500),
      event('retried', 1100),
      event('fallback', 1110),
      event('fallback', 1600, 'R2'),
      event('fallback', 2600),
      event('fallback', 3100),
      event('opened', 3200, 'R1', 250),
      event('closed', 4100),
    )
    expect(first).toMatchObject({ retries: 1, fallbacks: 2, openings: 0, recovery: null })
    expect(second).toMatchObject({ route: 'R2', retries: 0, fallbacks: 1 })
    expect(third).toMatchObject({ fault: 'cut', fallbacks: 1, openings: 1 })
    expect(third?.recovery).toMatchObject({ closedAfterMs: 100 })
  })

  it('is missing for a fault that never came', () => {
    expect(faultRecords(plan, ['R1', 'R2'], news.slice(0, 2), [])).toEqual([])
  })
})
