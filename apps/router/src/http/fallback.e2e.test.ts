import type { ServerResponse } from 'node:http'
import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it, vi } from 'vitest'
import { LINGER_MS } from '../learning/ledger.ts'
import { ledgerDecisions, ledgerLines } from '../learning/ledger-lines.fixture.ts'
import { fakeUpstream, goodAnswer, testRouter, type Handler } from './fake-upstream.fixture.ts'

const failing: Handler = (response) => void response.writeHead(500).end('{}')
const busy: Handler = (response) => void response.writeHead(429).end('{}')
const page: Handler = (response) =>
  void response.writeHead(200, { 'content-type': 'text/html' }).end('hi')
const hanging: Handler = () => {}
const breaksOff: Handler = (response) => void response.destroy()

const diesBefore: Handler = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  response.destroy()
}

const diesAfter: Handler = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n', () => response.destroy())
}

/** Answers 200, and says in the body that it failed. */
const failsInside: Handler = (response, { stream }) => {
  const error = { error: { message: 'overloaded', code: 'busy' } }
  if (stream === true) {
    response.writeHead(200, { 'content-type': 'TEXT/EVENT-STREAM' })
    response.end(`: hello\n\ndata: ${JSON.stringify(error)}\n\n`)
  } else {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(error))
  }
}

const breaksJson: Handler = (response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[{"mess')

const onlyComments: Handler = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(': waiting\n\n', () => response.destroy())
}

const streamed: Handler = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end('data: {"choices":[{"delta":{"content":"yes"}}]}\n\ndata: [DONE]\n\n')
}

/** An upstream whose ways can be changed while it runs. */
async function changing(first: Handler) {
  let handler = first
  const upstream = await fakeUpstream((response, call) => handler(response, call))
  return { upstream, become: (next: Handler) => (handler = next) }
}

const codeOf = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { error: { code: string } }).error.code

