import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it, vi } from 'vitest'
import {
  fakeUpstream,
  goodAnswer,
  testRouter,
  type TestRouter,
} from '../http/fake-upstream.fixture.ts'
import { ledgerWritable } from './checks.ts'

interface Slot {
  readonly status: string
  readonly checks: Readonly<Record<string, { readonly status: string; readonly message?: string }>>
}
interface Health {
  readonly status: string
  readonly checks: Readonly<Record<string, { readonly status: string; readonly message: string }>>
}

const get = ({ router }: TestRouter, path: string, init?: RequestInit): Promise<Response> =>
  fetch(`${router.url}${path}`, init)
const slots = async (router: TestRouter): Promise<Record<string, Slot>> =>
  ((await (await get(router, '/health/slots')).json()) as { slots: Record<string, Slot> }).slots
const health = async (router: TestRouter): Promise<Health> =>
  (await (await get(router, '/health')).json()) as Health

describe('the health of a router', () => {
  it('is told in four ways, never to be cached, for GET and HEAD and with any query', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    for (const path of ['/healthz', '/readyz', '/health', '/health/slots', '/readyz?verbose']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await get(router, path, { method })
        expect([path, method, answer.status]).toEqual([path, method, 200])
        expect(answer.headers.get('cache-control')).toBe('no-store')
      }
    }
    expect(await (await get(router, '/healthz')).text()).toBe('{"status":"ok"}')
    expect(Object.keys((await health(router)).checks)).toEqual([
      'process',
      'started',
      'upstreams',
      'guardrail',
      'learning',
      'state',
      'orders',
      'lock',
      'ledger',
      'disk',
      'memory',
      'event-loop',
    ])
    const text = await (await get(router, '/health?format=text')).text()
    expect(text).toMatch(/^[✓⚠] all: (ok|degraded)\n✓ process /)
    expect(text).toContain('✓ lock ')
  })

  it('has the state of the learning beside its readiness, for operators as for everybody', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const answer = await get(router, '/readyz')
    const body = await answer.text()
    expect(body).toBe('{"status":"ok","learning":"ok","updates":0,"awaitingFeedback":0}')
    expect(answer.headers.get('content-length')).toBe(String(body.length))
    expect(await (await get(router, '/readyz?verbose')).text()).toBe('✓ ready: ok\n')
    expect((await get(router, '/readyz', { method: 'POST' })).status).toBe(405)
  })

  it('has the slots of the seed, healthy when all is well', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const found = await slots(router)
    expect(Object.entries(found).map(([slot, { status }]) => [slot, status])).toEqual([
      ['slot04', 'healthy'],
      ['slot08_lock', 'healthy'],
      ['slot09', 'healthy'],
      ['slot10', 'healthy'],
    ])
    expect(Object.keys(found['slot04']?.checks ?? {})).toEqual(['learning', 'state'])
  })

  it('has the slots of its configuration instead', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: { health: { slots: { store: ['learning', 'lock'] } } },
    })
    expect(await slots(router)).toEqual({
      store: {
        status: 'healthy',
        checks: {
          learning: { status: 'ok', message: 'what is learned is kept and used' },
          lock: { status: 'ok', message: expect.stringContaining('held') },
        },
      },
    })
  })

  it('tells strangers nothing but statuses', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: { admin: { tokenEnv: 'TOKEN' } },
      env: { TOKEN: 'an-operator' },
    })
    for (const path of ['/health', '/health?verbose', '/health/slots', '/readyz?verbose']) {
      const body = await (await get(router, path)).text()
      expect(body).not.toContain(router.dataDir)
      expect(body).not.toContain('message')
    }
    const headers = { authorization: 'Bearer an-operator' }
    expect(await (await get(router, '/health', { headers })).text()).toContain(router.dataDir)
  })

  it('stays ready, and says so, when an upstream is down; its slot does not', async () => {
    await using broken = await fakeUpstream((response) => response.writeHead(500).end('{}'))
    await using good = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [broken.baseUrl, good.baseUrl],
      config: {
        breaker: { minimumCalls: 1, calls: 1, openMs: 3_600_000, longestOpenMs: 3_600_000 },
      },
    })
    await router.ask({ model: 'R1' })
    const ready = await get(router, '/readyz')
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'degraded' }])
    expect((await slots(router))['slot10']).toMatchObject({
      status: 'degraded',
      checks: { upstreams: { status: 'degraded', message: 'not called: R1 (open)' } },
    })
    expect((await slots(router))['slot09']?.status).toBe('healthy')
  })

  it('stays ready when no upstream is left, for no other router would find one', async () => {
    await using broken = await fakeUpstream((response) => response.writeHead(500).end('{}'))
    await using router = await testRouter({
      baseUrls: [broken.baseUrl, broken.baseUrl],
      config: {
        breaker: { minimumCalls: 1, calls: 1, openMs: 3_600_000, longestOpenMs: 3_600_000 },
      },
    })
    for (const model of ['R1', 'R2']) await router.ask({ model })
    expect((await get(router, '/readyz')).status).toBe(200)
    expect((await slots(router))['slot10']?.checks).toMatchObject({
      upstreams: { status: 'degraded', message: 'no route may be called: R1 (open), R2 (open)' },
      guardrail: { status: 'degraded', message: expect.stringContaining('R2 is open') },
    })
  })

  it('is looked after without anybody asking', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    await vi.waitFor(
      () => {
        const names = router.facts.ofKind('health.changed').map(({ name }) => name)
        expect(names).toEqual(expect.arrayContaining(['disk', 'ledger', 'lock', 'upstreams']))
      },
      { timeout: 30_000 },
    )
  })

  it('is red when what was learned is not there any more', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    rmSync(join(router.dataDir, 'learned'), { recursive: true })
    const { checks } = await health(router)
    expect(checks['state']).toMatchObject({
      status: 'critical',
      message: expect.stringContaining('ENOENT'),
    })
    expect((await slots(router))['slot04']?.status).toBe('critical')
  })

  it('is red, and its slot critical, when the lock of its directory is gone; it stays ready', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const lock = readdirSync(router.dataDir).find((name) => name.endsWith('.lock')) ?? ''
    rmSync(join(router.dataDir, lock), { recursive: true })
    await vi.waitFor(
      async () => expect((await slots(router))['slot08_lock']?.status).toBe('critical'),
      { timeout: 30_000 },
    )
    expect((await get(router, '/health')).status).toBe(503)
    expect((await get(router, '/readyz')).status).toBe(200)
    expect((await get(router, '/health/slots')).status).toBe(200)
  })

  it('is red when its ledger is gone, and well when it is back', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    expect((await slots(router))['slot09']?.status).toBe('healthy')
    await router.ask()
    const directory = join(router.dataDir, 'ledger')
    // The last that is written of a line is the head of its segment.
    await vi.waitFor(
      () => {
        const [head = ''] = readdirSync(join(directory, 'heads'))
        expect(readFileSync(join(directory, 'heads', head), 'utf8')).toContain('"lines":1')
      },
      { timeout: 30_000 },
    )
    rmSync(directory, { recursive: true })
    await vi.waitFor(async () => expect((await slots(router))['slot09']?.status).toBe('critical'), {
      timeout: 30_000,
    })
    expect((await health(router)).checks['ledger']?.message).toContain('ENOENT')
    // The next line makes it anew.
    await router.ask()
    await vi.waitFor(async () => expect((await slots(router))['slot09']?.status).toBe('healthy'), {
      timeout: 30_000,
    })
  })

  it('is red, and answers, when its ledger cannot be made', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    writeFileSync(join(dataDir, 'ledger'), 'a file where the folder should be')
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      dataDir,
    })
    const answer = await router.ask()
    expect(answer.status).toBe(200)
    const decisionId = answer.headers.get('x-holdfast-decision')
    expect((await router.post('/v1/feedback', { decisionId, quality: 1 })).status).toBe(200)
    await vi.waitFor(async () => expect((await slots(router))['slot09']?.status).toBe('critical'), {
      timeout: 30_000,
    })
    const metrics = await (await get(router, '/metrics')).text()
    expect(metrics).toContain('\nholdfast_ledger_lost_lines_total 2\n')
    expect((await get(router, '/readyz')).status).toBe(200)
    await router.router.stop('the test says so')
    rmSync(dataDir, { recursive: true })
  })
})

