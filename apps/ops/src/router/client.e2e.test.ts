import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lock } from '@holdfast/file-lock'
import { watchRollout } from '@holdfast/promotion'
import { systemClock } from '@holdfast/seams'
import { VirtualClock } from '@holdfast/seams/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSettings } from '../config/settings.ts'
import { holderOf } from '../fixtures/locks.fixture.ts'
import {
  KEY,
  routerLock,
  standIn,
  wellRouter,
  writeAdminFile,
  type Answers,
} from '../fixtures/router.fixture.ts'
import { giveOrder, processStatus } from './admin.ts'
import { exchange, type Asking } from './exchange.ts'
import { findRouter, type RouterPlace } from './find-router.ts'
import { hearAll } from './hear-all.ts'

let dataDir: string
let lock: Lock
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'holdfast-client-'))
  lock = await routerLock(dataDir)
})
afterEach(async () => {
  await lock.release()
  rmSync(dataDir, { recursive: true })
})

const asking: Asking = { clock: systemClock, signal: new AbortController().signal }

interface Told {
  readonly env?: Record<string, string>
  readonly url?: string
}

async function found({ env = {}, url }: Told = {}): Promise<RouterPlace> {
  const flags = url === undefined ? { dataDir } : { dataDir, url }
  const settings = await readSettings(flags, env, '/', false)
  return await findRouter({ dataDir, env, settings, cwd: '/', clock: systemClock })
}

/** What comes of asking a stand-in for its status, as code and message. */
async function refusal(
  answers: Answers,
): Promise<{ code: string; message: string; next: string[] }> {
  await using router = await standIn(answers)
  writeAdminFile(dataDir, { url: router.url })
  const error: unknown = await processStatus(await found(), 60_000, asking).catch((e: unknown) => e)
  return error as { code: string; message: string; next: string[] }
}

describe('the router of a data directory', () => {
  it('is asked with its own key', async () => {
    await using router = await standIn(wellRouter())
    writeAdminFile(dataDir, { url: router.url })
    expect(await processStatus(await found(), 60_000, asking)).toMatchObject({ pid: process.pid })
    expect(router.tokens).toEqual([`Bearer ${KEY}`])
  })

  it('is asked with HOLDFAST_TOKEN when the token is the configured one', async () => {
    writeAdminFile(dataDir, { url: 'http://127.0.0.1:1', key: null })
    expect((await found()).token).toBeNull()
    expect((await found({ env: { HOLDFAST_TOKEN: 'mine' } })).token).toBe('mine')
  })

  it('is the one that --url names, before HOLDFAST_URL, before the file; and gets no key of another', async () => {
    writeAdminFile(dataDir, { url: 'http://127.0.0.1:1' })
    const env = { HOLDFAST_URL: 'http://127.0.0.1:2' }
    expect(await found({ env })).toMatchObject({ by: 'HOLDFAST_URL', token: null })
    const flagged = await found({ env, url: 'http://127.0.0.1:3' })
    expect([flagged.by, flagged.url.port, flagged.token]).toEqual(['--url', '3', null])
  })

  it('gets no token at an address that is not this machine, unless --url names it with https', async () => {
    const env = { HOLDFAST_TOKEN: 'mine' }
    const far = 'https://router.example'
    expect((await found({ env, url: far })).token).toBe('mine')
    await expect(found({ env: { ...env, HOLDFAST_URL: far } })).rejects.toMatchObject({
      code: 'OPS_UNSAFE',
    })
    await expect(found({ env, url: 'http://router.example' })).rejects.toMatchObject({
      code: 'OPS_UNSAFE',
    })
    writeAdminFile(dataDir, { url: far })
    await expect(found()).rejects.toMatchObject({ code: 'OPS_UNSAFE' })
  })

  it('is not looked for at the port of one that is gone, which may be anybody’s by now', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    writeAdminFile(dataDir, { url: 'http://127.0.0.1:1', pid: child.pid ?? 0 })
    await expect(found()).rejects.toMatchObject({
      code: 'OPS_NOT_FOUND',
      message: expect.stringContaining(`left by process ${child.pid}, which is gone`) as unknown,
    })
  })

  it('is not looked for where another process has the id of one that was killed, and gets no key', async () => {
    await using other = await standIn(wellRouter())
    // This process lives, and listens at its port; but it is no router.
    writeAdminFile(dataDir, { url: other.url })
    const gone = expect.stringContaining(`left by process ${process.pid}, which is gone`) as unknown
    await lock.release()
    await expect(found()).rejects.toMatchObject({ code: 'OPS_NOT_FOUND', message: gone })
    const killed = await holderOf(join(dataDir, 'router'))
    await expect(found()).rejects.toMatchObject({ code: 'OPS_NOT_FOUND', message: gone })
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    await expect(found()).rejects.toMatchObject({ code: 'OPS_NOT_FOUND', message: gone })
    expect((await found({ url: other.url })).url.origin).toBe(other.url)
  })

  it('is told to be missing, with where it was looked for', async () => {
    await expect(found()).rejects.toMatchObject({
      code: 'OPS_NOT_FOUND',
      message: `no router runs in ${dataDir}: there is no ${join(dataDir, 'admin.json')}`,
    })
  })
})

