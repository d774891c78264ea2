import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { recordedFacts } from '@holdfast/seams/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { AdapterOptions } from './adapter.ts'
import { healthRoutes } from './fastify.ts'
import { createHealth, type HealthFact } from './index.ts'
import { createHealthHandler } from './node.ts'
import { pledge } from './pledge.ts'

type Options = Omit<AdapterOptions<{ readonly headers: Record<string, unknown> }>, 'health'>

/** A server that answers probes, on a port of its own. */
interface Served {
  readonly url: string
  close(): Promise<unknown>
}

type Serve = (health: AdapterOptions<never>['health'], options: Options) => Promise<Served>

const urlOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const onNode: Serve = async (health, options) => {
  const answers = createHealthHandler({ health, ...options })
  const server = createServer((request, response) => {
    if (!answers(request, response)) response.writeHead(404).end('not health')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<unknown> => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { url: urlOf(server), close }
}

const onFastify: Serve = async (health, options) => {
  const app = fastify({ forceCloseConnections: true })
  await app.register(healthRoutes, { health, ...options })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { url: urlOf(app.server), close: () => app.close() }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
}

/** As `fetch`, which would not send every method and URL. */
const ask = (url: string, { method = 'GET', headers = {} } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { origin } = new URL(url)
    const sent = request(origin, { method, headers, path: url.slice(origin.length) }, (answer) => {
      let body = ''
      answer.on('data', (text) => (body += String(text)))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
      )
    })
    sent.on('error', reject).end()
  })

const open: Served[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((served) => served.close()))
})

