import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { callerAt, served, until } from '../cluster/served.fixture.ts'
import type { AdminFile } from './admin-file.ts'
import { fakeUpstream, goodAnswer, testRouter } from './fake-upstream.fixture.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
function dataDirectory(): string {
  const folder = mkdtempSync(join(tmpdir(), 'admin-'))
  folders.push(folder)
  return folder
}

async function routerOf(
  dataDir: string,
  more: { config?: object; env?: Record<string, string> } = {},
) {
  const upstream = await fakeUpstream(goodAnswer)
  const baseUrls = Array.from({ length: 4 }, () => upstream.baseUrl)
  const router = await testRouter({ baseUrls, dataDir, ...more })
  return {
    ...router,
    async [Symbol.asyncDispose]() {
      await router[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

const adminOf = (dataDir: string): AdminFile =>
  JSON.parse(readFileSync(join(dataDir, 'admin.json'), 'utf8')) as AdminFile

interface Status {
  readonly pid: number
  readonly rollout: { readonly pilot: number; readonly because: string }
  readonly orders: { readonly seq: number; readonly isolated: object }
  readonly breakers: readonly { readonly name: string; readonly state: string }[]
}

/** Asks what only operators may, as a program on the same machine does. */
async function asked(
  { url, key }: Pick<AdminFile, 'url' | 'key'>,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}/admin${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

describe('what operators may ask', () => {
  it('is found by the data directory, with a key that only its owner may read, as long as the router runs', async () => {
    const dataDir = dataDirectory()
    {
      await using router = await routerOf(dataDir)
      const file = adminOf(dataDir)
      expect(file).toMatchObject({ url: router.router.url, pid: process.pid })
      expect(file.key).toMatch(/^[0-9a-f]{48}$/)
      expect(statSync(join(dataDir, 'admin.json')).mode & 0o777).toBe(0o600)
      expect(await asked(file, '/status')).toMatchObject({
        status: 200,
        body: {
          pid: process.pid,
          guardrail: 'R4',
          rollout: { pilot: 1, because: 'fixed' },
          orders: { seq: 0 },
        },
      })
    }
    expect(existsSync(join(dataDir, 'admin.json'))).toBe(false)
  })

  it('is told to nobody without the key, from this machine either', async () => {
    const dataDir = dataDirectory()
    await using router = await routerOf(dataDir)
    const { url } = router.router
    for (const key of [null, 'guessed']) {
      expect((await asked({ url, key }, '/status')).status).toBe(401)
      const isolate = { reason: 'x', by: 'y' }
      expect((await asked({ url, key }, '/breakers/R1/isolate', isolate)).status).toBe(401)
    }
    expect((await router.ask({ model: 'R1' })).headers.get('x-holdfast-route')).toBe('R1')
  })

  it('asks for the configured token, which is written nowhere', async () => {
    const dataDir = dataDirectory()
    await using router = await routerOf(dataDir, {
      config: { admin: { tokenEnv: 'OPS_TOKEN' } },
      env: { OPS_TOKEN: 'the token' },
    })
    expect(adminOf(dataDir).key).toBeNull()
    const { url } = router.router
    expect((await asked({ url, key: 'the token' }, '/status')).status).toBe(200)
  })

  it('names what is wrong with an order, and carries out nothing', async () => {
    const dataDir = dataDirectory()
    await using _router = await routerOf(dataDir)
    const file = adminOf(dataDir)
    expect(await asked(file, '/breakers/R9/isolate', { reason: 'x', by: 'y' })).toMatchObject({
      status: 404,
      body: { error: { message: 'route: must be one of R1, R2, R3, R4, got "R9"' } },
    })
    expect(await asked(file, '/breakers/R1/isolate', { reason: '', by: 'y' })).toMatchObject({
      status: 400,
      body: { error: { param: 'reason' } },
    })
    expect(await asked(file, '/breakers/R1/isolate', { reason: 'x' })).toMatchObject({
      status: 400,
      body: { error: { param: 'by' } },
    })
    expect(existsSync(join(dataDir, 'breakers.json'))).toBe(false)
  })
})

describe('a route that an operator isolates', () => {
  it('is not called, also after a restart, until it is reset', async () => {
    const dataDir = dataDirectory()
    {
      await using router = await routerOf(dataDir)
      const file = adminOf(dataDir)
      const order = { reason: 'answers nonsense', by: 'ana' }
      expect(await asked(file, '/breakers/R1/isolate', order)).toEqual({
        status: 200,
        body: { route: 'R1', seq: 1 },
      })
      const refused = await router.ask({ model: 'R1' })
      expect(refused.status).toBe(503)
      expect(refused.headers.get('retry-after')).toBeNull()
      expect(await refused.text()).toContain(
        'R1: not called until an operator resets the isolation',
      )
      const { breakers } = (await asked(file, '/status')).body as Status
      expect(breakers.map(({ state }) => state)).toEqual(['isolated', 'closed', 'closed', 'closed'])
    }
    await using router = await routerOf(dataDir)
    expect((await router.ask({ model: 'R1' })).status).toBe(503)
    expect(await asked(adminOf(dataDir), '/breakers/R1/reset', { by: 'ana' })).toMatchObject({
      body: { seq: 2 },
    })
    expect((await router.ask({ model: 'R1' })).status).toBe(200)
  })

  it('stays as it is when the file of orders cannot be read, which is told once', async () => {
    const dataDir = dataDirectory()
    await using router = await routerOf(dataDir)
    const file = adminOf(dataDir)
    await asked(file, '/breakers/R1/isolate', { reason: 'x', by: 'ana' })
    writeFileSync(join(dataDir, 'breakers.json'), '{"version":1,')
    await until(() => expect(router.facts.ofKind('router.orders-unreadable')).toHaveLength(1))
    expect((await router.ask({ model: 'R1' })).status).toBe(503)
    const { status, body } = await asked(file, '/breakers/R1/reset', { by: 'ana' })
    expect(status).toBe(503)
    expect(body).toMatchObject({
      error: { message: expect.stringContaining('nothing was ordered') as unknown },
    })
  })

  it('stays isolated when the file of orders is taken away, and health says so', async () => {
    const dataDir = dataDirectory()
    await using router = await routerOf(dataDir)
    await asked(adminOf(dataDir), '/breakers/R1/isolate', { reason: 'x', by: 'ana' })
    rmSync(join(dataDir, 'breakers.json'))
    await until(() => expect(router.facts.ofKind('router.orders-unreadable')).toHaveLength(1))
    expect((await router.ask({ model: 'R1' })).status).toBe(503)
    await until(async () => {
      const { checks } = (await (await fetch(`${router.router.url}/health`)).json()) as {
        checks: Record<string, { status: string }>
      }
      expect(checks['orders']?.status).toBe('degraded')
    })
  })

  it('is so for every process of a router', async () => {
    await using router = await served({ workers: 2 })
    const file = adminOf(router.dataDir)
    expect(file.url).toBe(router.url)
    await asked(file, '/breakers/R1/isolate', { reason: 'x', by: 'ana' })
    const seen = new Map<number, number>()
    const obeyedByAll = (seq: number): Promise<void> =>
      until(async () => {
        await using caller = callerAt(router.url)
        const { body } = await caller.get('/admin/status', { authorization: `Bearer ${file.key}` })
        const { pid, orders } = body as Status
        seen.set(pid, orders.seq)
        expect([...seen.values()]).toEqual([seq, seq])
      })
    await obeyedByAll(1)
    await asked(file, '/breakers/R1/isolate', { reason: 'y', by: 'ana' })
    await obeyedByAll(2)
    await asked(file, '/breakers/R1/reset', { by: 'ana' })
    await obeyedByAll(3)
  })
})
