import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { systemClock } from '@holdfast/seams'
import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it, vi } from 'vitest'
import { ledgerDecisions, ledgerLines, ledgerRewards } from '../learning/ledger-lines.fixture.ts'
import { fakeUpstream, goodAnswer, testRouter, type Handler } from './fake-upstream.fixture.ts'

const sse: Handler = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: {"choices":[{"delta":{"content":"one "}}]}\n\n')
  response.write('data: {"choices":[{"delta":{"content":"two"}}]}\n\n')
  response.write('data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20}}\n\n')
  response.end('data: [DONE]\n\n')
}

interface ErrorAnswer {
  readonly error: { message: string; type: string; param: string | null; code: string }
}
const errorOf = async (answer: Response) => ((await answer.json()) as ErrorAnswer).error

describe('a chat completion', () => {
  it('goes to the chosen upstream under its own model name and comes back untouched', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const answer = await router.ask({ temperature: 0.5, tools: [{ type: 'function' }] })
    expect(answer.status).toBe(200)
    const route = answer.headers.get('x-holdfast-route')
    expect(answer.headers.get('x-holdfast-decision')).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/)
    expect(upstream.calls[0]).toMatchObject({ model: `model-${route?.slice(1)}`, temperature: 0.5 })
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'yes' } }] })
  })

  it('streams: the first part is there before the upstream has sent the second', async () => {
    let finish: (() => void) | undefined
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n')
      finish = () => response.end('data: [DONE]\n\n')
    })
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const answer = await router.ask({ stream: true })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const reader = answer.body?.getReader()
    const decoder = new TextDecoder()
    expect(decoder.decode((await reader?.read())?.value)).toContain('one')
    finish?.()
    expect(decoder.decode((await reader?.read())?.value)).toContain('[DONE]')
  })

  it('can name its route instead of leaving the choice', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const byId = await router.ask({ model: 'R2' })
    const byModel = await router.ask({ model: 'model-1' })
    expect(byId.headers.get('x-holdfast-route')).toBe('R2')
    expect(byModel.headers.get('x-holdfast-route')).toBe('R1')
  })

  it('sends the key of its route and never the key of the client', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const route = {
      baseUrl: upstream.baseUrl,
      model: 'm',
      prices: { input: 0, output: 0 },
      apiKeyEnv: 'KEY',
    }
    await using router = await testRouter({
      baseUrls: [],
      config: { routes: { R1: route, R4: route }, guardrail: 'R4' },
      env: { KEY: 'the-upstream-key' },
    })
    await router.ask(
      {},
      { headers: { 'content-type': 'application/json', authorization: 'Bearer client' } },
    )
    expect(upstream.headers[0]?.authorization).toBe('Bearer the-upstream-key')
  })

  it('leaves a ledger line with the probability of what was done', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const answer = await router.ask()
    const id = answer.headers.get('x-holdfast-decision')
    await router.post('/v1/feedback', { decisionId: id, quality: 1 })
    const [decision] = ledgerDecisions(router.dataDir)
    const [reward] = ledgerRewards(router.dataDir)
    expect(decision).toMatchObject({
      kind: 'decision',
      id,
      status: 200,
      tokens: { input: 1000, output: 500 },
    })
    const { p, route, probabilities = {} } = decision ?? {}
    expect(p).toBeCloseTo(probabilities[route ?? ''] ?? Number.NaN)
    expect(Object.values(probabilities).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1)
    // 1000 tokens at $1 and 500 at $2 per million are $0.002; λ is 40.
    expect(reward).toMatchObject({ kind: 'reward', id, update: 1 })
    expect(reward?.reward).toBeCloseTo(1 - 40 * 0.002)
  })

  it('is answered by the guardrail, as shadow, while the router is not enabled', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const rollout = { enabled: false }
    await using router = await testRouter({
      baseUrls: Array.from({ length: 4 }, () => upstream.baseUrl),
      config: { rollout },
    })
    for (let i = 0; i < 20; i += 1) {
      const answer = await router.ask({ user: `u${i}` })
      expect(answer.headers.get('x-holdfast-route')).toBe('R4')
    }
    await vi.waitFor(() => expect(ledgerLines(router.dataDir)).toHaveLength(20))
    for (const line of ledgerLines(router.dataDir))
      expect(line).toMatchObject({ route: 'R4', p: 1, live: null })
  })

  it('is answered by the guardrail while the kill switch is thrown, even when it names a route', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = Array.from({ length: 4 }, () => upstream.baseUrl)
    await using router = await testRouter({ baseUrls, env: { NOVA_ANR_KILL: '1' } })
    for (const model of ['auto', 'R1', 'model-2']) {
      expect((await router.ask({ model })).headers.get('x-holdfast-route')).toBe('R4')
    }
  })

  it('never gives a capped route more than its cap', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = Array.from({ length: 4 }, () => upstream.baseUrl)
    await using router = await testRouter({ baseUrls, config: { caps: { R3: 0.15 } } })
    // Taught that R3 alone is any good, it would choose nothing else.
    for (let i = 0; i < 20; i += 1) {
      for (const model of ['R1', 'R2', 'R3', 'R4']) {
        const decisionId = (await router.ask({ model })).headers.get('x-holdfast-decision')
        await router.post('/v1/feedback', { decisionId, reward: model === 'R3' ? 1 : -1 })
      }
    }
    for (let i = 0; i < 20; i += 1) await router.ask()
    await vi.waitFor(() => expect(ledgerLines(router.dataDir).length).toBeGreaterThanOrEqual(180))
    const decisions = ledgerDecisions(router.dataDir).filter(({ named }) => !named)
    expect(decisions).toHaveLength(20)
    for (const { probabilities } of decisions) {
      expect(probabilities['R3']).toBeCloseTo(0.15, 10)
      expect(probabilities['R3']).toBeLessThanOrEqual(0.15)
    }
  })

  it('counts the tokens of a stream from its last event', async () => {
    await using upstream = await fakeUpstream(sse)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    await (await router.ask({ stream: true })).text()
    await vi.waitFor(() =>
      expect(ledgerLines(router.dataDir)[0]).toMatchObject({ tokens: { input: 10, output: 20 } }),
    )
    expect(router.facts.ofKind('router.called')).toMatchObject([
      { inputTokens: 10, outputTokens: 20, costUsd: 0.00005 },
    ])
  })
})