describe.each([
  ['node:http', onNode],
  ['Fastify', onFastify],
])('probes over %s', (_name, serve) => {
  const started = async (health: ReturnType<typeof createHealth>, options: Options = {}) => {
    const served = await serve(health, options)
    open.push(served)
    return served.url
  }

  const startedWrong = async (options: object): Promise<string> =>
    await started(createHealth(), options)

  it('are answered for each group with 200 or 503, never to be cached', async () => {
    const health = createHealth()
    health.add('loop', () => 'ok', { groups: ['live', 'startup'] })
    health.add('store', () => 'critical')
    const url = await started(health)
    const statuses = { '/healthz': 200, '/readyz': 503, '/startupz': 200, '/health': 503 }
    for (const [path, status] of Object.entries(statuses)) {
      const answer = await ask(`${url}${path}`)
      expect([path, answer.status]).toEqual([path, status])
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.headers['etag']).toBeUndefined()
    }
    expect((await ask(`${url}/readyz`)).body).toBe('{"status":"critical"}')
    expect((await ask(`${url}/other`)).status).toBe(404)
    expect((await ask(`${url}/healthz/more`)).status).toBe(404)
  })

  it('are answered for HEAD as for GET, without a body', async () => {
    const health = createHealth()
    health.add('store', () => 'ok')
    const url = await started(health)
    const get = await ask(`${url}/readyz`)
    const head = await ask(`${url}/readyz`, { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.body).toBe('')
    expect(head.headers['content-length']).toBe(get.headers['content-length'])
    expect(head.headers['cache-control']).toBe('no-store')
  })

  it('are refused for other methods', async () => {
    const url = await started(createHealth())
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await ask(`${url}/readyz`, { method })
      expect(answer.status).toBe(405)
      expect(answer.headers['allow']).toBe('GET, HEAD')
    }
  })

  it.each([
    '?',
    '?a=1',
    '?verbose',
    '?verbose=&x=%',
    '?format=text&format=json',
    '?%%%',
    '?a=/b?c',
  ])('are answered with the query %s', async (query) => {
    const health = createHealth()
    health.add('store', () => 'ok')
    expect((await ask(`${await started(health)}/readyz${query}`)).status).toBe(200)
  })

  it('cost one look, however many come at once', async () => {
    const health = createHealth()
    let looks = 0
    const { promise: look, resolve: answer } = pledge<void>()
    health.add('store', () => {
      looks += 1
      return look
    })
    const url = await started(health)
    const probes = Array.from({ length: 200 }, () => ask(`${url}/readyz`))
    // Those that come before the look is over wait for it; those that come later are answered from it.
    const first = await Promise.race([...probes, ask(`${url}/other`)])
    expect(first.status).toBe(404)
    answer()
    expect((await Promise.all(probes)).every(({ status }) => status === 200)).toBe(true)
    expect(looks).toBe(1)
  })

  it('show what the checks say to authorised callers only', async () => {
    const health = createHealth()
    health.add('store', () => ({ status: 'degraded', message: 'a secret path' }))
    const url = await started(health, {
      authorised: async ({ headers }) => headers['authorization'] === 'Bearer let-me-in',
    })
    const headers = { authorization: 'Bearer let-me-in' }
    for (const path of ['/readyz', '/readyz?verbose', '/health?format=text', '/health']) {
      expect((await ask(`${url}${path}`)).body).not.toContain('secret')
      const wrong = { authorization: 'Bearer guess' }
      expect((await ask(`${url}${path}`, { headers: wrong })).body).not.toContain('secret')
      expect((await ask(`${url}${path}`, { headers })).body).toContain('a secret path')
    }
    const text = await ask(`${url}/health`, { headers: { ...headers, accept: 'text/plain' } })
    expect(text.body).toMatch(/^⚠ all: degraded\n⚠ store {2}degraded: a secret path \(\d+ ms ago/)
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8')
  })

  it('are answered, with nothing but the status, when authorising throws', async () => {
    const health = createHealth()
    health.add('store', () => ({ status: 'ok', message: 'a secret path' }))
    const facts = recordedFacts<HealthFact>()
    const bug = new Error('a bug')
    const url = await started(health, {
      authorised: () => {
        throw bug
      },
      observe: facts.observe,
    })
    expect(await ask(`${url}/readyz`)).toMatchObject({ status: 200, body: '{"status":"ok"}' })
    expect(facts.all).toEqual([{ kind: 'health.authorise-failed', error: bug }])
  })

  it('may tell every caller more than the status, in JSON, which it cannot change', async () => {
    const health = createHealth()
    health.add('store', () => ({ status: 'degraded', message: 'a secret path' }))
    let version = 6
    const url = await started(health, {
      authorised: ({ headers }) => headers['authorization'] === 'Bearer let-me-in',
      fields: () => ({ version: (version += 1), status: 'splendid' }),
    })
    const { body, headers } = await ask(`${url}/readyz`)
    expect(body).toBe('{"status":"degraded","version":7}')
    expect(headers['content-length']).toBe(String(body.length))
    const authorised = { headers: { authorization: 'Bearer let-me-in' } }
    expect(JSON.parse((await ask(`${url}/readyz`, authorised)).body)).toMatchObject({
      status: 'degraded',
      checks: { store: { message: 'a secret path' } },
      version: 8,
    })
    expect((await ask(`${url}/readyz?verbose`)).body).toBe('⚠ ready: degraded\n')
  })

  it('may have other paths', async () => {
    const health = createHealth()
    health.add('store', () => 'ok')
    const url = await started(health, { paths: { '/ops/ready': 'ready' } })
    expect((await ask(`${url}/ops/ready?x`)).status).toBe(200)
    expect((await ask(`${url}/readyz`)).status).toBe(404)
  })

  it('of two servers in one process share nothing', async () => {
    const [one, other] = [createHealth(), createHealth()]
    one.add('store', () => 'ok')
    other.add('store', () => 'critical')
    const [oneUrl, otherUrl] = [await started(one), await started(other)]
    one.setStopping('test')
    other.add('queue', () => 'ok', { groups: ['live'] })
    expect((await ask(`${oneUrl}/readyz`)).status).toBe(503)
    expect((await ask(`${otherUrl}/healthz`)).body).toBe('{"status":"ok"}')
    expect((await ask(`${oneUrl}/healthz`)).body).toBe('{"status":"unknown"}')
  })

  it('refuse options that they do not know', async () => {
    await expect(startedWrong({ path: '/x' })).rejects.toThrow('path is no option')
    await expect(startedWrong({ paths: { x: 'live' } })).rejects.toThrow(
      'paths must begin with "/"',
    )
    await expect(startedWrong({ paths: { '/x': 'alive' } })).rejects.toThrow('got "alive"')
    await expect(startedWrong({ authorised: true })).rejects.toThrow(
      'authorised must be a function',
    )
    await expect(startedWrong({ fields: {} })).rejects.toThrow('fields must be a function')
  })
})

describe('a plugin of Fastify', () => {
  it('may be put below a prefix, and beside a route of its own name with another method', async () => {
    const health = createHealth()
    health.add('store', () => 'ok')
    const app = fastify()
    await app.register(healthRoutes, { health, prefix: '/ops', logLevel: 'silent' })
    const answer = await app.inject('/ops/readyz?verbose')
    expect([answer.statusCode, answer.body]).toEqual([200, '✓ ready: ok\n'])
    expect((await app.inject('/readyz')).statusCode).toBe(404)
    await app.close()
  })
})
