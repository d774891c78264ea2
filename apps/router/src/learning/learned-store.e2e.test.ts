import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFileStore } from '@holdfast/bandit-store'
import { createLinUCB } from '@holdfast/linucb'
import { describe, expect, it, vi } from 'vitest'
import { served, type Served } from '../cluster/served.fixture.ts'
import { runCli } from '../cli.fixture.ts'
import {
  fakeUpstream,
  goodAnswer,
  testRouter,
  type TestRouter,
} from '../http/fake-upstream.fixture.ts'

/** Teaches each of two routes so often, with a quality of its own. */
async function teach(router: TestRouter, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    for (const [model, reward] of [
      ['R1', 0.25],
      ['R2', 0.75],
    ] as const) {
      const decisionId = (await router.ask({ model })).headers.get('x-holdfast-decision')
      expect((await router.post('/v1/feedback', { decisionId, reward })).status).toBe(200)
    }
  }
}

/** Makes a snapshot of what was learned, as happens by itself after some MiB. */
async function snapshot(dataDir: string): Promise<void> {
  await using store = await openFileStore(join(dataDir, 'learned'), { dim: 14 })
  await store.compact()
}

const readyz = async ({ router }: TestRouter): Promise<unknown> =>
  await (await fetch(`${router.url}/readyz`)).json()