describe('feedback', () => {
  it('is taken in once; a second time, an unknown id and nonsense get a clear answer', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const decisionId = (await router.ask()).headers.get('x-holdfast-decision')
    const first = await router.post('/v1/feedback', { decisionId, reward: 0.8 })
    expect(await first.json()).toEqual({ decisionId, result: 'learned', reward: 0.8 })

    const again = await router.post('/v1/feedback', { decisionId, reward: 0.8 })
    expect(again.status).toBe(409)
    expect(await errorOf(again)).toMatchObject({ code: 'feedback_duplicate', param: 'decisionId' })

    const unknown = await router.post('/v1/feedback', { decisionId: 'nobody', reward: 1 })
    expect(unknown.status).toBe(404)
    expect(await errorOf(unknown)).toMatchObject({ code: 'decision_unknown' })

    for (const body of [
      {},
      { decisionId },
      { decisionId, reward: 'good' },
      { decisionId, reward: 1, quality: 1 },
      { decisionId, quality: 2 },
      { reward: 1 },
      [],
      'null',
    ]) {
      const refused = await router.post('/v1/feedback', body)
      expect(refused.status).toBe(400)
      expect((await errorOf(refused)).code).toBe('invalid_feedback')
    }
    expect(router.facts.ofKind('router.learned')).toHaveLength(1)
  })
})

