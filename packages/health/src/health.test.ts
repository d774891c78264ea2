import { afterEach, describe, expect, it, vi } from 'vitest'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { createHealth, type Check, type Finding, type HealthFact, type Status } from './index.ts'

afterEach(() => void vi.unstubAllGlobals())

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

/** `value`, of which `field` cannot be read. */
function unreadable<T extends object>(value: T, field: string): T {
  return Object.defineProperty(value, field, {
    get() {
      throw new Error('not to be read')
    },
  })
}

describe('a health without checks', () => {
  it('is unknown, which is up for live only', () => {
    const { health } = machine()
    expect(health.status()).toMatchObject({ status: 'unknown', isUp: false, checks: {} })
    expect(health.status('ready')).toMatchObject({ status: 'unknown', isUp: false })
    expect(health.status('live')).toMatchObject({ status: 'unknown', isUp: true })
  })
})

describe('startup', () => {
  it('is as live is while no check is of its group', async () => {
    const { health } = machine()
    const loop = puppet('ok')
    const loads = puppet('ok')
    health.add('store', () => 'critical')
    health.add('loop', loop.check, { groups: ['live'], maxAgeMs: 0, failAfter: 1 })
    expect(await health.report('startup')).toMatchObject({
      group: 'live',
      status: 'ok',
      isUp: true,
      checks: { loop: { status: 'ok' } },
    })
    loop.state.status = 'critical'
    expect(await health.report('startup')).toMatchObject({ status: 'critical', isUp: false })

    const loading = health.add('loads', loads.check, { groups: ['startup'] })
    expect(health.status('startup')).toMatchObject({ group: 'startup', isUp: false })
    expect(await health.report('startup')).toMatchObject({ group: 'startup', status: 'ok' })
    loading[Symbol.dispose]()
    expect(health.status('startup').group).toBe('live')
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

describe('a check with a maxAgeMs of its own', () => {
  it('is looked at anew when its result is older, and for each report with 0', async () => {
    const { clock, health } = machine()
    const [free, dear] = [puppet(), puppet()]
    health.add('free', free.check, { maxAgeMs: 0 })
    health.add('dear', dear.check, { maxAgeMs: 60_000, everyMs: null })
    for (let i = 0; i < 10; i += 1) await health.report()
    await clock.advance(60_000)
    await health.report()
    expect([free.calls(), dear.calls()]).toEqual([11, 1])
    await health.report('ready', { maxAgeMs: 0 })
    expect([free.calls(), dear.calls()]).toEqual([12, 2])
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

describe('a hanging check, asked again and again', () => {
  it('gives one result for each time it would have had, however many ask', async () => {
    const { clock, health } = machine()
    health.add('stuck', never, { timeoutMs: 300, everyMs: null })
    const first = health.report('ready')
    await clock.advance(300)
    await first
    const often = async (): Promise<void> => {
      for (let i = 0; i < 50; i += 1) {
        await clock.advance(1)
        await health.report('ready', { maxAgeMs: 0 })
      }
    }
    await often()
    expect(health.history('stuck')).toHaveLength(1)
    await clock.advance(250)
    await often()
    expect(health.history('stuck')).toHaveLength(2)
  })

  it('is called anew once it has come back, and what it says late counts for nothing', async () => {
    const { clock, health } = machine()
    const returns: (() => void)[] = []
    health.add('slow', () => new Promise<void>((resolve) => returns.push(resolve)), {
      timeoutMs: 100,
      everyMs: 100,
      okAfter: 1,
    })
    health.start()
    await clock.advance(1_000)
    expect(health.status().checks['slow']?.status).toBe('critical')
    returns[0]?.()
    await clock.advance(50)
    expect(health.status().checks['slow']?.status).toBe('critical')
    await clock.advance(100)
    expect(returns).toHaveLength(2)
    returns[1]?.()
    await clock.advance(0)
    expect(health.status().checks['slow']).toMatchObject({ status: 'ok', hangingMs: null })
    await health.stop()
  })
})

describe('a check', () => {
  it('turns after failAfter bad results in a row and back after okAfter good ones', async () => {
    const { clock, facts, health } = machine()
    const { check, state } = puppet()
    health.add('disk', check, { everyMs: 1_000 })
    health.start()
    await clock.advance(0)
    state.status = 'critical'
    await clock.advance(2_000)
    expect(health.status().checks['disk']).toMatchObject({ status: 'ok', seen: 'critical' })
    await clock.advance(1_000)
    expect(health.status('ready')).toMatchObject({ status: 'critical', isUp: false })
    state.status = 'ok'
    await clock.advance(1_000)
    expect(health.status().checks['disk']).toMatchObject({ status: 'critical', seen: 'ok' })
    await clock.advance(1_000)
    expect(health.status('ready')).toMatchObject({ status: 'ok', isUp: true })
    expect(facts.ofKind('health.changed').map(({ from, to }) => [from, to])).toEqual([
      ['unknown', 'ok'],
      ['ok', 'critical'],
      ['critical', 'ok'],
    ])
    await health.stop()
  })

  it('that is not vital makes the group at most degraded', async () => {
    const { health } = machine()
    health.add('cache', () => Promise.reject(new Error('gone')), { onFail: 'degraded' })
    health.add('store', () => 'ok')
    expect(health.status('ready')).toMatchObject({ status: 'unknown', isUp: false })
    expect(await health.report('ready')).toMatchObject({
      status: 'degraded',
      isUp: true,
      checks: { cache: { status: 'degraded', message: 'gone', onFail: 'degraded' } },
    })
  })

  it('that throws at once is like one that rejects', async () => {
    const { health } = machine()
    health.add('x', () => {
      throw new Error('at once')
    })
    expect((await health.report()).checks['x']).toMatchObject({
      status: 'critical',
      message: 'at once',
    })
  })

  it.each<[string, Check]>([
    ['an error without any form', () => Promise.reject(Object.create(null))],
    ['an error whose message throws', () => Promise.reject(unreadable(new Error('x'), 'message'))],
    ['an error whose cause throws', () => Promise.reject(unreadable(new Error('x'), 'cause'))],
    ['a finding whose status throws', () => unreadable<Finding>({ status: 'ok' }, 'status')],
  ])('that gives %s has failed, and the process lives on', async (_what, check) => {
    const { clock, health } = machine()
    health.add('odd', check, { everyMs: 1_000 })
    health.start()
    await clock.advance(1_000)
    expect(health.history('odd')).toHaveLength(2)
    expect((await health.report('ready')).checks['odd']).toMatchObject({
      status: 'critical',
      message: expect.stringMatching(/^(threw|answered) what cannot be read$/),
    })
    await health.stop()
  })

  it('tells since when it is what it is', async () => {
    const { clock, health } = machine()
    const { check, state } = puppet()
    health.add('x', check, { everyMs: 1_000, failAfter: 1 })
    expect(health.status().checks['x']?.changedAtMs).toBeNull()
    health.start()
    const startMs = clock.wallMs()
    await clock.advance(5_500)
    expect(health.status().checks['x']?.changedAtMs).toBe(startMs)
    state.status = 'critical'
    await clock.advance(3_000)
    expect(health.status().checks['x']?.changedAtMs).toBe(startMs + 6_000)
    await health.stop()
  })

  it('keeps so many results and no more', async () => {
    const clock = new VirtualClock()
    const health = createHealth({ clock, historyEntries: 3 })
    let n = 0
    health.add('x', () => ({ status: 'ok', message: `look ${(n += 1)}` }), { everyMs: 1_000 })
    health.start()
    await clock.advance(9_500)
    expect(health.history('x').map(({ message }) => message)).toEqual([
      'look 8',
      'look 9',
      'look 10',
    ])
    expect(health.history('x')[2]).toMatchObject({ status: 'ok', seen: 'ok', tookMs: 0 })
    expect(health.history('nobody')).toEqual([])
    await health.stop()
  })

  it('that is taken away counts no more, and is cut off', async () => {
    const { clock, health } = machine()
    let signal: AbortSignal | undefined
    const held = health.add('x', (context) => {
      ;({ signal } = context)
      return new Promise(() => {})
    })
    health.add('y', () => 'ok')
    const report = health.report('ready')
    held[Symbol.dispose]()
    expect(signal?.reason).toMatchObject({ code: 'CHECK_CANCELLED', check: 'x' })
    expect(await report).toMatchObject({ status: 'ok' })
    expect(Object.keys(health.status().checks)).toEqual(['y'])
    health.add('x', () => 'ok')
    held[Symbol.dispose]()
    expect(Object.keys(health.status().checks)).toEqual(['y', 'x'])
    await clock.advance(10_000)
    expect(clock.waiting).toBe(0)
  })
})

describe('a check that was cut off before its time was up', () => {
  it('is not called hanging until its time is up, nor called a second time', async () => {
    const { clock, health } = machine()
    let calls = 0
    health.add(
      'slow',
      async () => {
        calls += 1
        await clock.sleep(300)
      },
      { timeoutMs: 5_000 },
    )
    health.start()
    await clock.advance(10)
    const stopped = health.stop()
    await clock.advance(2)
    expect((await health.report('ready')).checks['slow']).toMatchObject({
      status: 'unknown',
      message: 'not looked at yet',
      hangingMs: 12,
    })
    expect([calls, health.history('slow')]).toEqual([1, []])
    await clock.advance(288)
    await stopped
    const report = health.report('ready')
    await clock.advance(300)
    expect((await report).checks['slow']).toMatchObject({ status: 'ok', tookMs: 300 })
  })

  it('hangs once its time is up', async () => {
    const { clock, health } = machine()
    health.add('stuck', never, { timeoutMs: 5_000 })
    health.start()
    await clock.advance(10)
    const stopped = health.stop()
    await clock.advance(4_990)
    await stopped
    expect((await health.report('ready')).checks['stuck']).toMatchObject({
      status: 'critical',
      message: 'has hung for 5000 ms',
    })
  })
})

describe('in the background', () => {
  it('a check is looked at when it starts, and everyMs after each result', async () => {
    const { clock, health } = machine()
    let calls = 0
    health.add(
      'slow',
      async () => {
        calls += 1
        await clock.sleep(200)
      },
      { everyMs: 1_000 },
    )
    expect(clock.waiting).toBe(0)
    health.start()
    health.start()
    await clock.advance(0)
    expect(calls).toBe(1)
    await clock.advance(1_199)
    expect(calls).toBe(1)
    await clock.advance(1)
    expect(calls).toBe(2)
    await Promise.all([health.stop(), clock.advance(200)])
  })

  it('a probe is answered from what is known, without a look', async () => {
    const { clock, health } = machine()
    const { check, calls } = puppet()
    health.add('x', check, { everyMs: 10_000 })
    health.start()
    await clock.advance(9_999)
    for (let i = 0; i < 1_000; i += 1) await health.report('ready')
    expect(calls()).toBe(1)
    await health.stop()
  })

  it('a check that hangs keeps no probe waiting once there was a result', async () => {
    const { clock, health } = machine()
    let calls = 0
    health.add('x', () => ((calls += 1) === 1 ? undefined : new Promise(() => {})), {
      everyMs: 1_000,
    })
    health.start()
    await clock.advance(3_000)
    expect(await health.report('ready')).toMatchObject({
      checks: { x: { status: 'ok', ageMs: 3_000, hangingMs: 2_000 } },
    })
    const stopped = health.stop()
    await clock.advance(5_000)
    await stopped
  })

  it('one that is added later is looked at too', async () => {
    const { clock, health } = machine()
    health.start()
    health.add('late', () => 'ok')
    await clock.advance(0)
    expect(health.status('ready').status).toBe('ok')
    await health.stop()
  })

  it.each([0, null])('one with everyMs %s is left alone until somebody asks', async (everyMs) => {
    const { clock, health } = machine()
    const { check, calls } = puppet()
    health.add('costly', check, { everyMs })
    health.start()
    await clock.advance(100_000)
    expect(calls()).toBe(0)
    await health.report()
    await clock.advance(1_000)
    await health.report()
    expect(calls()).toBe(1)
    await clock.advance(1)
    await health.report()
    expect(calls()).toBe(2)
    expect(clock.waiting).toBe(0)
  })

  it('a result of long ago is unknown, for whoever fell silent is not taken at an old word', async () => {
    const { clock, health } = machine()
    health.add('x', () => 'ok', { everyMs: 1_000, timeoutMs: 500 })
    health.start()
    await clock.advance(0)
    await health.stop()
    await clock.advance(4_500)
    expect(health.status('ready').status).toBe('ok')
    await clock.advance(1)
    expect(health.status('ready')).toMatchObject({
      status: 'unknown',
      checks: { x: { status: 'unknown', seen: 'ok', ageMs: 4_501 } },
    })
    expect((await health.report('ready')).status).toBe('ok')
  })

  it('a result is good for as long as its maxAgeMs says', async () => {
    const { clock, health } = machine()
    health.add('x', () => 'ok', { everyMs: 1_000, timeoutMs: 500, maxAgeMs: 60_000 })
    await health.report()
    await clock.advance(60_000)
    expect((await health.report('ready')).checks['x']).toMatchObject({
      status: 'ok',
      ageMs: 60_000,
    })
    await clock.advance(1)
    expect(health.status('ready').status).toBe('unknown')
  })

  it('nothing runs after a stop, which waits for the look that is under way', async () => {
    const { clock, health } = machine()
    const seen: string[] = []
    health.add('x', async ({ signal }) => {
      await clock.sleep(50, signal).catch(() => clock.sleep(20))
      seen.push('over')
    })
    health.start()
    await clock.advance(10)
    const stopped = health.stop().then(() => seen.push('stopped'))
    await clock.advance(20)
    await stopped
    expect(seen).toEqual(['over', 'stopped'])
    expect(health.history('x')).toEqual([])
    await clock.advance(100_000)
    expect(seen).toHaveLength(2)
    expect(clock.waiting).toBe(0)
  })

  it('stopping waits for a look that hangs no longer than its deadline', async () => {
    const { clock, health } = machine()
    health.add('x', never, { timeoutMs: 400 })
    health.start()
    await clock.advance(100)
    let isStopped = false
    const stopped = health.stop().then(() => (isStopped = true))
    await clock.advance(299)
    expect(isStopped).toBe(false)
    await clock.advance(1)
    await stopped
  })

  it('can be started again', async () => {
    const { clock, health } = machine()
    const { check, calls } = puppet()
    health.add('x', check, { everyMs: 1_000 })
    health.start()
    await clock.advance(0)
    await health.stop()
    health.start()
    await clock.advance(3_000)
    expect(calls()).toBe(5)
    await health.stop()
    expect(clock.waiting).toBe(0)
  })

  it('ends with its block', async () => {
    const clock = new VirtualClock()
    {
      await using health = createHealth({ clock })
      health.add('x', () => 'ok')
      health.start()
      await clock.advance(0)
      expect(clock.waiting).toBe(1)
    }
    expect(clock.waiting).toBe(0)
  })
})

describe('a stop of the process', () => {
  it('shows in ready and in everything, whatever the checks say, and stays', async () => {
    const { facts, health } = machine()
    health.add('fine', () => 'ok', { groups: ['live', 'ready'] })
    await health.report()
    health.setStopping('SIGTERM')
    health.setStopping('SIGINT')
    expect(await health.report('ready')).toMatchObject({ status: 'critical', isUp: false })
    expect((await health.report()).checks['lifecycle']?.message).toBe('stopping: SIGTERM')
    expect(await health.report('live')).toMatchObject({ status: 'ok', isUp: true })
    expect(facts.ofKind('health.group-changed')).toEqual([
      { kind: 'health.group-changed', group: 'live', from: 'unknown', to: 'ok' },
      { kind: 'health.group-changed', group: 'ready', from: 'unknown', to: 'ok' },
      { kind: 'health.group-changed', group: 'ready', from: 'ok', to: 'critical' },
    ])
  })
})

describe('whoever listens', () => {
  it('finds everything up to date, and may ask back', async () => {
    const clock = new VirtualClock()
    const seen: unknown[] = []
    const health = createHealth({
      clock,
      observe: (fact) => seen.push([fact.kind, health.status('ready').status]),
    })
    health.add('x', () => 'degraded')
    await health.report()
    expect(seen).toEqual([
      ['health.changed', 'degraded'],
      ['health.group-changed', 'degraded'],
    ])
  })

  it('does no harm by throwing', async () => {
    const later: (() => void)[] = []
    vi.stubGlobal('queueMicrotask', (run: () => void) => later.push(run))
    const bug = new Error('a bug')
    const health = createHealth({
      clock: new VirtualClock(),
      observe: () => {
        throw bug
      },
    })
    health.add('x', () => 'ok')
    expect((await health.report('ready')).status).toBe('ok')
    expect(later).toHaveLength(2)
    expect(later[0]).toThrow(bug)
  })
})

/** How often health looks at the time for each check, to add it and to hear of its first result. */
async function readsPerCheck(checks: number): Promise<number> {
  const clock = new VirtualClock()
  const monotonicMs = vi.spyOn(clock, 'monotonicMs')
  const health = createHealth({ clock })
  for (let i = 0; i < checks; i += 1) health.add(`check ${i}`, () => 'ok')
  await health.report()
  return monotonicMs.mock.calls.length / checks
}

describe('a thousand checks', () => {
  it('cost a thousand times what one costs', async () => {
    expect(await readsPerCheck(1_000)).toBe(await readsPerCheck(1))
  })
})

describe('a group', () => {
  it('is as its checks are, however they come, turn and go', async () => {
    const { clock, facts, health } = machine()
    const { check, state } = puppet('degraded')
    const live = { groups: ['live'], failAfter: 1, okAfter: 1, everyMs: 1_000 } as const
    using _well = health.add('well', () => 'ok', live)
    {
      using _turning = health.add('turning', check, { ...live, groups: ['live', 'startup'] })
      health.start()
      await clock.advance(0)
      state.status = 'critical'
      await clock.advance(1_000)
      state.status = 'ok'
      await clock.advance(1_000)
    }
    expect(facts.ofKind('health.group-changed').map(({ group, to }) => `${group} ${to}`)).toEqual([
      'live degraded',
      'startup degraded',
      'live critical',
      'startup critical',
      'live ok',
      'startup ok',
      'startup unknown',
    ])
    await health.stop()
  })

  it('hears nothing more of a check that was taken away in the moment it answered', async () => {
    const { facts, health } = machine()
    const held = health.add('x', () => 'critical')
    const report = health.report('ready')
    await Promise.resolve()
    await Promise.resolve()
    held[Symbol.dispose]()
    await report
    expect(health.status('ready').status).toBe('unknown')
    expect(facts.ofKind('health.group-changed').at(-1)?.to ?? 'unknown').toBe('unknown')
  })
})

describe('two healths of one process', () => {
  it('share nothing', async () => {
    const one = machine().health
    const other = machine().health
    one.add('x', () => 'critical')
    other.add('x', () => 'ok')
    one.setStopping('test')
    expect((await one.report('ready')).status).toBe('critical')
    expect((await other.report('ready')).status).toBe('ok')
    expect(Object.keys(other.status().checks)).toEqual(['x'])
  })
})