describe('a route that does not answer', () => {
  it('is stood in for by the next one, and the client notices nothing but the names', async () => {
    await using bad = await fakeUpstream(failing)
    await using good = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [bad.baseUrl, good.baseUrl] })
    // Chance chooses who is asked first: by now it has chosen the bad one.
    const second = await untilFallback(router)
    expect(second.headers.get('x-holdfast-attempt')).toBe('2')
    const others = await Promise.all([0, 1, 2, 3, 4].map(() => router.ask()))
    for (const answer of [second, ...others]) {
      expect(answer.status).toBe(200)
      expect(answer.headers.get('x-holdfast-route')).toBe('R2')
      expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'yes' } }] })
    }
  })

  it('and who stands in are two decisions: one learned as quality 0, one that takes the feedback', async () => {
    await using bad = await fakeUpstream(failing)
    await using good = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, good.baseUrl],
      config: { retry: { tries: 1 } },
    })
    await untilFallback(router)
    const [fallback] = router.facts.ofKind('router.fallback')
    const id = fallback?.id ?? ''
    const feedback = await router.post('/v1/feedback', { decisionId: id, quality: 1 })
    expect(await feedback.json()).toMatchObject({ result: 'learned' })
    const lines = ledgerDecisions(router.dataDir)
    const first = lines.find((line) => line.id === fallback?.after)
    const second = lines.find((line) => line.id === id)
    expect(first).toMatchObject({ route: 'R1', status: 502, attempt: 1, after: null })
    expect(first?.live).not.toBeNull()
    expect(second).toMatchObject({ route: 'R2', status: 200, attempt: 2, why: 'fallback', p: 1 })
    expect(second?.live).toBeNull()
    expect(router.facts.ofKind('router.learned')).toMatchObject([
      { id: first?.id, route: 'R1', reward: 0 },
      { id, route: 'R2' },
    ])
  })

  it.each([
    ['answers with an error', failing],
    ['breaks off', breaksOff],
    ['says nothing', hanging],
    ['asks for patience', busy],
    ['sends a page', page],
    ['says in its body that it failed', failsInside],
    ['sends half an answer', breaksJson],
  ])('because it %s is stood in for', async (_how, handler) => {
    await using bad = await fakeUpstream(handler)
    await using good = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [bad.baseUrl, good.baseUrl], timeoutMs: 100 })
    expect((await untilFallback(router)).status).toBe(200)
  })

  it('may break off a stream before its first byte, and another streams', async () => {
    await using bad = await fakeUpstream(diesBefore)
    await using good = await fakeUpstream(streamed)
    await using router = await testRouter({ baseUrls: [bad.baseUrl, good.baseUrl] })
    const answer = await untilFallback(router, { stream: true })
    expect(await answer.text()).toContain('yes')
    expect(answer.headers.get('x-holdfast-route')).toBe('R2')
  })

  it.each([
    ['with an error instead of an answer', failsInside],
    ['with nothing but comments', onlyComments],
  ])('may begin its stream %s, and another streams', async (_how, handler) => {
    await using bad = await fakeUpstream(handler)
    await using good = await fakeUpstream(streamed)
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, good.baseUrl],
      config: { retry: { tries: 1 } },
    })
    const answer = await untilFallback(router, { stream: true })
    expect(await answer.text()).toContain('yes')
  })

  it.each([
    ['without its end', '', 'upstream_cut'],
    ['with an error', 'data: {"error":{"message":"overloaded","code":"busy"}}\n\n', 'busy'],
  ])(
    'that ends its stream %s is learned as quality 0, and the client is told',
    async (_how, end, code) => {
      let finish: (() => void) | undefined
      await using bad = await fakeUpstream((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n')
        finish = () => response.end(end)
      })
      await using router = await testRouter({ baseUrls: [bad.baseUrl, bad.baseUrl] })
      const reader = (await router.ask({ stream: true })).body?.getReader()
      const decoder = new TextDecoder()
      const text = async (): Promise<string> => decoder.decode((await reader?.read())?.value)
      expect(await text()).toContain('one')
      finish?.()
      let rest = ''
      await vi.waitFor(async () => expect((rest += await text())).toContain(`"code":"${code}"`))
      await vi.waitFor(() => {
        expect(router.facts.ofKind('router.learned')).toMatchObject([{ reward: 0 }])
      })
    },
  )

  it('after its first byte is not stood in for: the stream ends with an error event, and it learns quality 0', async () => {
    await using bad = await fakeUpstream(diesAfter)
    await using good = await fakeUpstream(streamed)
    await using router = await testRouter({ baseUrls: [bad.baseUrl, good.baseUrl] })
    let text = ''
    await vi.waitFor(async () => {
      const answer = await router.ask({ stream: true })
      text = await answer.text()
      expect(text).toContain('one')
    })
    expect(text).toContain('"code":"upstream_unreachable"')
    expect(router.facts.ofKind('router.fallback')).toEqual([])
    expect(router.facts.ofKind('router.learned')).toMatchObject([{ route: 'R1', reward: 0 }])
  })

  it('is asked once more first where that may help', async () => {
    let calls = 0
    await using flaky = await fakeUpstream((response, call) => {
      calls += 1
      if (calls === 1) failing(response, call)
      else goodAnswer(response, call)
    })
    await using router = await testRouter({ baseUrls: [flaky.baseUrl, flaky.baseUrl] })
    const answer = await router.ask({ model: 'R1' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-holdfast-attempt')).toBeNull()
    expect(router.facts.ofKind('router.retried')).toMatchObject([{ route: 'R1' }])
    await vi.waitFor(() => {
      expect(ledgerDecisions(router.dataDir)).toMatchObject([{ route: 'R1', status: 200 }])
    })
  })

  it('is not asked again when the budget of tries is used up', async () => {
    await using bad = await fakeUpstream(failing)
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, bad.baseUrl],
      config: { retry: { budgetRatio: 0, budgetPerSecond: 0 } },
    })
    expect((await router.ask({ model: 'R1' })).status).toBe(502)
    expect(bad.calls).toHaveLength(1)
  })

  it('but was named by the caller, or is the guardrail where that must answer, is not stood in for', async () => {
    await using bad = await fakeUpstream(failing)
    await using good = await fakeUpstream(goodAnswer)
    await using named = await testRouter({ baseUrls: [bad.baseUrl, good.baseUrl] })
    expect((await named.ask({ model: 'R1' })).status).toBe(502)
    await using guarded = await testRouter({
      baseUrls: [good.baseUrl, bad.baseUrl],
      config: { rollout: { enabled: false } },
    })
    expect((await guarded.ask()).status).toBe(502)
    expect(good.calls).toHaveLength(0)
  })

  it('is not stood in for when it took too long to fail', async () => {
    await using slow = await fakeUpstream(hanging)
    await using router = await testRouter({
      baseUrls: [slow.baseUrl, slow.baseUrl],
      timeoutMs: 50,
      config: { fallback: { withinMs: 10 } },
    })
    expect((await router.ask()).status).toBe(504)
    expect(slow.calls).toHaveLength(1)
  })

  it('may use words of its own to the client, in bounds, and none of them in the metrics', async () => {
    await using bad = await fakeUpstream((response) => {
      const error = { message: 'm'.repeat(5_000), code: 'c'.repeat(5_000) }
      response.writeHead(500, { 'retry-after': '9007199254741' }).end(JSON.stringify({ error }))
    })
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, bad.baseUrl],
      config: { retry: { tries: 1 } },
    })
    const answer = await router.ask({ model: 'R1' })
    const { error } = (await answer.json()) as { error: { message: string; code: string } }
    expect(error.code).toBe('c'.repeat(64))
    expect(error.message).toHaveLength('R1: model-1: '.length + 1_000)
    expect(answer.headers.get('retry-after')).toBe('86400')
    expect(router.facts.ofKind('router.refused')).toMatchObject([{ code: 'upstream_error' }])
    expect(router.facts.ofKind('router.upstream-failed')).toMatchObject([
      { code: 'upstream_error' },
    ])
  })

  it('is not stood in for where the configuration says so', async () => {
    await using bad = await fakeUpstream(failing)
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, bad.baseUrl],
      config: { fallback: { enabled: false }, retry: { tries: 1 } },
    })
    expect((await router.ask()).status).toBe(502)
    expect(bad.calls).toHaveLength(1)
  })
})