describe('bad input', () => {
  it('is refused with the field, what it may be and what it was', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const chat = '/v1/chat/completions'
    const messages = [{ role: 'user', content: 'hi' }]
    const cases: [unknown, number, string, string][] = [
      ['{"model":', 400, 'invalid_json', 'body'],
      ['', 400, 'invalid_json', 'body'],
      [{ model: 'auto' }, 400, 'invalid_request', 'messages'],
      [{ model: 'auto', messages: [] }, 400, 'invalid_request', 'messages'],
      [{ model: 'auto', messages: [{ content: 'x' }] }, 400, 'invalid_request', 'messages.0.role'],
      [{ messages }, 400, 'invalid_request', 'model'],
      [{ model: 'gpt-unknown', messages }, 404, 'model_not_found', 'model'],
      [{ model: 'auto', messages, stream: 'yes' }, 400, 'invalid_request', 'stream'],
    ]
    for (const [body, status, code, named] of cases) {
      const answer = await router.post(chat, body)
      expect(answer.status).toBe(status)
      const error = await errorOf(answer)
      expect(error).toMatchObject({ code, type: 'invalid_request_error' })
      expect(error.message).toContain(named)
    }
    expect(upstream.calls).toHaveLength(0)
  })

  it('over the size limit is refused with the limit, and another type than JSON with the right one', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: { bodyLimitBytes: 2048 },
    })
    const large = await router.ask({ user: 'x'.repeat(3000) })
    expect(large.status).toBe(413)
    expect(await errorOf(large)).toMatchObject({
      code: 'body_too_large',
      message: expect.stringContaining('2048'),
    })
    const text = await router.post('/v1/chat/completions', 'hello', {
      headers: { 'content-type': 'text/html' },
    })
    expect(text.status).toBe(415)
    const nowhere = await router.post('/v1/embeddings', {})
    expect(await errorOf(nowhere)).toMatchObject({ code: 'not_found' })
  })
})

describe('input that is nested without end', () => {
  it('is refused, or priced by a guess, and never a fault of the router', async () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000)
    const answer = `{"choices":[{"message":{"content":"x","tool_calls":${deep}}}]}`
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    })
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const asked = `{"model":"auto","messages":[{"role":"user","content":"hi"}],"x":${deep}}`
    expect((await router.post('/v1/chat/completions', asked)).status).toBe(400)
    const wrong = `{"model":"auto","messages":${deep}}`
    expect((await router.post('/v1/chat/completions', wrong)).status).toBe(400)
    expect((await router.ask()).status).toBe(200)
    expect(router.facts.ofKind('router.called')).toMatchObject([{ status: 200 }])
  })
})

/** One call, and nobody who stands in: what becomes of an upstream's own words. */
const alone = {
  fallback: { enabled: false },
  retry: { tries: 1 },
  breaker: { enabled: false },
} as const

