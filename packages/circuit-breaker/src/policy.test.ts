import { VirtualClock } from '@holdfast/seams/testing'
import { bulkhead, handleAll, retry, wrap, type IPolicy } from 'cockatiel'
import {
  handleAll as handleAll3,
  retry as retry3,
  wrap as wrap3,
  type IPolicy as IPolicy3,
} from 'cockatiel-3'
import { describe, expect, it } from 'vitest'
import { asPolicy } from './index.ts'
import { opened, played } from './played.fixture.ts'

describe('asPolicy', () => {
  it('is one of cockatiel’s policies, for its compiler too', async () => {
    const { breaker } = played()
    const policy: IPolicy = asPolicy(breaker)
    await expect(policy.execute(() => 7)).resolves.toBe(7)
    expect(breaker.reading().calls).toBe(1)
  })

  it('is one of those of cockatiel 3 as well, which Node.js 20 takes', async () => {
    const p = played()
    const policy: IPolicy3 = wrap3(retry3(handleAll3, { maxAttempts: 2 }), asPolicy(p.breaker))
    const answer = policy.execute(() => Promise.reject(new Error('no')))
    await expect(answer).rejects.toThrow('no')
    expect(p.breaker.reading().calls).toBe(3)
  })

  it('tells listeners an Error whatever was thrown, with that as its cause', async () => {
    const heard: Error[] = []
    const policy = asPolicy(played().breaker)
    policy.onFailure(({ reason }) => heard.push(reason.error))
    const thrown = 'no' as unknown as Error
    await expect(policy.execute(() => Promise.reject(thrown))).rejects.toBe(thrown)
    expect(heard[0]).toBeInstanceOf(Error)
    expect(heard[0]).toMatchObject({ message: 'no', cause: thrown })
  })

  it('stands inside a retry of cockatiel: each attempt is a call of the breaker', async () => {
    const p = played()
    let attempts = 0
    const policy = wrap(retry(handleAll, { maxAttempts: 2 }), asPolicy(p.breaker))
    const flaky = (): Promise<string> => {
      attempts += 1
      return attempts < 3 ? Promise.reject(new Error('no')) : Promise.resolve('yes')
    }
    await expect(policy.execute(flaky)).resolves.toBe('yes')
    expect(p.breaker.reading()).toMatchObject({ calls: 3, state: 'closed' })
  })

  it('refuses the attempts that come after it opened', async () => {
    const p = played({ minimumCalls: 2 })
    let attempts = 0
    const policy = wrap(retry(handleAll, { maxAttempts: 9 }), asPolicy(p.breaker))
    const down = (): Promise<never> => {
      attempts += 1
      return Promise.reject(new Error('no'))
    }
    await expect(policy.execute(down)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(attempts).toBe(2)
  })

  it('does not blame the service for a full bulkhead inside', async () => {
    const p = played({ minimumCalls: 1 })
    const policy = wrap(asPolicy(p.breaker), bulkhead(1))
    const first = policy.execute(() => p.clock.sleep(5))
    await expect(policy.execute(() => 1)).rejects.toMatchObject({ isBulkheadRejectedError: true })
    expect(p.breaker.reading()).toMatchObject({ state: 'closed', calls: 0 })
    await p.clock.advance(5)
    await first
    expect(p.breaker.reading().calls).toBe(1)
  })

  it('hands on the signal of those around it', async () => {
    const p = played()
    const controller = new AbortController()
    const policy = wrap(asPolicy(p.breaker))
    let own: AbortSignal | undefined
    const answer = policy.execute(({ signal }) => {
      own = signal
      return new Promise<never>(() => {})
    }, controller.signal)
    controller.abort(new Error('gone'))
    await expect(answer).rejects.toThrow('gone')
    expect(own?.aborted).toBe(true)
  })

  it('tells listeners how calls ended and how long they took, and no refusals', async () => {
    const clock = new VirtualClock()
    const p = played({ clock })
    const policy = asPolicy(p.breaker, { clock })
    const heard: object[] = []
    const listening = [
      policy.onSuccess((event) => heard.push(event)),
      policy.onFailure((event) => heard.push(event)),
    ]
    const error = new Error('no')
    const slowly = policy.execute(() => clock.sleep(7))
    await clock.advance(7)
    await slowly
    await policy.execute(() => Promise.reject(error)).catch(() => {})
    expect(heard).toEqual([{ duration: 7 }, { duration: 0, handled: true, reason: { error } }])
    p.breaker.trip({ reason: 'drift' })
    await policy.execute(() => 1).catch(() => {})
    for (const each of listening) each.dispose()
    p.breaker.reset()
    await policy.execute(() => 1)
    expect(heard).toHaveLength(2)
  })

  it('refuses with the error of the breaker, which cockatiel takes for any other', async () => {
    const policy = asPolicy(opened().breaker)
    await expect(policy.execute(() => 1)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
  })
})
