import { describe, expect, it, vi } from 'vitest'
import { CallTimeoutError, type Ended, type Judgement } from './index.ts'
import { due, opened, played } from './played.fixture.ts'

const never = (): Promise<never> => new Promise<never>(() => {})
const fail =
  (error: unknown = new Error('no')) =>
  (): never => {
    throw error
  }

/** A promise of another make. */
class Thenable extends Array<number> implements PromiseLike<number> {
  // oxlint-disable-next-line unicorn/no-thenable -- That is what it is about.
  then<A, B>(give: ((value: number) => A | PromiseLike<A>) | null): PromiseLike<A | B> {
    return Promise.resolve(7).then(give)
  }
}

describe('run', () => {
  it('gives what the call gives, also what is no promise', async () => {
    const { breaker } = played()
    await expect(breaker.run(async () => 7)).resolves.toBe(7)
    await expect(breaker.run(() => 7)).resolves.toBe(7)
    await expect(breaker.run(() => new Thenable())).resolves.toBe(7)
    expect(breaker.reading().calls).toBe(3)
  })

  it('throws what the call throws, at once or later, and records it', async () => {
    const { breaker } = played()
    const error = new Error('no')
    await expect(breaker.run(fail(error))).rejects.toBe(error)
    const thrown = breaker.run(() => {
      throw error
    })
    await expect(thrown).rejects.toBe(error)
    await expect(breaker.run(fail(null))).rejects.toBeNull()
    expect(breaker.reading().calls).toBe(3)
  })

  it('refuses without calling, with a reason, the time to wait and no stack trace', async () => {
    const { breaker } = played()
    const down = new Error('ECONNREFUSED')
    for (let i = 0; i < 4; i += 1) await breaker.run(fail(down)).catch(() => {})
    let calls = 0
    const error = await breaker.run(() => (calls += 1)).catch((error: unknown) => error)
    expect(calls).toBe(0)
    expect(error).toMatchObject({
      name: 'CircuitOpenError',
      code: 'CIRCUIT_OPEN',
      breaker: 'stock',
      state: 'open',
      retryInMs: 1_000,
      cause: { kind: 'failure-ratio', failure: 'error', failureRatio: 1, error: down },
      message: 'stock: not called, it is open for 1000 ms more (failure-ratio)',
    })
    expect((error as Error).stack).not.toContain('\n    at ')
    expect(Error.stackTraceLimit).toBeGreaterThan(0)
  })

  it('gives the refusal a stack trace on request', async () => {
    const { breaker } = opened({ errorStack: true })
    const error = (await breaker.run(() => 1).catch((error: unknown) => error)) as Error
    expect(error.stack).toContain('\n    at ')
  })

  it('says why it refuses while it probes and while it is isolated', async () => {
    const p = await due({ probes: { calls: 1 } })
    p.pass()
    await expect(p.breaker.run(() => 1)).rejects.toMatchObject({
      state: 'probing',
      retryInMs: 0,
      message: 'stock: not called, others are probing it (tripped: for the test)',
    })
    p.breaker.isolate({ reason: 'repair' })
    await expect(p.breaker.run(() => 1)).rejects.toMatchObject({
      state: 'isolated',
      retryInMs: Infinity,
      cause: { kind: 'isolated', reason: 'repair' },
      message: 'stock: not called, it is isolated until it is released (isolated: repair)',
    })
  })

  it('takes no blame out on the service for what is no function', async () => {
    const { breaker } = played()
    await expect(breaker.run(undefined as never)).rejects.toThrow(
      'call must be a function, got undefined',
    )
    expect(breaker.reading().calls).toBe(0)
  })

  it('refuses an option that there is not, without calling', async () => {
    const { breaker } = played()
    let calls = 0
    const run = (options: object | null): Promise<number> =>
      breaker.run(() => (calls += 1), options as object)
    await expect(run({ sgnal: undefined })).rejects.toThrow(
      'options may have signal, fallback, got "sgnal"',
    )
    await expect(run(null)).rejects.toThrow('options must be an object, got null')
    expect(calls).toBe(0)
  })

  it('throws what the call throws also when nobody can read that', async () => {
    const unreadable = [
      Object.create(Error.prototype, { code: { get: fail() } }),
      new Proxy(new Error('x'), { get: fail() }),
      Object.create(Error.prototype, { cause: { get: fail() } }),
    ] as unknown[]
    const { breaker } = played()
    for (const error of unreadable) await expect(breaker.run(fail(error))).rejects.toBe(error)
    expect(breaker.reading().calls).toBe(3)
  })

  it('drops the result of a call that outlived its era, and still gives it to its caller', async () => {
    const p = played()
    const late = p.breaker.run(() => p.clock.sleep(5).then(() => 7))
    p.breaker.trip({ reason: 'drift' })
    await p.clock.advance(5)
    await expect(late).resolves.toBe(7)
    expect(p.breaker.reading()).toMatchObject({ state: 'open', stale: 1 })
  })
})