describe('an upstream in trouble', () => {
  it('that refuses connections is a 502 with the route, learned as quality 0', async () => {
    const gone = await fakeUpstream(goodAnswer)
    await gone[Symbol.asyncDispose]()
    await using router = await testRouter({ baseUrls: [gone.baseUrl, gone.baseUrl], config: alone })
    const answer = await router.ask()
    expect(answer.status).toBe(502)
    expect(await errorOf(answer)).toMatchObject({
      code: 'upstream_unreachable',
      type: 'upstream_error',
    })
    expect(answer.headers.get('x-holdfast-route')).toMatch(/^R[12]$/)
    expect(router.facts.ofKind('router.learned')).toMatchObject([{ reward: 0 }])
    const decisionId = answer.headers.get('x-holdfast-decision')
    expect((await router.post('/v1/feedback', { decisionId, reward: 1 })).status).toBe(409)
  })

  it('that says nothing is a 504 after the timeout of its route, and its connection is let go', async () => {
    await using upstream = await fakeUpstream(() => {})
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      timeoutMs: 50,
      config: alone,
    })
    const answer = await router.ask()
    expect(answer.status).toBe(504)
    expect(await errorOf(answer)).toMatchObject({
      code: 'upstream_timeout',
      message: expect.stringContaining('50 ms'),
    })
    await vi.waitFor(() => expect(upstream.held).toBe(0))
  })

  it('that falls silent in mid-stream ends the stream with an error event', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n')
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      timeoutMs: 50,
      config: alone,
    })
    const text = await (await router.ask({ stream: true })).text()
    expect(text).toContain('one')
    const last = text.trim().split('\n\n').at(-1) ?? ''
    expect(JSON.parse(last.replace('data: ', ''))).toMatchObject({
      error: { code: 'upstream_timeout' },
    })
    expect(router.facts.ofKind('router.learned')).toMatchObject([{ reward: 0 }])
    await vi.waitFor(() => expect(upstream.held).toBe(0))
  })

  it('that breaks off in mid-stream ends the stream with an error event', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n', () =>
        response.destroy(),
      )
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: alone,
    })
    const text = await (await router.ask({ stream: true })).text()
    expect(text).toContain('"code":"upstream_unreachable"')
  })

  it('that answers with an error is passed on: 429 with its retry-after, 500 as 502, a refused key as 502', async () => {
    let status = 429
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' })
      response.end(JSON.stringify({ error: { message: 'slow down', code: 'rate_limit_exceeded' } }))
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: alone,
    })
    const busy = await router.ask()
    expect(busy.status).toBe(429)
    expect(busy.headers.get('retry-after')).toBe('7')
    expect(await errorOf(busy)).toMatchObject({ code: 'rate_limit_exceeded' })
    status = 500
    expect((await router.ask()).status).toBe(502)
    status = 401
    expect((await router.ask()).status).toBe(502)
    status = 400
    const refused = await router.ask()
    expect(refused.status).toBe(400)
    // The last was the caller's fault, so the route is not blamed for it.
    expect(router.facts.ofKind('router.learned')).toHaveLength(3)
  })

  it('that redirects is a 502: where to, was not agreed', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: alone,
    })
    expect((await router.ask()).status).toBe(502)
  })

  it('that sends a page instead of JSON is a 502, learned as quality 0', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hi</h1>')
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: alone,
    })
    const answer = await router.ask()
    expect(answer.status).toBe(502)
    expect((await errorOf(answer)).message).toContain('text/html instead of JSON')
    expect(router.facts.ofKind('router.learned')).toMatchObject([{ reward: 0 }])
  })

  it.each([
    ['null', 'answered 500'],
    ['{"error":null}', 'answered 500'],
    ['{"error":"text"}', 'text'],
    ['<html>', 'answered 500'],
  ])('whose error is %s is a 502 all the same', async (body, said) => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(500, { 'content-type': 'application/json' }).end(body)
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: alone,
    })
    const answer = await router.ask()
    expect(answer.status).toBe(502)
    expect((await errorOf(answer)).message).toContain(said)
  })

  it('that packs its answer is passed on packed, and the client can read it', async () => {
    await using upstream = await fakeUpstream((response) => {
      const packed = gzipSync(JSON.stringify({ choices: [], note: 'grüße' }))
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(packed)
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: alone,
    })
    expect(await (await router.ask()).json()).toEqual({ choices: [], note: 'grüße' })
  })

  it('that trickles without end is a 504 after the time an answer may take in all', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const trickle = async (): Promise<void> => {
        while (!response.destroyed) {
          response.write(' ')
          await systemClock.sleep(10)
        }
      }
      void trickle()
    })
    const route = {
      baseUrl: upstream.baseUrl,
      model: 'm',
      prices: { input: 0, output: 0 },
      timeoutMs: 5_000,
      totalMs: 100,
    }
    await using router = await testRouter({
      baseUrls: [],
      config: { routes: { R1: route, R4: route }, guardrail: 'R4', ...alone },
    })
    const answer = await router.ask()
    expect(answer.status).toBe(504)
    expect((await errorOf(answer)).message).toContain('took more than 100 ms in all')
    await vi.waitFor(() => expect(upstream.held).toBe(0))
  })

  it('that answers with something else than JSON is a 502', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('not json at all')
    })
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: alone,
    })
    const answer = await router.ask()
    expect([answer.status, (await errorOf(answer)).code]).toEqual([502, 'upstream_not_json'])
  })
})

