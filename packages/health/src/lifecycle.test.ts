import { describe, expect, it } from 'vitest'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import {
  createHealth,
  createLifecycle,
  type LifecycleFact,
  type LifecycleOptions,
} from './index.ts'

function machine(options: Omit<LifecycleOptions, 'clock' | 'observe'> = {}) {
  const clock = new VirtualClock()
  const facts = recordedFacts<LifecycleFact>()
  const lifecycle = createLifecycle({ ...options, clock, observe: facts.observe })
  return { clock, facts, lifecycle }
}

const never = (): Promise<void> => new Promise(() => {})

describe('a stop', () => {
  it('makes readiness red before anything else', () => {
    const clock = new VirtualClock()
    const health = createHealth({ clock })
    health.add('fine', () => 'ok')
    const lifecycle = createLifecycle({ clock, health, drainMs: 5_000 })
    void lifecycle.stop('SIGTERM')
    expect(health.status('ready')).toMatchObject({
      status: 'critical',
      checks: { lifecycle: { message: 'stopping: SIGTERM' } },
    })
  })

  it('runs its phases also when readiness cannot go red, which it names', async () => {
    const error = new Error('a bug')
    const health = {
      setStopping: () => {
        throw error
      },
    }
    const { facts, lifecycle } = machine({ health })
    let isSaved = false
    lifecycle.onStop('store', () => void (isSaved = true))
    const readiness = { name: 'readiness', outcome: 'failed', tookMs: 0, error }
    expect(await lifecycle.stop('SIGTERM')).toMatchObject({
      isClean: false,
      phases: [readiness, { name: 'store', outcome: 'done' }],
    })
    expect(isSaved).toBe(true)
    expect(facts.ofKind('lifecycle.phase-failed')).toMatchObject([{ phase: 'readiness', error }])
  })

  it('runs a phase after those it comes after, and the others side by side', async () => {
    const { clock, lifecycle } = machine()
    const order: string[] = []
    const takes = (name: string, ms: number) => async (): Promise<void> => {
      order.push(`${name} begins`)
      await clock.sleep(ms)
      order.push(`${name} ends`)
    }
    lifecycle.onStop('lock', takes('lock', 10), { after: ['store', 'ledger'] })
    lifecycle.onStop('store', takes('store', 30), { after: ['server'] })
    lifecycle.onStop('ledger', takes('ledger', 20), { after: ['server'] })
    lifecycle.onStop('server', takes('server', 10))
    const stopped = lifecycle.stop('test')
    await clock.advance(50)
    expect(order).toEqual([
      'server begins',
      'server ends',
      'store begins',
      'ledger begins',
      'ledger ends',
      'store ends',
      'lock begins',
      'lock ends',
    ])
    expect(await stopped).toMatchObject({ isClean: true, tookMs: 50, reason: 'test' })
  })

  it('names the phase that hung, and goes on after its time', async () => {
    const { clock, facts, lifecycle } = machine({ deadlineMs: 1_000 })
    let saved = false
    lifecycle.onStop('server', never, { timeoutMs: 300 })
    lifecycle.onStop('store', () => void (saved = true), { after: ['server'] })
    const stopped = lifecycle.stop('test')
    await clock.advance(300)
    expect(saved).toBe(true)
    expect(await stopped).toMatchObject({
      isClean: false,
      tookMs: 300,
      phases: [
        { name: 'server', outcome: 'hung', tookMs: 300 },
        { name: 'store', outcome: 'done' },
      ],
    })
    expect(facts.ofKind('lifecycle.phase-hung')).toMatchObject([{ phase: 'server' }])
  })
})

describe('the drain', () => {
  it('comes between readiness and the first phase', async () => {
    const { clock, facts, lifecycle } = machine({ drainMs: 5_000 })
    let began = false
    lifecycle.onStop('server', () => void (began = true))
    const stopped = lifecycle.stop('SIGTERM')
    expect(lifecycle.isStopping).toBe(true)
    await clock.advance(4_999)
    expect(began).toBe(false)
    await clock.advance(1)
    expect(began).toBe(true)
    expect(await stopped).toMatchObject({ isClean: true, tookMs: 5_000 })
    expect(facts.all.map(({ kind }) => kind)).toEqual([
      'lifecycle.stopping',
      'lifecycle.phase-done',
      'lifecycle.stopped',
    ])
  })

  it('is part of the deadline', async () => {
    const { clock, lifecycle } = machine({ drainMs: 700, deadlineMs: 1_000 })
    lifecycle.onStop('server', never)
    const stopped = lifecycle.stop('test')
    await clock.advance(1_000)
    expect(await stopped).toMatchObject({
      tookMs: 1_000,
      phases: [{ name: 'server', outcome: 'hung', tookMs: 300 }],
    })
  })
})