describe('the signal of a call', () => {
  it('is its own when the call takes one, so that listeners do not gather', async () => {
    const { breaker } = played()
    const seen: AbortSignal[] = []
    for (let i = 0; i < 2; i += 1) await breaker.run((signal) => seen.push(signal))
    expect(new Set(seen).size).toBe(2)
    expect(seen[0]).toBeInstanceOf(AbortSignal)
  })

  it('is there also for a call that asks for it late', async () => {
    const { breaker } = played()
    await expect(breaker.run((...all: AbortSignal[]) => all[0]?.aborted ?? true)).resolves.toBe(
      false,
    )
  })

  it('of one call is not aborted by the timeout of another', async () => {
    const p = played({ timeoutMs: 100 })
    const signals: AbortSignal[] = []
    const hang = (signal: AbortSignal): Promise<never> => {
      signals.push(signal)
      return never()
    }
    const first = p.breaker.run(hang).catch((error: unknown) => error)
    await p.clock.advance(60)
    const second = p.breaker.run(hang).catch((error: unknown) => error)
    await p.clock.advance(40)
    expect(await first).toBeInstanceOf(CallTimeoutError)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    await p.clock.advance(60)
    await second
  })
})

describe('a caller who aborts', () => {
  it('is answered at once with the reason, though the call hangs, and the permit goes back', async () => {
    const p = await due({ probes: { calls: 1 } })
    const controller = new AbortController()
    let own: AbortSignal | undefined
    const options = { signal: controller.signal, fallback: () => 'instead' }
    const answer = p.breaker.run((signal) => {
      own = signal
      return new Promise<string>(() => {})
    }, options)
    expect(p.breaker.admit()).toBeNull()
    controller.abort(new Error('gone'))
    expect(p.breaker.admit()).not.toBeNull()
    await expect(answer).rejects.toThrow('gone')
    expect(own?.aborted).toBe(true)
    expect(p.breaker.reading()).toMatchObject({ state: 'probing', calls: 0 })
  })

  it('before the call keeps it from being made', async () => {
    const p = played()
    let calls = 0
    const signal = AbortSignal.abort(new Error('gone'))
    await expect(p.breaker.run(() => (calls += 1), { signal })).rejects.toThrow('gone')
    expect(calls).toBe(0)
  })

  it('leaves no listener behind, however the call ends', async () => {
    const p = played({ timeoutMs: 1_000 })
    const controller = new AbortController()
    const { signal } = controller
    const [add, remove] = [
      vi.spyOn(signal, 'addEventListener'),
      vi.spyOn(signal, 'removeEventListener'),
    ]
    await p.breaker.run(() => 1, { signal })
    await p.breaker.run(fail(), { signal }).catch(() => {})
    expect(add).toHaveBeenCalledTimes(2)
    expect(remove).toHaveBeenCalledTimes(2)
    expect(p.clock.waiting).toBe(0)
  })
})

describe('timeoutMs', () => {
  it('ends the wait at once, aborts the signal and counts as kind timeout', async () => {
    const p = played({ timeoutMs: 250, minimumCalls: 1, judge: () => 'success' })
    const answer = p.breaker.run(never)
    const caught = answer.catch((error: unknown) => error)
    await p.clock.advance(250)
    expect(await caught).toMatchObject({
      name: 'CallTimeoutError',
      code: 'CALL_TIMEOUT',
      breaker: 'stock',
      timeoutMs: 250,
      message: 'stock: no answer within 250 ms',
    })
    expect(p.breaker.reading()).toMatchObject({ state: 'open', cause: { failure: 'timeout' } })
  })

  it('makes what the call does later nobody’s', async () => {
    const p = played({ timeoutMs: 250 })
    const late = (): Promise<never> =>
      p.clock.sleep(300).then(() => Promise.reject(new Error('late')))
    const caught = p.breaker.run(late).catch(() => 'caught')
    await p.clock.advance(250)
    expect(await caught).toBe('caught')
    await p.clock.advance(50) // Unhandled, the error would fail this run of the tests.
    expect(p.breaker.reading()).toMatchObject({ calls: 1, stale: 0 })
  })

  it('leaves no timer behind when the call was quicker', async () => {
    const p = played({ timeoutMs: 250 })
    await expect(p.breaker.run(async () => 7)).resolves.toBe(7)
    expect(p.clock.waiting).toBe(0)
  })

  it('measures slowness by the same clock', async () => {
    const p = played({ timeoutMs: 250, slowMs: 100, minimumCalls: 1 })
    const answer = p.breaker.run(() => p.clock.sleep(101))
    await p.clock.advance(101)
    await answer
    expect(p.breaker.reading().cause).toMatchObject({ kind: 'slow-ratio' })
  })
})

