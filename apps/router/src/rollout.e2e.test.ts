import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryLock } from '@holdfast/file-lock'
import { createRollout, type Rollout, type RolloutCommand, type Stage } from '@holdfast/promotion'
import { afterEach, describe, expect, it } from 'vitest'
import { served, until } from './cluster/served.fixture.ts'
import {
  fakeUpstream,
  goodAnswer,
  testRouter,
  type TestRouter,
} from './http/fake-upstream.fixture.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
function dataDirectory(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollout-'))
  folders.push(folder)
  return folder
}

const rolloutOf = (dataDir: string): Rollout =>
  createRollout({ directory: join(dataDir, 'rollout'), lockWaitMs: 0 })

/** Moves a rollout, as an operator does. @returns what routers acknowledge. */
async function moved(rollout: Rollout, command: RolloutCommand): Promise<number> {
  const result = await rollout.run(command, 'ana')
  if (result.kind !== 'moved') throw new Error(result.reasons.join('; '))
  return result.state.seq
}
const toStage = (stage: Stage): RolloutCommand => ({
  kind: 'stage',
  stage,
  reason: 'by hand',
  verdict: null,
  isForced: true,
})

/** A router that obeys the rollout of its data directory, unless told otherwise. */
async function following(
  dataDir: string,
  more: { rollout?: object; env?: Record<string, string> } = {},
) {
  const { rollout = {}, env = {} } = more
  const upstream = await fakeUpstream(goodAnswer)
  const baseUrls = Array.from({ length: 4 }, () => upstream.baseUrl)
  // Whom the policy answers for, it sends to another route than R4.
  const caps = { R4: 0 }
  const router = await testRouter({ baseUrls, config: { rollout, caps }, env, dataDir })
  return {
    ...router,
    async [Symbol.asyncDispose]() {
      await router[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** Which of 200 users the policy answers for. */
async function liveUsers({ ask }: Pick<TestRouter, 'ask'>): Promise<Set<number>> {
  const routes = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const answer = await ask({ user: `u${i}` })
      await answer.arrayBuffer()
      return answer.headers.get('x-holdfast-route')
    }),
  )
  return new Set(routes.flatMap((route, i) => (route === 'R4' ? [] : [i])))
}

describe('a router', () => {
  it('lets the guardrail answer until a rollout begins, and then obeys each stage within a second', async () => {
    const dataDir = dataDirectory()
    await using router = await following(dataDir)
    expect((await liveUsers(router)).size).toBe(0)
    const rollout = rolloutOf(dataDir)
    let before = new Set<number>()
    for (const stage of [10, 25, 50, 75, 100] as const) {
      const seq = await moved(rollout, toStage(stage))
      const answer = await rollout.acknowledged({ seq })
      if (answer.kind !== 'acknowledged') throw new Error(answer.kind)
      expect(answer.waitedMs).toBeLessThan(1_000)
      const live = await liveUsers(router)
      expect(Math.abs(live.size - 2 * stage)).toBeLessThanOrEqual(stage === 100 ? 0 : 24)
      // A larger share removes nobody.
      expect([...before].filter((user) => !live.has(user))).toEqual([])
      before = live
    }
    const metrics = await (await fetch(`${router.router.url}/metrics`)).text()
    expect(metrics).toContain('nova_anr_pilot_fraction 1\n')
    expect(metrics).toContain('holdfast_promotion_obeyed_total{because="stage"} 5')
  })

  it('rolls back within a second while another holds the lock, but for routes that callers name', async () => {
    const dataDir = dataDirectory()
    await using router = await following(dataDir)
    const rollout = rolloutOf(dataDir)
    await rollout.acknowledged({ seq: await moved(rollout, toStage(100)) })
    expect((await liveUsers(router)).size).toBe(200)
    await using _other = await tryLock(rollout.files.state)
    const { acknowledgement, isSettled } = await rollout.rollback({ reason: 'a page', by: 'ana' })
    if (acknowledgement.kind !== 'acknowledged') throw new Error(acknowledgement.kind)
    expect(acknowledgement.waitedMs).toBeLessThan(1_000)
    expect(isSettled).toBe(false)
    expect((await liveUsers(router)).size).toBe(0)
    const answer = await router.ask({ model: 'model-2' })
    expect(answer.headers.get('x-holdfast-route')).toBe('R2')

    const decision = (await router.ask()).headers.get('x-holdfast-decision')
    const asked = await fetch(`${router.router.url}/routes/explain?decision=${decision}`)
    expect(await asked.json()).toMatchObject({ why: 'rolled back', live: null })
  })

  it('that was down when it was rolled back obeys before it answers anything', async () => {
    const dataDir = dataDirectory()
    const rollout = rolloutOf(dataDir)
    await moved(rollout, toStage(100))
    {
      await using router = await following(dataDir)
      expect((await liveUsers(router)).size).toBe(200)
    }
    const { acknowledgement } = await rollout.rollback({ reason: 'a page', by: 'ana' })
    expect(acknowledgement.kind).toBe('no-router')
    await using router = await following(dataDir)
    expect((await liveUsers(router)).size).toBe(0)
  })

  it('that starts anew keeps its stage, and its users keep their side', async () => {
    const dataDir = dataDirectory()
    await moved(rolloutOf(dataDir), toStage(25))
    const live: Set<number>[] = []
    for (let start = 0; start < 2; start += 1) {
      await using router = await following(dataDir)
      live.push(await liveUsers(router))
    }
    expect(live[0]?.size).toBeGreaterThan(0)
    expect(live[1]).toEqual(live[0])
    expect(readdirSync(join(dataDir, 'rollout', 'workers'))).toEqual([])
  })

  it('lets the guardrail answer when the state of the rollout cannot be read, and says so', async () => {
    const dataDir = dataDirectory()
    await moved(rolloutOf(dataDir), toStage(100))
    writeFileSync(join(dataDir, 'rollout', 'rollout.json'), '{"version":1,"sta')
    await using router = await following(dataDir)
    expect((await liveUsers(router)).size).toBe(0)
    expect(router.facts.ofKind('promotion.unreadable')).toHaveLength(1)
  })

  it.each([
    ['NOVA_ANR_KILL', '1'],
    ['NOVA_ANR_ENABLED', '0'],
  ])('under %s=%s lets the guardrail answer, whatever the stage', async (name, value) => {
    const dataDir = dataDirectory()
    await moved(rolloutOf(dataDir), toStage(100))
    await using router = await following(dataDir, { env: { [name]: value } })
    expect((await liveUsers(router)).size).toBe(0)
  })

  it('with a fixed share goes by it, says that it obeys no stage, and still rolls back', async () => {
    const dataDir = dataDirectory()
    await using router = await following(dataDir, { rollout: { enabled: true, pilot: 1 } })
    const rollout = rolloutOf(dataDir)
    const seq = await moved(rollout, toStage(10))
    expect((await liveUsers(router)).size).toBe(200)
    const answer = await rollout.acknowledged({ seq }, { waitMs: 300 })
    expect(answer.kind).toBe('unacknowledged')
    const { acknowledgement } = await rollout.rollback({ reason: 'a page', by: 'ana' })
    expect(acknowledgement.kind).toBe('acknowledged')
    expect((await liveUsers(router)).size).toBe(0)
  })

  it('with a fixed share that was never enabled lets the guardrail answer', async () => {
    await using router = await following(dataDirectory(), { rollout: { pilot: 1 } })
    expect((await liveUsers(router)).size).toBe(0)
  })
})

describe('a router of several processes', () => {
  it('acknowledges as all of them, also when one was killed, and its successor obeys too', async () => {
    await using router = await served({ workers: 2, config: { rollout: {} } })
    const rollout = rolloutOf(router.dataDir)
    const obeying = async (awaited: { seq: number } | { rollback: string }): Promise<number> => {
      const answer = await rollout.acknowledged(awaited)
      if (answer.kind !== 'acknowledged') throw new Error(JSON.stringify(answer))
      expect(answer.waitedMs).toBeLessThan(1_000)
      return answer.workers.length
    }
    const seq = await moved(rollout, toStage(100))
    expect(await obeying({ seq })).toBe(2)
    const [killed = 0] = await router.workers()
    process.kill(killed, 'SIGKILL')
    await until(async () => expect(await router.workers()).not.toContain(killed))
    await until(async () => expect(await obeying({ seq })).toBe(2))
    const { id } = await rollout.rollback({ reason: 'a page', by: 'ana' })
    expect(await obeying({ rollback: id })).toBe(2)
    await until(() =>
      expect(router.told('promotion.obeyed').at(-1)).toMatchObject({ because: 'rollback' }),
    )
  })
})