describe('at the deadline', () => {
  it('what hangs is named and told by its signal, and what waited for it is skipped', async () => {
    const { clock, facts, lifecycle } = machine({ deadlineMs: 1_000 })
    let signal: AbortSignal | undefined
    lifecycle.onStop('server', (given) => {
      signal = given
      return never()
    })
    lifecycle.onStop('store', () => expect.unreachable('began after the deadline'), {
      after: ['server'],
    })
    lifecycle.onStop('lock', () => expect.unreachable('began after the deadline'), {
      after: ['store'],
    })
    lifecycle.onStop('metrics', () => {})
    const stopped = lifecycle.stop('test')
    await clock.advance(999)
    expect(signal?.aborted).toBe(false)
    await clock.advance(1)
    expect(signal?.reason).toMatchObject({
      code: 'PHASE_TIMED_OUT',
      phase: 'server',
      tookMs: 1_000,
    })
    expect(await stopped).toMatchObject({
      isClean: false,
      tookMs: 1_000,
      phases: [
        { name: 'server', outcome: 'hung' },
        { name: 'store', outcome: 'skipped', waitedFor: ['server'] },
        { name: 'lock', outcome: 'skipped', waitedFor: ['store'] },
        { name: 'metrics', outcome: 'done' },
      ],
    })
    expect(facts.ofKind('lifecycle.phase-skipped').map(({ phase }) => phase)).toEqual([
      'store',
      'lock',
    ])
    expect(facts.ofKind('lifecycle.stopped')).toMatchObject([{ isClean: false, reason: 'test' }])
  })

  it('a phase with more time of its own than is left has what is left', async () => {
    const { clock, lifecycle } = machine({ deadlineMs: 1_000 })
    lifecycle.onStop('first', () => clock.sleep(600))
    lifecycle.onStop('second', never, { after: ['first'], timeoutMs: 5_000 })
    lifecycle.onStop('third', () => expect.unreachable('began after the deadline'), {
      after: ['second'],
    })
    const stopped = lifecycle.stop('test')
    await clock.advance(1_000)
    expect((await stopped).phases.map(({ outcome }) => outcome)).toEqual([
      'done',
      'hung',
      'skipped',
    ])
  })

  it('leaves no timer behind when everything was done before', async () => {
    const { clock, lifecycle } = machine()
    lifecycle.onStop('one', () => {})
    lifecycle.onStop('other', () => Promise.reject(new Error('no')), { timeoutMs: 50 })
    await lifecycle.stop('test')
    expect(clock.waiting).toBe(0)
  })
})

describe('a phase', () => {
  it('that fails is named with its error, and those after it run', async () => {
    const { facts, lifecycle } = machine()
    const error = new Error('disk full')
    let ran = false
    lifecycle.onStop('store', () => {
      throw error
    })
    lifecycle.onStop('lock', () => void (ran = true), { after: ['store'] })
    expect(await lifecycle.stop('test')).toMatchObject({
      isClean: false,
      phases: [
        { name: 'store', outcome: 'failed', error },
        { name: 'lock', outcome: 'done' },
      ],
    })
    expect(ran).toBe(true)
    expect(facts.ofKind('lifecycle.phase-failed')).toMatchObject([{ phase: 'store', error }])
  })

  it('that fails after its time harms nobody', async () => {
    const { clock, lifecycle } = machine()
    lifecycle.onStop(
      'store',
      async () => {
        await clock.sleep(500)
        throw new Error('late')
      },
      { timeoutMs: 100 },
    )
    const stopped = lifecycle.stop('test')
    await clock.advance(1_000)
    expect((await stopped).phases).toMatchObject([{ outcome: 'hung' }])
  })

  it('that was taken away does not run, and holds nobody up', async () => {
    const { facts, lifecycle } = machine()
    const held = lifecycle.onStop('cache', () => expect.unreachable('was taken away'))
    lifecycle.onStop('store', () => {}, { after: ['cache'] })
    held[Symbol.dispose]()
    expect((await lifecycle.stop('test')).phases.map(({ name }) => name)).toEqual(['store'])
    expect(facts.ofKind('lifecycle.phase-missing')).toEqual([])
  })

  it('may come after one that is added later, and after one that never is, which is told', async () => {
    const { facts, lifecycle } = machine()
    const order: string[] = []
    lifecycle.onStop('lock', () => void order.push('lock'), { after: ['store', 'sotre'] })
    lifecycle.onStop('store', () => void order.push('store'))
    await lifecycle.stop('test')
    expect(order).toEqual(['store', 'lock'])
    expect(facts.ofKind('lifecycle.phase-missing')).toEqual([
      { kind: 'lifecycle.phase-missing', phase: 'lock', after: 'sotre' },
    ])
  })

  it('is refused when phases would wait for one another in a ring', () => {
    const { lifecycle } = machine()
    lifecycle.onStop('a', () => {}, { after: ['b'] })
    lifecycle.onStop('b', () => {}, { after: ['x', 'c'] })
    expect(() => lifecycle.onStop('c', () => {}, { after: ['a'] })).toThrow(
      'after must not lead back to the phase, got c after a after b after c',
    )
    expect(() => lifecycle.onStop('d', () => {}, { after: ['d'] })).toThrow('d after d')
    lifecycle.onStop('c', () => {})
  })

  it('that comes when the stop has begun is refused', () => {
    const { lifecycle } = machine()
    void lifecycle.stop('SIGTERM')
    expect(() => lifecycle.onStop('late', () => {})).toThrow(
      expect.objectContaining({ code: 'LIFECYCLE_STOPPING', phase: 'late' }),
    )
  })
})

describe('a second stop', () => {
  it('gets what the first got, also from a listener of the first', async () => {
    const clock = new VirtualClock()
    const results: Promise<unknown>[] = []
    let runs = 0
    const lifecycle = createLifecycle({
      clock,
      observe: ({ kind }) => {
        if (kind === 'lifecycle.stopping') results.push(lifecycle.stop('from a listener'))
      },
    })
    lifecycle.onStop('server', () => void (runs += 1))
    results.push(lifecycle.stop('SIGTERM'), lifecycle.stop('SIGINT'))
    const [one, two, three] = await Promise.all(results)
    expect(one).toBe(two)
    expect(two).toBe(three)
    expect(one).toMatchObject({ reason: 'SIGTERM' })
    expect(runs).toBe(1)
  })

  it('without a phase is over at once', async () => {
    expect(await machine().lifecycle.stop('test')).toEqual({
      reason: 'test',
      isClean: true,
      tookMs: 0,
      phases: [],
    })
  })
})