describe('a client that goes away', () => {
  it('in mid-stream ends the upstream call and is not blamed on the route', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n')
    })
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const leave = new AbortController()
    const answer = await router.ask({ stream: true }, { signal: leave.signal })
    await answer.body?.getReader().read()
    leave.abort()
    await vi.waitFor(() => expect(upstream.held).toBe(0))
    expect(router.facts.ofKind('router.client-gone')).toHaveLength(1)
    expect(router.facts.ofKind('router.learned')).toHaveLength(0)
  })

  it('before the answer ends the upstream call too', async () => {
    await using upstream = await fakeUpstream(() => {})
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const leave = new AbortController()
    const asked = router.ask({}, { signal: leave.signal })
    await vi.waitFor(() => expect(upstream.calls).toHaveLength(1))
    leave.abort()
    await expect(asked).rejects.toThrow('aborted')
    await vi.waitFor(() => expect(upstream.held).toBe(0))
  })

  it('or is slow to read is not blamed on the route', async () => {
    let sent: ServerResponse | undefined
    const part = `data: {"choices":[{"delta":{"content":"${'x'.repeat(60_000)}"}}]}\n\n`
    await using upstream = await fakeUpstream((response) => {
      sent = response
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let i = 0; i < 400; i += 1) response.write(part)
      response.end('data: [DONE]\n\n')
    })
    const clock = new VirtualClock()
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    await using router = await testRouter({ baseUrls, timeoutMs: 500, clock })
    const answer = await router.ask({ stream: true })
    const reader = answer.body?.getReader()
    await reader?.read()
    // All buffers on the way are full once the upstream gets rid of nothing more.
    let left = -1
    let looksAlike = 0
    await vi.waitFor(
      () => {
        const before = left
        left = sent?.writableLength ?? -1
        looksAlike = left === before ? looksAlike + 1 : 0
        expect(left).toBeGreaterThan(0)
        // On a busy machine nothing may move for a moment though there is room.
        expect(looksAlike).toBe(10)
      },
      { interval: 100, timeout: 60_000 },
    )
    // The client takes its time; for the route no time passes.
    await clock.advance(10_000)
    let isDone = false
    while (!isDone) isDone = (await reader?.read())?.done ?? true
    expect(router.facts.ofKind('router.upstream-failed')).toHaveLength(0)
    expect(router.facts.ofKind('router.called')).toMatchObject([{ status: 200 }])
  })

  it('at the end of its stream, before the upstream hangs up, has been served', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"usage":{"prompt_tokens":1000,"completion_tokens":0}}\n\n')
      response.write('data: [DONE]\n\n')
    })
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const leave = new AbortController()
    const answer = await router.ask({ stream: true }, { signal: leave.signal })
    const reader = answer.body?.getReader()
    let text = ''
    while (!text.includes('[DONE]')) text += new TextDecoder().decode((await reader?.read())?.value)
    leave.abort()
    await vi.waitFor(() => expect(upstream.held).toBe(0), { timeout: 20_000 })
    expect(router.facts.ofKind('router.client-gone')).toHaveLength(0)
    const decisionId = answer.headers.get('x-holdfast-decision')
    const feedback = await router.post('/v1/feedback', { decisionId, quality: 1 })
    expect(await feedback.json()).toMatchObject({ reward: 1 - 40 * 0.001 })
  })

  it('has its whole stream at [DONE], even if the upstream hangs on', async () => {
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\ndata: [DONE]\n\n')
    })
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const text = await (await router.ask({ stream: true })).text()
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(router.facts.ofKind('router.upstream-failed')).toHaveLength(0)
  })

  it('again and again leaves no pile of connections behind', async () => {
    await using upstream = await fakeUpstream(() => {})
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    for (let i = 1; i <= 30; i += 1) {
      const leave = new AbortController()
      const asked = router.ask({ model: 'R1' }, { signal: leave.signal })
      await vi.waitFor(() => expect(upstream.calls).toHaveLength(i))
      leave.abort()
      await expect(asked).rejects.toThrow('aborted')
      await vi.waitFor(() => expect(upstream.held).toBe(0))
    }
    // The pool may hold one connection ready for the next call.
    expect(await upstream.connections()).toBeLessThanOrEqual(2)
  })

  it('in the middle of its request costs nothing', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const { port } = new URL(router.router.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"mod',
    )
    await new Promise((resolve) => {
      socket.once('connect', resolve)
    })
    socket.destroy()
    expect((await router.ask()).status).toBe(200)
  })
})

