import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { served, until } from '../cluster/served.fixture.ts'
import { ledgerLines, segmentPaths } from '../learning/ledger-lines.fixture.ts'
import { fakeUpstream, goodAnswer, testRouter, type TestRouter } from './fake-upstream.fixture.ts'

interface Explained {
  readonly decision: string
  readonly context: Readonly<Record<string, number>>
  readonly probabilities: Readonly<Record<string, number>>
  readonly scores: Readonly<Record<string, number>>
  readonly bounds: Readonly<Record<string, number>>
  readonly caps: Readonly<Record<string, number>>
  readonly route: string
  readonly p: number
  readonly learned: readonly { readonly part: string; readonly reward: number }[]
  readonly now: Pick<Explained, 'probabilities' | 'scores' | 'bounds'> | null
}

type Line = Readonly<Record<string, unknown>>

const explain = (
  router: TestRouter,
  decision: string | null,
  authorization?: string,
): Promise<Response> =>
  fetch(`${router.router.url}/routes/explain?decision=${decision}`, {
    headers: authorization === undefined ? {} : { authorization },
  })

const UNKNOWN = '01980000-0000-7000-8000-000000000000'

describe('GET /routes/explain', () => {
  it('tells what was seen, how each route scored, what limited it, and what was learned', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const config = { caps: { R1: 0.5 } }
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config,
    })
    const answer = await router.ask({ metadata: { task: 'maths' } })
    const id = answer.headers.get('x-holdfast-decision')
    const route = answer.headers.get('x-holdfast-route')
    const immediate = { tri_delta: 0.1, latency: 1 }
    await router.post('/v1/feedback', { decisionId: id, immediate })
    const deployment = { slo_ok: true, rollback: false, error_rate: 0.25, transform_rate: 0.5 }
    await router.post('/v1/feedback', { decisionId: id, deployment })

    const told = await explain(router, id)
    expect(told.status).toBe(200)
    expect(told.headers.get('cache-control')).toBe('no-store')
    const explained = (await told.json()) as Explained
    expect(explained).toMatchObject({
      decision: id,
      guardrail: 'R2',
      route,
      live: { route, pilot: 1 },
      named: false,
      model: `model-${route?.slice(1)}`,
      status: 200,
      caps: { R1: 0.5 },
    })
    // Features by name, those of the prompt and the slots for tasks, of which one is set.
    expect(Object.keys(explained.context)).toContain('task_0')
    expect(Object.values(explained.context).filter((value) => value === 1).length).toBeGreaterThan(
      0,
    )
    for (const told of [explained, explained.now]) {
      expect(Object.keys(told?.scores ?? {})).toEqual(['R1', 'R2'])
      expect(Object.keys(told?.bounds ?? {})).toEqual(['R1', 'R2'])
      const sum = Object.values(told?.probabilities ?? {}).reduce((all, p) => all + p, 0)
      expect(sum).toBeCloseTo(1)
      expect(told?.probabilities['R1']).toBeLessThanOrEqual(0.5)
    }
    expect(explained.p).toBeCloseTo(explained.probabilities[route ?? ''] ?? Number.NaN)
    // 0.1 of 0.2 is half, less a fifth for 1 of 5 s; then 1 less errors and half the transforms.
    expect(explained.learned).toMatchObject([
      { part: 'immediate', reward: 0.3 },
      { part: 'later', reward: 0.5 },
    ])
    expect(explained.now?.bounds[route ?? '']).toBeLessThan(explained.bounds[route ?? ''] ?? 0)
    // Asking changes nothing.
    expect(((await (await explain(router, id)).json()) as Explained).now).toEqual(explained.now)
    expect(router.facts.ofKind('router.called')).toHaveLength(1)
  })

  it('refuses what is no id, and does not know what nobody decided', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    for (const wrong of ['', 'nobody', '00000000-0000-4000-8000-000000000000', `${UNKNOWN}0`]) {
      const answer = await explain(router, wrong)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({
        error: { code: 'invalid_decision', param: 'decision', type: 'invalid_request_error' },
      })
    }
    const twice = await fetch(`${router.router.url}/routes/explain?decision=a&decision=b`)
    expect(twice.status).toBe(400)
    const none = await fetch(`${router.router.url}/routes/explain`)
    expect(none.status).toBe(400)
    const unknown = await explain(router, UNKNOWN)
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ error: { code: 'decision_unknown' } })
    expect(await (await explain(router, UNKNOWN.toUpperCase())).json()).toMatchObject({
      error: { message: expect.stringContaining(UNKNOWN) },
    })
  })

  it('answers only with the token, once the configuration names one', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: { admin: { tokenEnv: 'ADMIN' } },
      env: { ADMIN: 'the token' },
    })
    const id = (await router.ask()).headers.get('x-holdfast-decision')
    for (const sent of [undefined, 'Bearer wrong', 'the token']) {
      const refused = await explain(router, id, sent)
      expect(refused.status).toBe(401)
      expect(await refused.json()).toMatchObject({ error: { code: 'admin_only' } })
    }
    expect((await explain(router, id, 'Bearer the token')).status).toBe(200)
  })

  it('finds a decision that 8 MiB of others followed, and does no harm to the ledger', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const id = (await router.ask()).headers.get('x-holdfast-decision')
    await router.post('/v1/feedback', { decisionId: id, reward: 0.5 })
    const [path = ''] = segmentPaths(router.dataDir)
    const [line = ''] = readFileSync(path, 'utf8').split('\n')
    const other = `${line.replace(id ?? '', UNKNOWN)}\n`
    appendFileSync(path, other.repeat(Math.ceil((8 * 1024 * 1024) / other.length)))
    const bytes = readFileSync(path)
    const told = (await (await explain(router, id)).json()) as Explained
    expect(told).toMatchObject({ decision: id, learned: [{ reward: 0.5 }] })
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  it('shows a decision of other features as it was, and makes nothing of it now', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const id = (await router.ask()).headers.get('x-holdfast-decision')
    await router.post('/v1/feedback', { decisionId: id, reward: 0.5 })
    const [path = ''] = segmentPaths(router.dataDir)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/"context":\[[^\]]*\]/, '"context":[1,0.5]'))
    expect(await (await explain(router, id)).json()).toMatchObject({ decision: id, now: null })
  })

  it('tells of a decision that an earlier version wrote down', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    const options = { baseUrls: [upstream.baseUrl, upstream.baseUrl], dataDir }
    let id: string | null
    {
      await using router = await testRouter(options)
      id = (await router.ask()).headers.get('x-holdfast-decision')
      await router.post('/v1/feedback', { decisionId: id, reward: 0.5 })
    }
    const lines = ledgerLines(dataDir).map((line) => {
      const { n: _n, h: _h, pilot: _pilot, subject: _subject, ...old } = line as unknown as Line
      return `${JSON.stringify(old)}\n`
    })
    writeFileSync(join(dataDir, 'anr_ledger.ndjson'), lines.join(''))
    rmSync(join(dataDir, 'ledger'), { recursive: true })
    await using router = await testRouter(options)
    const told = await explain(router, id)
    expect(await told.json()).toMatchObject({ decision: id, learned: [{ reward: 0.5 }] })
    await router.router.stop('the test says so')
    rmSync(dataDir, { recursive: true })
  })

  it('says so while the ledger is off, or cannot be read', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    await using off = await testRouter({ baseUrls, config: { ledger: { enabled: false } } })
    const id = (await off.ask()).headers.get('x-holdfast-decision')
    expect((await off.post('/v1/feedback', { decisionId: id, quality: 1 })).status).toBe(200)
    const refused = await explain(off, id)
    expect(refused.status).toBe(404)
    expect(await refused.json()).toMatchObject({
      error: { code: 'ledger_off', message: expect.stringContaining('the ledger is off') },
    })
    expect(readdirSync(off.dataDir)).not.toContain('ledger')

    await using router = await testRouter({ baseUrls })
    writeFileSync(join(router.dataDir, 'ledger'), '')
    const unreadable = await explain(router, UNKNOWN)
    expect(unreadable.status).toBe(503)
    expect(await unreadable.json()).toMatchObject({ error: { code: 'ledger_unreadable' } })
  })

  it('tells of a decision that another process made', async () => {
    await using router = await served()
    const [one = 0, other = 0] = await router.workers()
    await using maker = await router.to(one)
    await using asked = await router.to(other)
    const id = await maker.ask()
    // The line of another process lingers for some ms.
    const { body } = await until(async () => {
      const answer = await asked.get(`/routes/explain?decision=${id}`)
      expect(answer.status).toBe(200)
      return answer
    })
    expect(body).toMatchObject({ decision: id, learned: [] })
  })
})
