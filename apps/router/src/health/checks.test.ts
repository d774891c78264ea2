import { describe, expect, it } from 'vitest'
import { freshness, upstreamsFinding } from './checks.ts'

const MINUTE_MS = 60_000

describe('what is on disk', () => {
  const times = { startedAtMs: 0, nowMs: 100 * MINUTE_MS, maxAgeMs: 60 * MINUTE_MS }
  const savedAt = (minutes: number | null, unsaved = 3) =>
    freshness({ unsaved, savedAtMs: minutes === null ? null : minutes * MINUTE_MS }, times)

  it('is fresh while nothing waits to be written, however old it is', () => {
    expect(savedAt(null, 0).status).toBe('ok')
    expect(savedAt(1, 0).status).toBe('ok')
  })

  it('is degraded while something waits, and critical when that lasts for more than maxAgeMs', () => {
    expect(savedAt(40)).toMatchObject({
      status: 'degraded',
      message: 'what is on disk is 60 min old, and 3 lessons wait to be written',
    })
    expect(savedAt(39).status).toBe('critical')
  })

  it('is as old as the process when nothing was ever written', () => {
    expect(savedAt(null)).toMatchObject({
      status: 'critical',
      details: { behindMs: 100 * MINUTE_MS },
    })
  })
})

describe('the routes', () => {
  const up = { route: 'R1', isCallable: true, state: 'closed' }
  const down = { route: 'R2', isCallable: false, state: 'open' }

  it('are ok when all may be called', () => {
    expect(upstreamsFinding([up])).toMatchObject({ status: 'ok', details: { R1: 'closed' } })
  })

  it('are degraded when one may not, and say which', () => {
    expect(upstreamsFinding([up, down])).toMatchObject({
      status: 'degraded',
      message: 'not called: R2 (open)',
    })
  })

  it('are critical when none may', () => {
    expect(upstreamsFinding([down])).toMatchObject({ status: 'critical' })
  })
})
