import { describe, expect, it, vi } from 'vitest'
import { due } from './played.fixture.ts'

const options = { probes: { calls: 1, maxMs: 5_000, excess: { queue: 2 } } } as const

describe('callers beyond the probes, with a queue of 2', () => {
  it('go on together when the probe was good', async () => {
    const p = await due(options)
    const probe = p.pass()
    const waiting = [p.breaker.run(() => 'a'), p.breaker.run(() => 'b')]
    await p.clock.advance(0)
    p.breaker.settle(probe, 'success', 0)
    await expect(Promise.all(waiting)).resolves.toEqual(['a', 'b'])
    expect(p.clock.waiting).toBe(0)
  })

  it('are refused together when it was not', async () => {
    const p = await due(options)
    const probe = p.pass()
    const waiting = Promise.allSettled([p.breaker.run(() => 'a'), p.breaker.run(() => 'b')])
    await p.clock.advance(0)
    p.breaker.settle(probe, 'failure', 0)
    const reasons = (await waiting).map((end) => (end.status === 'rejected' ? end.reason : null))
    expect(reasons).toMatchObject([
      { code: 'CIRCUIT_OPEN', retryInMs: 1_000 },
      { code: 'CIRCUIT_OPEN', retryInMs: 1_000 },
    ])
    expect(p.breaker.reading().rejected).toBe(2)
  })

  it('are refused from the third on', async () => {
    const p = await due(options)
    p.pass()
    for (let i = 0; i < 2; i += 1) p.breaker.run(() => i).catch(() => {})
    await expect(p.breaker.run(() => 'c')).rejects.toMatchObject({ state: 'probing' })
    p.breaker[Symbol.dispose]()
  })

  it('take the permit of a probe that was cancelled, one of them', async () => {
    const p = await due(options)
    const probe = p.pass()
    const began: string[] = []
    const wait = (name: string): Promise<string> =>
      p.breaker.run(() => {
        began.push(name)
        return p.clock.sleep(100).then(() => name)
      })
    const waiting = [wait('a'), wait('b')]
    await p.clock.advance(0)
    p.breaker.settle(probe, 'ignore', 0)
    await p.clock.advance(0)
    expect(began).toEqual(['a'])
    await p.clock.advance(100)
    expect(p.breaker.state).toBe('closed')
    await p.clock.advance(100)
    await expect(Promise.all(waiting)).resolves.toEqual(['a', 'b'])
  })

  it('are not passed by those who come later', async () => {
    const p = await due(options)
    const probe = p.pass()
    const first = p.breaker.run(() => 'first')
    await p.clock.advance(0)
    p.breaker.settle(probe, 'ignore', 0)
    expect(p.breaker.admit()).toBeNull()
    await expect(first).resolves.toBe('first')
  })

  it('wait no longer than the probes may take', async () => {
    const p = await due(options)
    p.pass()
    const waiting = p.breaker.run(() => 'a').catch((error: unknown) => error)
    await p.clock.advance(0)
    expect(p.clock.waiting).toBe(1)
    await p.clock.advance(4_999)
    expect(p.breaker.state).toBe('probing')
    await p.clock.advance(1)
    expect(await waiting).toMatchObject({ code: 'CIRCUIT_OPEN', cause: { kind: 'unanswered' } })
    expect(p.clock.waiting).toBe(0)
  })

  it('have one timer between them, set once', async () => {
    const p = await due(options)
    p.pass()
    const after = vi.spyOn(p.clock, 'after')
    const waiting = [p.breaker.run(() => 'a'), p.breaker.run(() => 'b')]
    p.breaker.admit()
    await p.clock.advance(0)
    expect(after).toHaveBeenCalledTimes(1)
    p.breaker.reset()
    await Promise.all(waiting)
    expect(p.clock.waiting).toBe(0)
  })

  it('leave when they abort, and make room', async () => {
    const p = await due(options)
    const probe = p.pass()
    const controller = new AbortController()
    const { signal } = controller
    const gone = p.breaker.run(() => 'gone', { signal }).catch((error: unknown) => error)
    const stays = p.breaker.run(() => 'stays')
    await p.clock.advance(0)
    controller.abort(new Error('gone'))
    expect(await gone).toMatchObject({ message: 'gone' })
    const later = p.breaker.run(() => 'later')
    await p.clock.advance(0)
    p.breaker.settle(probe, 'success', 0)
    await expect(Promise.all([stays, later])).resolves.toEqual(['stays', 'later'])
  })

  it('who abort just as they are let go give the permit back', async () => {
    const p = await due(options)
    const probe = p.pass()
    const controller = new AbortController()
    let calls = 0
    const { signal } = controller
    const waiting = p.breaker.run(() => (calls += 1), { signal }).catch((error: unknown) => error)
    await p.clock.advance(0)
    p.breaker.settle(probe, 'ignore', 0)
    controller.abort(new Error('gone'))
    expect(await waiting).toMatchObject({ message: 'gone' })
    expect(calls).toBe(0)
    expect(p.breaker.admit()).not.toBeNull()
  })

  it.each([
    ['isolate', 'isolated'],
    ['trip', 'open'],
  ] as const)('are refused by %s', async (what, state) => {
    const p = await due(options)
    p.pass()
    const waiting = p.breaker.run(() => 'a').catch((error: unknown) => error)
    await p.clock.advance(0)
    p.breaker[what]({ reason: 'repair' })
    expect(await waiting).toMatchObject({ state, cause: { reason: 'repair' } })
    expect(p.clock.waiting).toBe(0)
  })

  it('are let go by reset, refused when the breaker is disposed of', async () => {
    const p = await due(options)
    p.pass()
    const waiting = p.breaker.run(() => 'a')
    await p.clock.advance(0)
    p.breaker.reset()
    await expect(waiting).resolves.toBe('a')
    const q = await due(options)
    q.pass()
    const refused = q.breaker.run(() => 'a').catch((error: unknown) => error)
    await q.clock.advance(0)
    q.breaker[Symbol.dispose]()
    expect(await refused).toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(q.clock.waiting).toBe(0)
  })

  it('do not wait while it is open', async () => {
    const p = await due(options)
    p.play('failure')
    await expect(p.breaker.run(() => 'a')).rejects.toMatchObject({ state: 'open' })
  })
})