describe('learned state', () => {
  it('outlives the process', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    {
      await using router = await testRouter({ baseUrls, dataDir })
      for (let i = 0; i < 5; i += 1) {
        const decisionId = (await router.ask()).headers.get('x-holdfast-decision')
        await router.post('/v1/feedback', { decisionId, quality: 1 })
      }
    }
    {
      await using router = await testRouter({ baseUrls, dataDir })
      expect(router.facts.ofKind('router.state-loaded')).toMatchObject([{ updates: 5 }])
    }
    rmSync(dataDir, { recursive: true })
  })

  it('that is broken is kept aside and reported, and the guardrail answers until the next start', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = Array.from({ length: 4 }, () => upstream.baseUrl)
    for (const broken of [
      '{"version":1,"upd',
      '',
      '{}',
      '{"version":1,"updates":3,"savedAtMs":1,"bandit":{"version":99}}',
    ]) {
      writeFileSync(join(dataDir, 'anr_state.json'), broken)
      await using router = await testRouter({ baseUrls, dataDir })
      expect(router.facts.ofKind('router.state-broken')).toHaveLength(1)
      for (let i = 0; i < 10; i += 1) {
        const answer = await router.ask()
        expect(answer.status).toBe(200)
        expect(answer.headers.get('x-holdfast-route')).toBe('R4')
      }
      const kept = router.facts.ofKind('router.state-broken')[0]?.keptAt ?? ''
      expect(readFileSync(kept, 'utf8')).toBe(broken)
    }
    expect(readdirSync(dataDir).filter((name) => name.includes('.corrupt-'))).toHaveLength(4)
    rmSync(dataDir, { recursive: true })
  })

  it('of other features is kept aside, and learning starts anew at once', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    {
      await using router = await testRouter({ baseUrls, dataDir })
      const decisionId = (await router.ask()).headers.get('x-holdfast-decision')
      await router.post('/v1/feedback', { decisionId, quality: 1 })
    }
    const config = { features: { set: 'surface22' } } as const
    await using router = await testRouter({ baseUrls, dataDir, config })
    expect(router.facts.ofKind('router.state-set-aside')).toHaveLength(1)
    const ready = await (await fetch(`${router.router.url}/readyz`)).json()
    expect(ready).toMatchObject({ learning: 'ok', updates: 0 })
    rmSync(dataDir, { recursive: true })
  })

  it('of the seed, version "1.0", is read', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    const identity = Array.from({ length: 14 }, (_, i) =>
      Array.from({ length: 14 }, (_, j) => (i === j ? 1 : 0)),
    )
    const zeros = Array.from({ length: 14 }, () => 0)
    const arms = ['R1', 'R2']
    const each = (value: unknown) => Object.fromEntries(arms.map((arm) => [arm, value]))
    const seed = {
      version: '1.0',
      arms,
      context_dim: 14,
      alpha: 1,
      A: each(identity),
      b: each(zeros),
      total_pulls: each(3),
      total_reward: each(1.5),
      last_update_time: 1_700_000_000,
      save_counter: 2,
    }
    writeFileSync(join(dataDir, 'anr_state.json'), JSON.stringify(seed))
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      dataDir,
    })
    expect(router.facts.ofKind('router.state-loaded')).toMatchObject([{ updates: 6 }])
    rmSync(dataDir, { recursive: true })
  })

  it('that cannot be saved is told, learned all the same, and saved as soon as that is possible', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    await using router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
    const get = (path: string) => fetch(`${router.router.url}${path}`)
    // Where lessons are to be written, not even root can write now.
    const lessons = join(router.dataDir, 'learned', 'lessons')
    rmSync(lessons, { recursive: true })
    writeFileSync(lessons, 'a file, not a directory')
    const decisionId = (await router.ask()).headers.get('x-holdfast-decision')
    const refused = await router.post('/v1/feedback', { decisionId, quality: 1 })
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ error: { code: 'feedback_unsaved' } })
    expect((await get('/health')).status).toBe(503)
    expect(await (await get('/readyz')).json()).toMatchObject({ status: 'ok', updates: 1 })
    expect(await (await get('/metrics')).text()).toMatch(/nova_anr_state_write_errors_total [1-9]/)
    expect((await router.ask()).status).toBe(200)

    rmSync(lessons)
    mkdirSync(lessons)
    await vi.waitFor(async () => expect((await get('/health')).status).toBe(200), {
      timeout: 30_000,
    })
    expect((await router.post('/v1/feedback', { decisionId, quality: 1 })).status).toBe(409)
    expect(router.facts.ofKind('bandit-store.recovered')).toHaveLength(1)
  })

  it('whose snapshots are all broken is kept aside; the guardrail answers until the next start, which learns anew', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = Array.from({ length: 4 }, () => upstream.baseUrl)
    {
      await using router = await testRouter({ baseUrls, dataDir })
      await teach(router, 1)
    }
    // The second leaves the first as its spare.
    await snapshot(dataDir)
    await snapshot(dataDir)
    const learned = join(dataDir, 'learned')
    const snapshots = readdirSync(learned).filter((name) => name.endsWith('.bin'))
    expect(snapshots).toHaveLength(2)
    for (const name of snapshots) {
      const bytes = readFileSync(join(learned, name))
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
      writeFileSync(join(learned, name), bytes)
    }
    {
      await using router = await testRouter({ baseUrls, dataDir })
      expect(router.facts.ofKind('router.state-broken')).toHaveLength(1)
      const kept = router.facts.ofKind('router.state-broken')[0]?.keptAt ?? ''
      expect(readdirSync(kept)).toEqual(expect.arrayContaining(snapshots))
      expect((await fetch(`${router.router.url}/health`)).status).toBe(503)
      expect(await readyz(router)).toMatchObject({ status: 'ok', updates: 0 })
      for (let i = 0; i < 10; i += 1) {
        const answer = await router.ask()
        expect(answer.headers.get('x-holdfast-route')).toBe('R4')
      }
      // What is learned meanwhile is kept, though nothing is decided by it.
      await teach(router, 2)
    }
    await using router = await testRouter({ baseUrls, dataDir })
    expect(router.facts.ofKind('router.state-broken')).toEqual([])
    expect(await readyz(router)).toMatchObject({ learning: 'ok', updates: 4 })
    rmSync(dataDir, { recursive: true })
  })

  it('of which one snapshot is broken goes on from the other, and every lesson is there', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    for (let i = 0; i < 2; i += 1) {
      await using router = await testRouter({ baseUrls, dataDir })
      await teach(router, 2)
      await router.router.stop('the test says so')
      await snapshot(dataDir)
    }
    const learned = join(dataDir, 'learned')
    const newest = readdirSync(learned)
      .filter((name) => name.endsWith('.bin'))
      .toSorted()
      .at(-1)
    writeFileSync(join(learned, newest ?? ''), 'broken')
    await using router = await testRouter({ baseUrls, dataDir })
    expect(router.facts.ofKind('router.state-broken')).toEqual([])
    expect(router.facts.ofKind('bandit-store.snapshot-broken').length).toBeGreaterThan(0)
    expect(await readyz(router)).toMatchObject({ learning: 'ok', updates: 8 })
    rmSync(dataDir, { recursive: true })
  })

  it.each([1, 2])(
    'that is out of reach costs no answer of %i processes, and no feedback is said to be taken in',
    async (workers) => {
      const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
      // Where the folder belongs there is a file: not even root can read it as one.
      writeFileSync(join(dataDir, 'learned'), 'not a folder')
      await using router: Served = await served({ workers, dataDir })
      for (let i = 0; i < 4; i += 1) {
        const post = (path: string, body: object) =>
          fetch(`${router.url}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', connection: 'close' },
            body: JSON.stringify(body),
          })
        const messages = [{ role: 'user', content: 'hi' }]
        const answer = await post('/v1/chat/completions', { model: 'auto', messages })
        expect(answer.headers.get('x-holdfast-route')).toBe('R2')
        const decisionId = answer.headers.get('x-holdfast-decision')
        const refused = await post('/v1/feedback', { decisionId, quality: 1 })
        expect(refused.status).toBe(503)
        expect(await refused.json()).toMatchObject({
          error: { code: 'learning_unavailable', type: 'server_error' },
        })
      }
      const health = await fetch(`${router.url}/health`)
      expect(health.status).toBe(503)
      expect(await health.json()).toMatchObject({ checks: { learning: { status: 'critical' } } })
      expect(router.told('router.state-broken')[0]).toMatchObject({ keptAt: null })
      expect(readFileSync(join(dataDir, 'learned'), 'utf8')).toBe('not a folder')
      router.run.child.kill('SIGTERM')
      expect((await router.run.ended).code).toBe(0)
      rmSync(dataDir, { recursive: true })
    },
  )

  it('of an earlier version is taken over once, and never again over what was learned since', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    const bandit = createLinUCB({ arms: ['R1', 'R2'], dim: 14 })
    const context = Array.from({ length: 14 }, (_, i) => (i === 0 ? 1 : 0))
    for (let i = 0; i < 7; i += 1) bandit.learn('R1', context, 0.5)
    const state = { version: 1, updates: 7, savedAtMs: 1, bandit: bandit.snapshot() }
    const path = join(dataDir, 'anr_state.json')
    writeFileSync(path, JSON.stringify(state))
    const seen: unknown[] = []
    for (let start = 0; start < 3; start += 1) {
      await using router = await testRouter({ baseUrls, dataDir })
      seen.push(
        ...router.facts.ofKind('router.state-loaded').map(({ path: of, updates }) => [of, updates]),
      )
      await teach(router, 1)
    }
    const learned = join(dataDir, 'learned')
    expect(seen).toEqual([
      [path, 7],
      [learned, 9],
      [learned, 11],
    ])
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(JSON.stringify(state)))
    rmSync(dataDir, { recursive: true })
  })
})

/** How a decision made now is scored. */
const scores = async (router: TestRouter): Promise<Record<string, number>> => {
  const id = (await router.ask()).headers.get('x-holdfast-decision')
  const told = await fetch(`${router.router.url}/routes/explain?decision=${id}`)
  return ((await told.json()) as { scores: Record<string, number> }).scores
}

describe('--export-state', () => {
  it('writes what the seed reads, and a router that takes it over scores the same', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    const route = (model: string) => ({
      baseUrl: upstream.baseUrl,
      model,
      prices: { input: 1, output: 2 },
    })
    const file = join(dataDir, 'router.json')
    const routes = { R1: route('model-1'), R2: route('model-2') }
    writeFileSync(file, JSON.stringify({ version: 1, routes, guardrail: 'R2' }))
    const exported = join(dataDir, 'anr_state.json')
    const exporting = () =>
      runCli(['--config', file, '--data-dir', dataDir, '--export-state', exported])
    let before: Record<string, number>
    {
      await using router = await testRouter({ baseUrls, dataDir })
      await teach(router, 5)
      before = await scores(router)
      // It need not end for that.
      const { code, out } = await exporting()
      expect({ code, out }).toEqual({ code: 0, out: `${exported}: 10 updates of R1, R2\n` })
      expect((await router.ask()).status).toBe(200)
      expect(await readyz(router)).toMatchObject({ learning: 'ok', updates: 10 })
    }
    const state = JSON.parse(readFileSync(exported, 'utf8')) as object
    expect(state).toMatchObject({
      version: '1.0',
      arms: ['R1', 'R2'],
      context_dim: 14,
      total_pulls: { R1: 5, R2: 5 },
      total_reward: { R1: 1.25, R2: 3.75 },
    })
    rmSync(join(dataDir, 'learned'), { recursive: true })
    await using router = await testRouter({ baseUrls, dataDir })
    expect(router.facts.ofKind('router.state-loaded')).toMatchObject([
      { path: exported, updates: 10 },
    ])
    const after = await scores(router)
    for (const arm of ['R1', 'R2']) {
      expect(Math.abs((after[arm] ?? Number.NaN) - (before[arm] ?? 0))).toBeLessThan(1e-9)
    }
    rmSync(dataDir, { recursive: true })
  })

  it('says why, when there is nothing that it could read, and leaves no file', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
    const route = { baseUrl: 'http://127.0.0.1:9', model: 'm', prices: { input: 1, output: 2 } }
    const file = join(dataDir, 'router.json')
    writeFileSync(
      file,
      JSON.stringify({ version: 1, routes: { R1: route, R2: route }, guardrail: 'R2' }),
    )
    const to = join(dataDir, 'state.json')
    const run = () => runCli(['--config', file, '--data-dir', dataDir, '--export-state', to])
    const nothing = await run()
    expect(nothing.code).toBe(2)
    expect(nothing.err).toContain(`${join(dataDir, 'learned')}: nothing was learned here`)
    expect(readdirSync(dataDir)).toEqual(['router.json'])
    writeFileSync(join(dataDir, 'learned'), 'not a folder')
    const broken = await run()
    expect(broken.code).toBe(1)
    expect(broken.err).not.toContain('    at ')
    expect(existsSync(to)).toBe(false)
    expect((await runCli(['--export-state', to])).code).toBe(2)
    rmSync(dataDir, { recursive: true })
  })
})