describe('a stop', () => {
  it('ends as soon as the last answer has left, though the client keeps its connection', async () => {
    let finish: (() => void) | undefined
    await using upstream = await fakeUpstream((response, call) => {
      finish = () => goodAnswer(response, call)
    })
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    // Were it to wait for its deadline, the test would wait for it too, and fail.
    await using router = await testRouter({ baseUrls, config: { shutdownMs: 600_000 } })
    const asked = router.ask()
    await vi.waitFor(() => expect(upstream.calls).toHaveLength(1))
    const stopped = router.router.stop('the test says so')
    finish?.()
    expect((await asked).status).toBe(200)
    await stopped
  })

  it('does not cut an answer that its client is still reading', async () => {
    // More than the system holds for a connection.
    const content = 'x'.repeat(20_000_000)
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ choices: [{ message: { content } }] }))
    })
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    await using router = await testRouter({ baseUrls, config: { shutdownMs: 600_000 } })
    const socket = connect(Number(new URL(router.router.url).port), '127.0.0.1')
    let bytes = 0
    socket.on('data', (part) => (bytes += part.length))
    const gone = new Promise((resolve) => {
      socket.once('close', resolve)
    })
    const body = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hello' }] })
    socket.pause()
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await vi.waitFor(() => expect(router.facts.ofKind('router.called')).toHaveLength(1), 10_000)
    const stopped = router.router.stop('the test says so')
    socket.resume()
    await gone
    expect(bytes).toBeGreaterThan(content.length)
    await stopped
  })

  it('does not wait for a connection on which nothing was ever asked', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: { shutdownMs: 3_600_000 },
    })
    const socket = connect(Number(new URL(router.router.url).port), '127.0.0.1')
    const closed = new Promise((resolve) => {
      socket.once('close', resolve)
    })
    await new Promise((resolve) => {
      socket.once('connect', resolve)
    })
    // Once this is answered the server has taken the connection that was opened before it.
    expect((await router.ask()).status).toBe(200)
    await router.router.stop('the test says so')
    await closed
  })

  it('writes down and saves what it had to cut off', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"content":"one"}}]}\n\n')
    })
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    await using router = await testRouter({ baseUrls, dataDir, config: { shutdownMs: 50 } })
    const answer = await router.ask({ stream: true })
    await answer.body?.getReader().read()
    await router.router.stop('the test says so')
    expect(ledgerLines(dataDir)).toMatchObject([{ status: 499 }])
    expect(router.facts.ofKind('ledger.write-failed')).toHaveLength(0)
    rmSync(dataDir, { recursive: true })
  })
})

describe('the other endpoints', () => {
  it('list the models, say how the router is, and count', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const get = (path: string) => fetch(`${router.router.url}${path}`)
    await router.ask()
    const models = (await (await get('/v1/models')).json()) as { data: { id: string }[] }
    expect(models.data.map(({ id }) => id)).toEqual(['auto', 'R1', 'model-1', 'R2', 'model-2'])
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' })
    expect(await (await get('/readyz')).json()).toMatchObject({
      status: 'ok',
      learning: 'ok',
      awaitingFeedback: 1,
    })
    const metrics = await (await get('/metrics')).text()
    for (const name of [
      'nova_anr_total_decisions_total 1',
      'nova_anr_live_decisions_total 1',
      'nova_anr_pilot_fraction 1',
      'nova_build_info',
      'holdfast_router_added_seconds_count 1',
      'holdfast_router_awaiting_feedback 1',
    ]) {
      expect(metrics).toContain(name)
    }
  })
})