describe('the ledger', () => {
  it('is not well at the look after a line was lost, and well where it is off', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    const ledgerDirectory = join(dataDir, 'ledger')
    const config = { dataDir, ledgerDirectory, ledger: { enabled: true } }
    const ledger = ledgerWritable(config)
    const { signal } = new AbortController()
    const look = async (): Promise<unknown> => await ledger.check({ signal })
    expect(await look()).toMatchObject({ status: 'ok' })
    const error = new Error('ENOSPC')
    ledger.hear({ kind: 'ledger.write-failed', directory: ledgerDirectory, lines: 1, error })
    await expect(look()).rejects.toMatchObject({ cause: error })
    expect(await look()).toMatchObject({ status: 'ok' })
    ledger.hear({ kind: 'ledger.dropped', directory: ledgerDirectory, lines: 1 })
    await expect(look()).rejects.toThrow('too many lines wait')
    expect(await look()).toMatchObject({ status: 'ok' })
    const off = ledgerWritable({ ...config, ledger: { enabled: false } })
    expect(await off.check({ signal })).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^off/),
    })
    rmSync(dataDir, { recursive: true })
  })
})

describe('a stop of a router', () => {
  it('turns readiness red, drains, and only then takes no more connections', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const clock = new VirtualClock()
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: { drainMs: 5_000 },
      clock,
    })
    const stopped = router.router.stop('the test says so')
    const ready = await get(router, '/readyz')
    expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'critical' }])
    expect((await get(router, '/healthz')).status).toBe(200)
    expect((await router.ask()).status).toBe(200)
    await Promise.all([stopped, clock.advance(5_000)])
    await expect(router.ask()).rejects.toThrow('fetch failed')
    expect(router.facts.ofKind('lifecycle.stopped')).toMatchObject([{ isClean: true }])
  })

  it('saves before it lets go of the directory, and tells how each phase ended', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    await router.router.stop('the test says so')
    const phases = router.facts.ofKind('lifecycle.phase-done').map(({ phase }) => phase)
    expect(phases[0]).toBe('requests')
    expect(phases.toSorted()).toEqual(
      [
        'connections',
        'health',
        'learning',
        'ledger',
        'lock',
        'requests',
        'rollout',
        'watchers',
      ].toSorted(),
    )
    for (const before of ['learning', 'ledger', 'health']) {
      expect(phases.indexOf(before)).toBeLessThan(phases.indexOf('lock'))
    }
  })

  it('leaves nothing of its looks behind', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      dataDir,
    })
    await health(router)
    await router.router.stop('the test says so')
    expect(readdirSync(dataDir).filter((name) => name.includes('holdfast-health'))).toEqual([])
    rmSync(dataDir, { recursive: true })
  })
})