describe('without the token', () => {
  it('this end does not even ask', async () => {
    await using router = await standIn(wellRouter())
    writeAdminFile(dataDir, { url: router.url, key: null })
    const place = await found()
    const order = { kind: 'isolate', by: 'ana', reason: 'x' } as const
    for (const asked of [
      processStatus(place, 60_000, asking),
      giveOrder(place, 'R1', order, 60_000, asking),
    ]) {
      await expect(asked).rejects.toMatchObject({ code: 'OPS_UNAUTHORIZED' })
    }
    expect(router.asked).toEqual([])
  })

  it('the other end refuses, and that is told as such', async () => {
    await using router = await standIn(wellRouter())
    writeAdminFile(dataDir, { url: router.url, key: 'another' })
    await expect(processStatus(await found(), 60_000, asking)).rejects.toMatchObject({
      code: 'OPS_UNAUTHORIZED',
      message: expect.stringContaining(
        'does not take the token (401: authorization: must be',
      ) as unknown,
    })
  })
})

describe('an answer that is none', () => {
  it('of nobody', async () => {
    const router = await standIn(wellRouter())
    await router[Symbol.asyncDispose]()
    writeAdminFile(dataDir, { url: router.url })
    await expect(processStatus(await found(), 60_000, asking)).rejects.toMatchObject({
      code: 'OPS_UNREACHABLE',
      message: expect.stringContaining(`nobody listens at ${router.url}`) as unknown,
    })
  })

  it('of an older router', async () => {
    const { code, message } = await refusal(() => [404, { error: { message: 'not found' } }])
    expect([code, message]).toEqual([
      'OPS_ROUTER',
      expect.stringContaining('is an older router, or none: it has no /admin'),
    ])
    expect(await refusal(() => [200, { pid: 1 }])).toMatchObject({ code: 'OPS_ROUTER' })
  })

  it('of something else: it is no JSON, or goes elsewhere', async () => {
    const page = await refusal(() => [200, '<html>welcome'])
    expect([page.code, page.message]).toEqual([
      'OPS_ROUTER',
      expect.stringContaining('is no router: it says 200 and "<html>welcome"'),
    ])
    expect(await refusal(() => [302, {}])).toMatchObject({ code: 'OPS_ROUTER' })
  })

  it('of a router in trouble, in its own words', async () => {
    const { message } = await refusal(() => [
      503,
      { error: { message: 'nothing was ordered: EIO' } },
    ])
    expect(message).toContain('refuses with 503: nothing was ordered: EIO')
  })

  it('of one that hangs, after the limit; sooner when the command is told to stop', async () => {
    await using router = await standIn(() => 'silence')
    writeAdminFile(dataDir, { url: router.url })
    const place = await found()
    const clock = new VirtualClock()
    const { signal } = new AbortController()
    const late = processStatus(place, 5_000, { clock, signal })
    const [outcome] = await Promise.allSettled([late, clock.advance(5_000)])
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'OPS_TIMEOUT',
        message: expect.stringContaining('gives no answer within 5 s') as unknown,
      },
    })
    const stop = new AbortController()
    const stopped = processStatus(place, 5_000, { clock, signal: stop.signal })
    stop.abort(new Error('Ctrl-C'))
    await expect(stopped).rejects.toThrow('Ctrl-C')
  })

  it('of a process that dies in the middle: the next one is asked, a few times', async () => {
    let count = 0
    const well = wellRouter()
    await using router = await standIn((asked, request) => {
      count += 1
      return count < 3 ? 'reset' : well(asked, request)
    })
    writeAdminFile(dataDir, { url: router.url })
    expect(await processStatus(await found(), 60_000, asking)).toMatchObject({ pid: process.pid })
    expect(await refusal(() => 'reset')).toMatchObject({ code: 'OPS_UNREACHABLE' })
  })
})

