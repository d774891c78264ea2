import { describe, expect, it } from 'vitest'
import type { CheckResult } from '../check.ts'
import { breakerClosed, lockHeld, type LockLike, type LockView } from '../index.ts'

const context = { signal: new AbortController().signal }

const lookAtBreaker = (state: string, retryInMs: number | null = null, options = {}): unknown =>
  breakerClosed({ name: 'R1', state, retryInMs: () => retryInMs }, options)(context)

const lookAtLock = (lock: LockLike): Promise<CheckResult> =>
  Promise.resolve(lockHeld({ path: 'data', lock })(context))

const lookFromOutside = (given: Partial<LockView>): Promise<CheckResult> =>
  Promise.resolve(
    lockHeld({
      path: 'data',
      inspect: () => ({ state: 'held', liveness: 'alive', quietMs: 300, ...given }),
      staleMs: 5_000,
    })(context),
  )

describe('a breaker', () => {
  it.each(['closed', 'disabled', 'observing'])('that is %s is ok', (state) => {
    expect(lookAtBreaker(state)).toMatchObject({ status: 'ok', message: `R1 is ${state}` })
  })

  it('that is isolated tells of no next try, since there is none', () => {
    expect(lookAtBreaker('isolated', Infinity)).toMatchObject({
      message: 'R1 is isolated',
      details: { state: 'isolated', retryInMs: null },
    })
  })

  it.each(['open', 'probing', 'isolated', 'something new'])('that is %s is degraded', (state) => {
    expect(lookAtBreaker(state)).toMatchObject({ status: 'degraded', message: `R1 is ${state}` })
  })

  it('says when it will be tried again, and may be critical', () => {
    expect(lookAtBreaker('open', 1_499.2, { whenOpen: 'critical' })).toEqual({
      status: 'critical',
      message: 'R1 is open, next try in 1500 ms',
      details: { state: 'open', retryInMs: 1_499.2 },
    })
  })

  it('is refused when it is none', () => {
    expect(() => breakerClosed({} as never)).toThrow('breaker must have a name')
    expect(() => breakerClosed({ name: 'x' } as never)).toThrow('breaker must have retryInMs')
    const breaker = { name: 'x', state: 'open', retryInMs: () => 0 }
    expect(() => breakerClosed(breaker, { onOpen: 5 } as never)).toThrow('onOpen is no option')
    expect(() => breakerClosed(breaker, { whenOpen: 'ok' } as never)).toThrow('whenOpen must be')
  })
})

describe('a lock', () => {
  it('of ours is ok while it is valid, and critical when it is lost', async () => {
    expect(await lookAtLock({ isValid: () => true })).toMatchObject({ status: 'ok' })
    expect(await lookAtLock({ isLost: false })).toMatchObject({ status: 'ok' })
    expect(await lookAtLock({ isValid: () => false })).toMatchObject({ status: 'critical' })
    expect(await lookAtLock({ isLost: true })).toMatchObject({
      status: 'critical',
      message: 'data: the lock is lost',
    })
  })

  it('that somebody holds is ok', async () => {
    expect(await lookFromOutside({})).toMatchObject({ status: 'ok' })
    expect(await lookFromOutside({ quietMs: null, liveness: null })).toMatchObject({ status: 'ok' })
  })

  it.each(['free', 'absent', 'foreign', 'damaged'])('that is %s is critical', async (state) => {
    expect(await lookFromOutside({ state })).toMatchObject({
      status: 'critical',
      message: `data: is ${state}`,
    })
  })

  it('of a dead holder is critical, of a silent one degraded', async () => {
    expect(await lookFromOutside({ liveness: 'dead' })).toMatchObject({ status: 'critical' })
    expect(await lookFromOutside({ quietMs: 5_000 })).toMatchObject({ status: 'ok' })
    expect(await lookFromOutside({ quietMs: 5_001 })).toMatchObject({
      status: 'degraded',
      message: 'data: no sign of life from its holder for 5001 ms',
    })
  })

  it.each<[object, string]>([
    [{ path: 'x' }, 'lockHeld needs lock or inspect, got neither'],
    [{ path: 'x', lock: {} }, 'lock must have isValid or isLost, got an object'],
    [{ path: 'x', inspect: 5 }, 'inspect must be a function'],
    [{ lock: { isLost: false } }, 'path must be text'],
    [{ path: 'x', lock: { isLost: false }, stale: 5 }, 'lockHeld: stale is no option'],
  ])('%j: %s', (options, message) => {
    expect(() => lockHeld(options as never)).toThrow(message)
  })
})
