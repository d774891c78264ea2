import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { BreakerOptions, BreakerSnapshot } from './index.ts'
import { due, opened, played } from './played.fixture.ts'

const restored = (snapshot: BreakerSnapshot, options: Partial<BreakerOptions> = {}) =>
  played({ ...options, snapshot: JSON.parse(JSON.stringify(snapshot)) as BreakerSnapshot })

describe('a snapshot', () => {
  it('keeps what is left of the open time, less what passed between the two', async () => {
    const p = opened()
    await p.clock.advance(300)
    const snapshot = p.breaker.snapshot()
    const clock = new VirtualClock(snapshot.takenAtMs + 200) // Of another process, begun at 0 again.
    const q = restored(snapshot, { clock })
    expect(q.breaker.reading()).toMatchObject({
      state: 'open',
      retryInMs: 500,
      attempt: 1,
      era: p.breaker.era + 1,
      cause: { kind: 'tripped', reason: 'for the test' },
    })
    await clock.advance(500)
    q.play('failure', 'success')
    expect(q.breaker.reading()).toMatchObject({ state: 'open', attempt: 2 })
  })

  it('never makes the open time longer, though the wall clock was set back', () => {
    const snapshot = opened().breaker.snapshot()
    const clock = new VirtualClock(snapshot.takenAtMs - 3_600_000)
    expect(restored(snapshot, { clock }).breaker.retryInMs()).toBe(1_000)
  })

  it('of a probing breaker is open with no time left', async () => {
    const p = await due()
    p.pass()
    const q = restored(p.breaker.snapshot())
    expect(q.breaker.reading()).toMatchObject({ state: 'open', retryInMs: 0, attempt: 1 })
    q.play('success', 'success')
    expect(q.breaker.state).toBe('closed')
  })

  it('keeps the calls of a count window, oldest first', () => {
    const p = played({ slowMs: 10, slowRatio: 0.9 })
    for (const tookMs of [0, 11, 0]) p.breaker.settle(p.pass(), 'timeout', tookMs)
    p.breaker.reset()
    p.play('success', 'timeout')
    p.breaker.settle(p.pass(), 'success', 11)
    expect(p.breaker.snapshot().window).toEqual({ kind: 'count', calls: '018' })
    const q = restored(p.breaker.snapshot())
    q.play('success')
    expect(q.breaker.reading()).toMatchObject({ calls: 4, failureRatio: 0.25, slowRatio: 0.25 })
    q.play('success', 'success')
    expect(q.breaker.reading()).toMatchObject({ failureRatio: 0 })
  })

  it('keeps the last calls for a smaller window', () => {
    const p = played({ window: { kind: 'count', size: 10 }, minimumCalls: 10 })
    p.play('failure', 'failure', 'failure', 'success', 'success', 'success', 'success')
    expect(restored(p.breaker.snapshot()).breaker.reading()).toMatchObject({
      calls: 4,
      failureRatio: 0,
    })
  })

  it('keeps the seconds of a time window, which go on growing old', async () => {
    const options = { window: { kind: 'time', seconds: 3 }, minimumCalls: 2 } as const
    const p = played({ ...options, failureRatio: 1 })
    p.play('failure')
    await p.clock.advance(1_000)
    p.play('success', 'failure')
    const snapshot = p.breaker.snapshot()
    const read = (laterMs: number): number => {
      const clock = new VirtualClock(snapshot.takenAtMs + laterMs)
      return restored(snapshot, { ...options, clock }).breaker.reading().calls
    }
    expect([0, 999, 1_000, 2_000, 3_000, 1e12].map(read)).toEqual([3, 3, 3, 2, 0, 0])
    const q = restored(snapshot, options)
    await q.clock.advance(1_000)
    expect(q.breaker.reading().calls).toBe(3)
    await q.clock.advance(1_000)
    expect(q.breaker.reading().calls).toBe(2)
    expect(restored(q.breaker.snapshot(), options).breaker.reading().calls).toBe(2)
  })

  it('keeps the row of consecutive failures', () => {
    const options = { window: { kind: 'consecutive' }, minimumCalls: 3 } as const
    const p = played(options)
    p.play('failure', 'failure')
    const q = restored(p.breaker.snapshot(), options)
    q.play('failure')
    expect(q.breaker.state).toBe('open')
  })

  it('of another kind of window gives an empty one', () => {
    const p = played()
    p.play('failure', 'failure')
    for (const window of [{ kind: 'time', seconds: 3 }, { kind: 'consecutive' }] as const) {
      const q = restored(p.breaker.snapshot(), { window })
      expect(q.breaker.reading().calls).toBe(0)
      expect(restored(q.breaker.snapshot()).breaker.reading().calls).toBe(0)
    }
  })

  it('however large its numbers are, gives a breaker that counts on, and can be written down again', async () => {
    const most = Number.MAX_SAFE_INTEGER
    let snapshot: BreakerSnapshot = { ...opened().breaker.snapshot(), era: most, attempt: most }
    for (let i = 0; i < 3; i += 1) {
      const p = restored(snapshot, { probes: { calls: 1 }, openMs: 1.7e308 })
      const { era } = p.breaker
      await p.clock.advance(p.breaker.retryInMs() ?? 0)
      p.play('failure')
      expect(p.breaker.era).toBe(era + 2)
      snapshot = { ...p.breaker.snapshot(), retryInMs: 0 }
    }
  })

  it('opens no breaker that refuses nothing', () => {
    expect(restored(opened().breaker.snapshot(), { mode: 'observing' }).breaker.state).toBe(
      'observing',
    )
  })

  it('holds no error of a call', async () => {
    const p = played({ minimumCalls: 1 })
    await p.breaker.run(() => Promise.reject(new Error('secret'))).catch(() => {})
    expect(p.breaker.reading().cause?.error).toBeInstanceOf(Error)
    expect(p.breaker.snapshot().cause).not.toHaveProperty('error')
  })

  it.each([
    [{ version: 2 }, 'snapshot.version must be one of 1, got 2'],
    [{ state: 'probing' }, 'snapshot.state must be one of "closed", "open", got "probing"'],
    [{ era: -1 }, 'snapshot.era must be an integer from 0'],
    [{ attempt: 0 }, 'snapshot.attempt must be an integer from 1'],
    [{ takenAtMs: '1' }, 'snapshot.takenAtMs must be finite and ≥ 0, got "1"'],
    [{ retryInMs: null }, 'snapshot.retryInMs must be finite and ≥ 0, got null'],
    [{ cause: null }, 'snapshot.cause must be an object, got null'],
    [{ cause: {} }, 'snapshot.cause.kind must be one of "failure-ratio"'],
    [{ window: { kind: 'count', calls: '12x' } }, 'snapshot.window.calls must be hexadecimal'],
    [{ window: { kind: 'time', buckets: [[1, 2]] } }, 'snapshot.window.buckets must be lists'],
    [{ window: { kind: 'consecutive' } }, 'snapshot.window.calls must be an integer'],
    [{ window: { kind: 'moon' } }, 'snapshot.window.kind must be one of'],
    [{ colour: 'red' }, 'snapshot may have version, name, state'],
  ])('with %j is refused by name', (wrong, message) => {
    const snapshot = { ...opened().breaker.snapshot(), ...wrong } as BreakerSnapshot
    expect(() => played({ snapshot })).toThrow(message)
  })
})
