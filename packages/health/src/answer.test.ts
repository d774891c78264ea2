import { describe, expect, it } from 'vitest'
import { VirtualClock } from '@holdfast/seams/testing'
import { answerProbe, pathOf, type Asked, type Scope } from './answer.ts'
import { createHealth, type Check } from './index.ts'

function answers(check: Check) {
  const health = createHealth({ clock: new VirtualClock() })
  health.add('x', check, { groups: ['live', 'ready'] })
  return (
    asked: Partial<Asked> = {},
    { isAuthorised = false, scope = 'ready' }: { isAuthorised?: boolean; scope?: Scope } = {},
  ) =>
    answerProbe(
      health,
      scope,
      { method: 'GET', url: '/readyz', accept: undefined, ...asked },
      isAuthorised,
    )
}

const finding = { status: 'degraded', message: 'a secret path', details: { n: 1 } } as const

describe('the answer to a probe', () => {
  it('is 200 while up and 503 while not, never to be cached', async () => {
    for (const [check, status] of [
      [() => 'ok', 200],
      [() => 'degraded', 200],
      [() => 'critical', 503],
      [() => 'unknown', 503],
    ] as const satisfies readonly (readonly [Check, number])[]) {
      const answer = await answers(check)()
      expect(answer.status).toBe(status)
      expect(answer.headers['cache-control']).toBe('no-store')
    }
  })

  it('asked whether it lives, is 503 only when critical', async () => {
    expect((await answers(() => 'unknown')({}, { scope: 'live' })).status).toBe(200)
    expect((await answers(() => 'critical')({}, { scope: 'live' })).status).toBe(503)
  })

  it('tells nothing but the status to those who are not authorised', async () => {
    const ask = answers(() => finding)
    expect((await ask()).body).toBe('{"status":"degraded"}')
    expect((await ask({ url: '/readyz?verbose' })).body).toBe('⚠ ready: degraded\n')
    expect((await ask({ url: '/readyz?format=text' }, { scope: 'all' })).body).toBe(
      '⚠ all: degraded\n',
    )
  })

  it('tells all to those who are', async () => {
    const ask = answers(() => finding)
    const json = await ask({}, { isAuthorised: true })
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(JSON.parse(json.body)).toMatchObject({
      status: 'degraded',
      group: 'ready',
      isUp: true,
      checks: { x: { ...finding, ageMs: 0, tookMs: 0 } },
    })
    const text = await ask({ url: '/readyz?verbose' }, { isAuthorised: true })
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(text.body).toContain('⚠ x  degraded: a secret path')
  })

  it.each<[Partial<Asked>, 'text' | 'json']>([
    [{}, 'json'],
    [{ accept: '*/*' }, 'json'],
    [{ accept: 'text/plain' }, 'text'],
    [{ accept: 'text/plain, application/json' }, 'json'],
    [{ accept: 'text/html' }, 'json'],
    [{ url: '/readyz?format=text', accept: 'application/json' }, 'text'],
    [{ url: '/readyz?format=json', accept: 'text/plain' }, 'json'],
    [{ url: '/readyz?verbose&format=json' }, 'json'],
    [{ url: '/readyz?x=1&verbose=true' }, 'text'],
    [{ url: '/readyz?format=xml' }, 'json'],
  ])('to %j is %s', async (asked, form) => {
    const { headers } = await answers(() => 'ok')(asked)
    const type = { text: 'text/plain; charset=utf-8', json: 'application/json; charset=utf-8' }
    expect(headers['content-type']).toBe(type[form])
  })

  it('to HEAD is the same without a body', async () => {
    const ask = answers(() => finding)
    const get = await ask()
    expect(await ask({ method: 'HEAD' })).toEqual({ ...get, body: '' })
  })

  it('to another method is 405, without a look', async () => {
    const ask = answers(() => expect.unreachable('looked'))
    const answer = await ask({ method: 'POST' })
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })

  it('counts bytes, not letters', async () => {
    const { headers, body } = await answers(() => 'ok')({ url: '/?verbose' })
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)))
    expect(Buffer.byteLength(body)).toBeGreaterThan(body.length)
  })

  it('tells lengths of time to a tenth of a ms', async () => {
    const ask = answers(() => ({ status: 'ok', details: { tookMs: 1.234567, share: 0.123456 } }))
    const { body } = await ask({}, { isAuthorised: true })
    expect(JSON.parse(body).checks.x.details).toEqual({ tookMs: 1.2, share: 0.123456 })
  })

  it('is given also when details have no form in JSON', async () => {
    const ring: Record<string, unknown> = {}
    ring['self'] = ring
    const big = await answers(() => ({ status: 'ok', details: { n: 2n ** 64n } }))(
      {},
      { isAuthorised: true },
    )
    expect(JSON.parse(big.body).checks.x.details).toEqual({ n: '18446744073709551616' })
    const round = await answers(() => ({ status: 'ok', details: ring }))({}, { isAuthorised: true })
    expect(JSON.parse(round.body).checks.x).toMatchObject({ status: 'ok', details: null })
  })
})

describe('the path of a request', () => {
  it.each([
    ['/healthz', '/healthz'],
    ['/healthz?', '/healthz'],
    ['/healthz?a=/b?c', '/healthz'],
    ['/healthz#top', '/healthz'],
    ['//', '//'],
    ['/%', '/%'],
    ['*', '*'],
  ])('of %s is %s', (url, path) => {
    expect(pathOf(url)).toBe(path)
  })
})
