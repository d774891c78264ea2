import { describe, expect, it } from 'vitest'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { createHealth, type Check, type HealthFact, type Status } from './index.ts'

/** A health on a clock that stands still, and what it tells. */
function machine() {
  const clock = new VirtualClock()
  const facts = recordedFacts<HealthFact>()
  const health = createHealth({ clock, observe: facts.observe })
  return { clock, facts, health }
}

/** A check that answers what it is told to, and counts how often it was asked. */
function puppet(first: Status = 'ok') {
  let calls = 0
  const state = { status: first }
  const check: Check = () => {
    calls += 1
    return state.status
  }
  return { check, state, calls: () => calls }
}

const never: Check = () => new Promise(() => {})

describe('a health without checks', () => {
  it('is unknown, which is up for live only', () => {
    const { health } = machine()
    expect(health.status()).toMatchObject({ status: 'unknown', isUp: false, checks: {} })
    expect(health.status('ready')).toMatchObject({ status: 'unknown', isUp: false })
    expect(health.status('live')).toMatchObject({ status: 'unknown', isUp: true })
  })
})

describe('a report', () => {
  it('looks where nothing is known yet, and is ok when all checks are', async () => {
    const { health } = machine()
    health.add('one', () => {})
    health.add('two', () => 'ok')
    expect(health.status('ready').status).toBe('unknown')
    expect((await health.report('ready')).status).toBe('ok')
  })

  it('holds the checks of its group only, and everything without a group', async () => {
    const { health } = machine()
    health.add('loop', () => 'ok', { groups: ['live'] })
    health.add('disk', () => 'critical', { groups: ['ready', 'startup'] })
    health.add('aside', () => 'degraded', { groups: [] })
    expect(Object.keys((await health.report('live')).checks)).toEqual(['loop'])
    expect(Object.keys((await health.report('startup')).checks)).toEqual(['disk'])
    expect(await health.report()).toMatchObject({ status: 'critical', group: null })
    expect(Object.keys((await health.report()).checks)).toEqual(['loop', 'disk', 'aside'])
  })

  it('carries the age and the duration of each result', async () => {
    const { clock, health } = machine()
    health.add('slow', async () => await clock.sleep(40))
    const report = health.report()
    await clock.advance(40)
    expect((await report).checks['slow']).toMatchObject({ ageMs: 0, tookMs: 40 })
    await clock.advance(2_000)
    expect(health.status().checks['slow']).toMatchObject({ ageMs: 2_000, tookMs: 40 })
  })

  it('costs one look, however many ask at once', async () => {
    const { clock, health } = machine()
    let calls = 0
    health.add('slow', async () => {
      calls += 1
      await clock.sleep(10)
    })
    const reports = Array.from({ length: 100 }, () => health.report('ready', { maxAgeMs: 0 }))
    await clock.advance(10)
    expect((await Promise.all(reports)).every(({ status }) => status === 'ok')).toBe(true)
    expect(calls).toBe(1)
  })

  it('uses what is known until it is older than maxAgeMs', async () => {
    const { clock, health } = machine()
    const { check, calls } = puppet()
    health.add('check', check)
    await health.report('ready', { maxAgeMs: 500 })
    await clock.advance(500)
    await health.report('ready', { maxAgeMs: 500 })
    expect(calls()).toBe(1)
    await clock.advance(1)
    await health.report('ready', { maxAgeMs: 500 })
    expect(calls()).toBe(2)
  })
})

describe('a check that hangs', () => {
  it('is cut off by its own deadline, which its signal and its result tell', async () => {
    const { clock, facts, health } = machine()
    let signal: AbortSignal | undefined
    health.add(
      'stuck',
      (context) => {
        ;({ signal } = context)
        return new Promise(() => {})
      },
      { timeoutMs: 300 },
    )
    health.add('fine', () => 'ok')
    const report = health.report('ready')
    await clock.advance(299)
    expect(signal?.aborted).toBe(false)
    await clock.advance(1)
    expect(signal?.reason).toMatchObject({
      code: 'CHECK_TIMED_OUT',
      check: 'stuck',
      timeoutMs: 300,
    })
    const { status, checks } = await report
    expect(status).toBe('critical')
    expect(checks['stuck']).toMatchObject({
      message: 'timed out after 300 ms',
      tookMs: 300,
      hangingMs: 300,
    })
    expect(checks['fine']).toMatchObject({ status: 'ok' })
    expect(facts.ofKind('health.check-timed-out')).toHaveLength(1)
  })

  it('is not called a second time while it hangs', async () => {
    const { clock, health } = machine()
    let calls = 0
    health.add(
      'stuck',
      (context) => {
        calls += 1
        return never(context)
      },
      { timeoutMs: 300, everyMs: 1_000 },
    )
    health.start()
    await clock.advance(60_000)
    expect(calls).toBe(1)
    expect(health.status().checks['stuck']).toMatchObject({
      status: 'critical',
      hangingMs: 60_000,
      message: expect.stringMatching(/^has hung for \d+ ms$/),
    })
    await health.stop()
  })
})