const fallback = (error: unknown): string => `instead of ${(error as { code?: string }).code}`

describe('a fallback', () => {
  it('answers for a refusal, a timeout and an error judged a failure', async () => {
    const p = played({ timeoutMs: 100 })
    const error = Object.assign(new Error('no'), { code: 'EPIPE' })
    await expect(p.breaker.run(fail(error), { fallback })).resolves.toBe('instead of EPIPE')
    const hanging = p.breaker.run(never, { fallback })
    await p.clock.advance(100)
    await expect(hanging).resolves.toBe('instead of CALL_TIMEOUT')
    p.breaker.trip({ reason: 'drift' })
    await expect(p.breaker.run(() => 'real', { fallback })).resolves.toBe('instead of CIRCUIT_OPEN')
    const told = p.facts.ofKind('breaker.fallback').map(({ because }) => because)
    expect(told).toEqual(['failure', 'timeout', 'refused'])
  })

  it('answers also when the kind of failure weighs nothing', async () => {
    const p = played()
    const error = Object.assign(new Error('full'), { isBulkheadRejectedError: true, code: 'FULL' })
    await expect(p.breaker.run(fail(error), { fallback })).resolves.toBe('instead of FULL')
    expect(p.breaker.reading().calls).toBe(0)
  })

  it.each(['ignore', 'success'] as const)(
    'does not answer for an error judged %s',
    async (judgement) => {
      const p = played({ judge: () => judgement })
      const error = new Error('no')
      await expect(p.breaker.run(fail(error), { fallback })).rejects.toBe(error)
    },
  )

  it('does not answer for a value, whatever the judge says of it', async () => {
    const p = played({ judge: () => 'failure' })
    await expect(p.breaker.run(() => 'real', { fallback })).resolves.toBe('real')
    expect(p.breaker.reading().calls).toBe(1)
  })

  it('may take its time, and fail', async () => {
    const p = opened()
    const options = { fallback: () => Promise.reject(new Error('also no')) }
    await expect(p.breaker.run(() => 1, options)).rejects.toThrow('also no')
  })
})

describe('a judge', () => {
  it('hears of values and errors, and what it says counts', async () => {
    const heard: Ended[] = []
    const says: Judgement[] = ['failure', 'success', 'ignore', { openForMs: 60_000 }]
    const p = played({
      judge: (ended) => {
        heard.push(ended)
        return says.shift()!
      },
    })
    const error = new Error('no')
    await p.breaker.run(() => 503)
    await p.breaker.run(fail(error)).catch(() => {})
    await p.breaker.run(fail(error)).catch(() => {})
    expect(heard).toMatchObject([{ value: 503 }, { error }, { error }])
    expect(p.breaker.reading().calls).toBe(2)
    await p.breaker.run(() => 429)
    expect(p.breaker.reading()).toMatchObject({ state: 'open', retryInMs: 60_000 })
  })

  describe.each([
    ['throws', fail(new TypeError('reading status of undefined')), 'reading status'],
    ['says what is no judgement', () => 'good' as never, 'outcome must be one of'],
  ])('that %s', (_, judge, message) => {
    it.each([{}, { timeoutMs: 50 }])('keeps nothing from its caller with %j', async (options) => {
      const p = played({ ...options, judge })
      const error = Object.assign(new Error('no'), { code: 'ETIMEDOUT' })
      await expect(p.breaker.run(() => 7)).resolves.toBe(7)
      await expect(p.breaker.run(fail(error))).rejects.toBe(error)
      await expect(p.breaker.run(fail(error), { fallback })).resolves.toBe('instead of ETIMEDOUT')
    })

    it('is told, and the call counts as it would without a judge', async () => {
      const p = played({ judge })
      const error = new Error('no')
      await p.breaker.run(() => 7)
      for (let i = 0; i < 3; i += 1) await p.breaker.run(fail(error)).catch(() => {})
      expect(p.breaker.reading()).toMatchObject({
        state: 'open',
        cause: { failureRatio: 0.75, failure: 'error', error },
      })
      const told = p.facts.ofKind('breaker.judge-failed')
      expect(told).toHaveLength(4)
      const { message: said } = told[0]!.error as Error
      expect(said).toContain(message)
    })
  })
})
