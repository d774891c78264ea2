import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { fakeUpstream, goodAnswer, testRouter } from '../http/fake-upstream.fixture.ts'

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
})