/** Asks until R1 was chosen and R2 stood in for it. */
async function untilFallback(
  router: Awaited<ReturnType<typeof testRouter>>,
  body: Record<string, unknown> = {},
): Promise<Response> {
  for (let i = 0; i < 200; i += 1) {
    const answer = await router.ask(body)
    if (router.facts.ofKind('router.fallback').length > 0) return answer
    await answer.text()
  }
  throw new Error('R1 was never chosen')
}

describe('the breaker of a route', () => {
  const config = { breaker: { minimumCalls: 3, openMs: 1_000, jitter: 0 }, retry: { tries: 1 } }

  it('opens after repeated failures: the route is masked before the decision, and not called', async () => {
    await using bad = await fakeUpstream(failing)
    await using good = await fakeUpstream(goodAnswer)
    const clock = new VirtualClock()
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, good.baseUrl],
      config,
      clock,
    })
    for (let i = 0; i < 3; i += 1) await router.ask({ model: 'R1' })
    const calls = bad.calls.length
    expect(calls).toBe(3)
    for (let i = 0; i < 10; i += 1) {
      const answer = await router.ask()
      expect(answer.headers.get('x-holdfast-route')).toBe('R2')
      expect(answer.headers.get('x-holdfast-attempt')).toBeNull()
    }
    expect(bad.calls).toHaveLength(calls)
    await clock.advance(LINGER_MS)
    await vi.waitFor(() => expect(ledgerDecisions(router.dataDir)).toHaveLength(13))
    const line = ledgerDecisions(router.dataDir).at(-1)
    expect(line).toMatchObject({ route: 'R2', p: 1, masked: ['R1'], reasons: ['breaker_open'] })
  })

  it('answers a caller who names the route at once, with when to ask again', async () => {
    await using bad = await fakeUpstream(failing)
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, bad.baseUrl],
      config,
      clock: new VirtualClock(),
    })
    for (let i = 0; i < 3; i += 1) await router.ask({ model: 'R1' })
    const answer = await router.ask({ model: 'R1' })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await codeOf(answer)).toBe('upstream_unavailable')
  })

  it('closes when the router itself has found the route well: no request is the one that tries', async () => {
    const { upstream, become } = await changing(failing)
    await using first = upstream
    await using good = await fakeUpstream(goodAnswer)
    const clock = new VirtualClock()
    await using router = await testRouter({
      baseUrls: [first.baseUrl, good.baseUrl],
      config: { ...config, breaker: { ...config.breaker, probes: 2, probe: { prompt: 'Well?' } } },
      clock,
    })
    for (let i = 0; i < 3; i += 1) await router.ask({ model: 'R1' })
    become(goodAnswer)
    await clock.advance(1_000)
    await vi.waitFor(() => {
      expect(router.facts.ofKind('breaker.closed')).toMatchObject([{ breaker: 'R1' }])
    })
    const probes = first.calls.slice(3)
    expect(probes).toHaveLength(2)
    for (const probe of probes) {
      expect(probe).toMatchObject({ model: 'model-1', messages: [{ content: 'Well?' }] })
    }
    expect((await router.ask({ model: 'R1' })).status).toBe(200)
  })

  it('stays open twice as long after each probe that failed', async () => {
    await using bad = await fakeUpstream(failing)
    const clock = new VirtualClock()
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, bad.baseUrl],
      config: { ...config, breaker: { ...config.breaker, probes: 1 } },
      clock,
    })
    for (let i = 0; i < 3; i += 1) await router.ask({ model: 'R1' })
    for (const [waitMs, probes] of [
      [1_000, 1],
      [2_000, 2],
      [4_000, 3],
    ] as const) {
      await clock.advance(waitMs - 1)
      expect(router.facts.ofKind('router.probed')).toHaveLength(probes - 1)
      await clock.advance(1)
      await vi.waitFor(() => expect(router.facts.ofKind('router.probed')).toHaveLength(probes))
    }
  })

  it('opens at once for as long as an upstream asks', async () => {
    await using busy = await fakeUpstream((response) => {
      response.writeHead(429, { 'retry-after': '7' }).end('{}')
    })
    await using router = await testRouter({
      baseUrls: [busy.baseUrl, busy.baseUrl],
      config,
      clock: new VirtualClock(),
    })
    const first = await router.ask({ model: 'R1' })
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7'])
    const second = await router.ask({ model: 'R1' })
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '7'])
    expect(busy.calls).toHaveLength(1)
  })

  it('rests a moment even if an upstream asks for none, and longer after each probe', async () => {
    await using busy = await fakeUpstream((response) => {
      response.writeHead(503, { 'retry-after': '0' }).end('{}')
    })
    const clock = new VirtualClock()
    await using router = await testRouter({ baseUrls: [busy.baseUrl, busy.baseUrl], config, clock })
    expect((await router.ask({ model: 'R1' })).status).toBe(502)
    for (const [waitMs, calls] of [
      [1_000, 2],
      [2_000, 3],
      [4_000, 4],
    ] as const) {
      await clock.advance(waitMs - 1)
      expect(busy.calls).toHaveLength(calls - 1)
      await clock.advance(1)
      await vi.waitFor(() => expect(router.facts.ofKind('router.probed')).toHaveLength(calls - 1))
    }
    expect(busy.calls).toHaveLength(4)
  })

  it('opens when a route takes too long to begin, however well it answers', async () => {
    const clock = new VirtualClock()
    await using slow = await fakeUpstream((response, call) => {
      void clock.advance(200).then(() => goodAnswer(response, call))
    })
    await using router = await testRouter({
      baseUrls: [slow.baseUrl, slow.baseUrl],
      config: { ...config, breaker: { ...config.breaker, slowMs: 150 } },
      clock,
    })
    for (let i = 0; i < 3; i += 1) expect((await router.ask({ model: 'R1' })).status).toBe(200)
    expect(router.facts.ofKind('breaker.opened')).toMatchObject([{ breaker: 'R1' }])
  })

  it('leaves no probe behind when the router stops', async () => {
    const { upstream, become } = await changing(failing)
    await using only = upstream
    const clock = new VirtualClock()
    {
      await using router = await testRouter({
        baseUrls: [only.baseUrl, only.baseUrl],
        config,
        clock,
      })
      for (let i = 0; i < 3; i += 1) await router.ask({ model: 'R1' })
      become(hanging)
      await clock.advance(1_000)
      await vi.waitFor(() => expect(only.held).toBe(1))
    }
    await vi.waitFor(() => expect(only.held).toBe(0))
  })

  it('is not opened by requests that the upstream finds fault with, nor by clients that go away', async () => {
    let held: ServerResponse | undefined
    await using upstream = await fakeUpstream((response, call) => {
      if (call['hold'] === true) held = response
      else response.writeHead(400).end('{"error":{"message":"no","code":"bad"}}')
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config,
    })
    for (let i = 0; i < 10; i += 1) expect((await router.ask({ model: 'R1' })).status).toBe(400)
    for (let i = 0; i < 5; i += 1) {
      const leaving = new AbortController()
      held = undefined
      const asked = router.ask(
        { model: 'R1', hold: true },
        { signal: leaving.signal, headers: { 'content-type': 'application/json' } },
      )
      await vi.waitFor(() => expect(held).toBeDefined())
      leaving.abort()
      await expect(asked).rejects.toThrow('aborted')
    }
    await vi.waitFor(() => expect(router.facts.ofKind('router.client-gone')).toHaveLength(5))
    expect(router.facts.ofKind('breaker.opened')).toEqual([])
  })

  it('only measures where the configuration switches it off', async () => {
    await using bad = await fakeUpstream(failing)
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, bad.baseUrl],
      config: { ...config, breaker: { ...config.breaker, enabled: false } },
    })
    for (let i = 0; i < 6; i += 1) expect((await router.ask({ model: 'R1' })).status).toBe(502)
    expect(bad.calls).toHaveLength(6)
  })
})