describe('a question', () => {
  it('has a connection of its own, below the path of the address', async () => {
    const ports = new Set<number | undefined>()
    await using router = await standIn((_asked, { socket }) => {
      ports.add(socket.remotePort)
      return [200, {}]
    })
    const place = await found({ url: `${router.url}/behind/` })
    for (let i = 0; i < 3; i += 1) {
      await exchange(place, { method: 'GET', path: '/health', limitMs: 60_000 }, asking)
    }
    expect(ports.size).toBe(3)
    expect(new Set(router.asked)).toEqual(new Set(['GET /behind/health']))
  })
})

describe('all processes', () => {
  it('are asked once where the data directory knows of none', async () => {
    await using router = await standIn(wellRouter())
    writeAdminFile(dataDir, { url: router.url })
    const heard = await hearAll(await found(), { ...asking, dataDir, waitMs: 60_000 })
    expect(heard).toMatchObject({ statuses: [{ pid: process.pid }], missing: [] })
  })

  it('are given up when the time is over, and named', async () => {
    await using router = await standIn(wellRouter())
    writeAdminFile(dataDir, { url: router.url })
    const clock = new VirtualClock()
    const place = await found()
    const { signal } = asking
    const hearing = hearAll(place, { clock, signal, dataDir, waitMs: 100, isEnough: () => false })
    const state = { isOver: false }
    void hearing.finally(() => (state.isOver = true))
    while (!state.isOver) await clock.advance(25)
    expect((await hearing).missing).toEqual([process.pid])
  })

  it('are those that live by their files: neither silence nor another answer counts as what is waited for', async () => {
    await using router = await standIn(wellRouter())
    writeAdminFile(dataDir, { url: router.url })
    const directory = join(dataDir, 'rollout')
    await using _answers = await watchRollout({ directory, pid: process.pid })
    const hear = async (isEnough: () => boolean) => {
      const clock = new VirtualClock()
      const { signal } = asking
      const hearing = hearAll(await found(), { clock, signal, dataDir, waitMs: 100, isEnough })
      const state = { isOver: false }
      void hearing.finally(() => (state.isOver = true))
      while (!state.isOver) await clock.advance(25)
      const { statuses, missing } = await hearing
      return { heard: statuses.map(({ pid }) => pid), missing }
    }
    expect(await hear(() => true)).toEqual({ heard: [process.pid], missing: [] })
    expect(await hear(() => false)).toEqual({ heard: [process.pid], missing: [process.pid] })
    {
      await using _silent = await watchRollout({ directory, pid: 999_999_999 })
      expect(await hear(() => true)).toEqual({ heard: [process.pid], missing: [999_999_999] })
    }
    expect(await hear(() => true)).toEqual({ heard: [process.pid], missing: [] })
  })
})