describe('when nobody answers', () => {
  const breaker = { minimumCalls: 1, jitter: 0, openMs: 3_000 }

  it('the client is told so, and when to ask again', async () => {
    await using bad = await fakeUpstream(failing)
    await using router = await testRouter({
      baseUrls: [bad.baseUrl, bad.baseUrl],
      config: { breaker, retry: { tries: 1 } },
      clock: new VirtualClock(),
    })
    expect((await router.ask()).status).toBe(502)
    const answer = await router.ask({ user: 'ana' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3'])
    // A request without an answer is evidence too: left out, a guardrail that is down would look well.
    const id = answer.headers.get('x-holdfast-decision')
    await vi.waitFor(() =>
      expect(ledgerLines(router.dataDir).filter((line) => line.id === id)).toMatchObject([
        { kind: 'decision', status: 503, live: { pilot: 1 }, subject: '24d4b96f58da6d4a' },
        { kind: 'reward', part: 'immediate', quality: 0, reward: 0 },
      ]),
    )
    expect(await answer.json()).toMatchObject({
      error: {
        code: 'upstream_unavailable',
        message: 'R1, R2: not called while they rest after failures; the next try is in 3000 ms',
      },
    })
  })

  it.each([
    ['whole', false, goodAnswer],
    ['streamed', true, streamed],
  ])(
    'an earlier answer to the very same request is given again, %s, with its age',
    async (_how, stream, handler) => {
      const { upstream, become } = await changing(handler)
      await using only = upstream
      const clock = new VirtualClock()
      await using router = await testRouter({
        baseUrls: [only.baseUrl, only.baseUrl],
        config: { breaker, retry: { tries: 1 }, cache: { entries: 10 } },
        clock,
      })
      const good = await (await router.ask({ stream })).text()
      become(failing)
      await clock.advance(90_000)
      const again = await router.ask({ stream })
      expect(again.status).toBe(200)
      expect(await again.text()).toBe(good)
      expect(again.headers.get('age')).toBe('90')
      expect(again.headers.get('x-holdfast-cache')).toBe('stale')
      expect(again.headers.get('x-holdfast-decision')).toBeNull()
      // Another prompt has no earlier answer.
      expect((await router.ask({ stream, temperature: 0.5 })).status).toBe(503)
      await clock.advance(3_600_000)
      expect((await router.ask({ stream })).status).not.toBe(200)
    },
  )

  it('an answer that is too long, or no answer, is not given again', async () => {
    const { upstream, become } = await changing(goodAnswer)
    await using only = upstream
    await using router = await testRouter({
      baseUrls: [only.baseUrl, only.baseUrl],
      config: { breaker, retry: { tries: 1 }, cache: { entries: 10, longestBytes: 100 } },
      clock: new VirtualClock(),
    })
    expect((await router.ask()).status).toBe(200)
    become(failsInside)
    expect((await router.ask()).status).toBe(502)
    expect((await router.ask()).status).toBe(503)
  })

  it('what another route said is not given where only the guardrail may answer', async () => {
    const { upstream, become } = await changing(goodAnswer)
    await using first = upstream
    await using guardrail = await fakeUpstream(failing)
    await using router = await testRouter({
      baseUrls: [first.baseUrl, guardrail.baseUrl],
      config: {
        rollout: { enabled: true, pilot: 0.5 },
        breaker,
        retry: { tries: 1 },
        cache: { entries: 10 },
      },
      clock: new VirtualClock(),
    })
    // Nobody says who asks, so each request is in the pilot with probability one half.
    await vi.waitFor(async () => expect((await router.ask()).status).toBe(200))
    become(failing)
    const seen = new Set<string>()
    for (let i = 0; i < 40; i += 1) {
      const { status, headers } = await router.ask()
      seen.add(`${status} ${headers.get('x-holdfast-route')} ${headers.get('x-holdfast-cache')}`)
    }
    expect(seen).toContain('200 R1 stale')
    expect(seen).toContain('503 R2 null')
  })
})
