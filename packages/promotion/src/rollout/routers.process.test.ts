import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { start, type Child } from '../process.fixture.ts'
import type { RolloutCommand } from './command.ts'
import { createRollout, type Rollout } from './rollout.ts'
import type { Stage } from './stage.ts'

const directory = scratch()
const stage = (stage: Stage): RolloutCommand => ({
  kind: 'stage',
  stage,
  reason: 'by hand',
  verdict: null,
  isForced: true,
})

/** Starts a router and waits until it obeys; answers what it said first. */
async function router(path: string, env: Readonly<Record<string, string>> = {}) {
  const child = start('router.fixture.ts', [path], env)
  const first = await child.hear()
  const { worker = '' } = await child.hear()
  return { child, first, worker }
}

async function seqAfter(rollout: Rollout, command: RolloutCommand): Promise<number> {
  const result = await rollout.run(command, 'ana')
  if (result.kind !== 'moved') throw new Error(result.reasons.join())
  return result.state.seq
}

const next = async (child: Child): Promise<number | undefined> => (await child.hear()).pilot

describe('routers that run', () => {
  it('obey each stage within a second, and say so, all of them', async () => {
    const path = directory()
    const rollout = createRollout({ directory: path })
    const routers = await Promise.all([router(path), router(path), router(path)])
    await using stack = new AsyncDisposableStack()
    for (const { child } of routers) stack.use(child)
    expect(routers.map(({ first }) => first)).toEqual(
      routers.map(() => ({ pilot: 0, because: 'no-state' })),
    )
    for (const to of [10, 25, 50, 75, 100] as const) {
      const answer = await rollout.acknowledged({ seq: await seqAfter(rollout, stage(to)) })
      if (answer.kind !== 'acknowledged') throw new Error(answer.kind)
      expect(answer.workers.toSorted()).toEqual(routers.map(({ worker }) => worker).toSorted())
      expect(answer.waitedMs).toBeLessThan(1_000)
      for (const { child } of routers) expect(await next(child)).toBe(to / 100)
    }
  })

  it('roll back within a second while another process holds the lock', async () => {
    const path = directory()
    const rollout = createRollout({ directory: path, lockWaitMs: 0 })
    await rollout.run(stage(100), 'ana')
    const { child, first } = await router(path)
    await using _child = child
    expect(first).toEqual({ pilot: 1, because: 'stage' })
    await using holder = start('holder.fixture.ts', [join(path, 'rollout.json')])
    await holder.hear()
    const { acknowledgement, isSettled } = await rollout.rollback({ reason: 'a page', by: 'ana' })
    if (acknowledgement.kind !== 'acknowledged') throw new Error(acknowledgement.kind)
    expect(acknowledgement.waitedMs).toBeLessThan(1_000)
    expect(await child.hear()).toEqual({ pilot: 0, because: 'rollback' })
    expect(isSettled).toBe(false)
  })

  it('that were killed are not waited for, and what they left is removed', async () => {
    const path = directory()
    const rollout = createRollout({ directory: path })
    const [dead, alive] = await Promise.all([router(path), router(path)])
    await using _alive = alive.child
    await dead.child.kill()
    const answer = await rollout.acknowledged({ seq: await seqAfter(rollout, stage(10)) })
    expect(answer).toMatchObject({ kind: 'acknowledged', workers: [alive.worker] })
    expect(
      readdirSync(join(path, 'workers')).filter((name) => name.startsWith(dead.worker)),
    ).toEqual([])
  })

  it('remove what those left who were killed before', async () => {
    const path = directory()
    const { child, worker: killed } = await router(path)
    await child.kill()
    const { child: other, worker } = await router(path)
    await using _other = other
    expect(killed).not.toBe(worker)
    expect(readdirSync(join(path, 'workers')).toSorted()).toEqual([
      `${worker}.json`,
      `${worker}.json.lock`,
    ])
  })

  it('that were killed before they said anything are not waited for either', async () => {
    const path = directory()
    const rollout = createRollout({ directory: path })
    await using killed = start('holder.fixture.ts', [join(path, 'workers', '123-abc.json')])
    await killed.hear()
    await killed.kill()
    expect(await rollout.acknowledged({ seq: 1 })).toEqual({ kind: 'no-router' })
    expect(readdirSync(join(path, 'workers'))).toEqual([])
  })

  it('that hang are named', async () => {
    const path = directory()
    const rollout = createRollout({ directory: path })
    const [hung, alive] = await Promise.all([router(path), router(path)])
    await using _hung = hung.child
    await using _alive = alive.child
    hung.child.signal('SIGSTOP')
    const seq = await seqAfter(rollout, stage(10))
    expect(await rollout.acknowledged({ seq }, { waitMs: 600 })).toMatchObject({
      kind: 'unacknowledged',
      workers: [alive.worker],
      missing: [hung.worker],
    })
    hung.child.signal('SIGCONT')
    expect((await rollout.acknowledged({ seq })).kind).toBe('acknowledged')
  })

  it('that end leave nothing behind', async () => {
    const path = directory()
    const { child } = await router(path)
    await child.end()
    expect(readdirSync(join(path, 'workers'))).toEqual([])
    const rollout = createRollout({ directory: path })
    expect(await rollout.acknowledged({ seq: 1 })).toEqual({ kind: 'no-router' })
  })
})

describe('a router that starts', () => {
  it('keeps the stage that it had', async () => {
    const path = directory()
    const rollout = createRollout({ directory: path })
    await rollout.run(stage(50), 'ana')
    for (let i = 0; i < 2; i += 1) {
      const { child, first } = await router(path)
      await child.kill()
      expect(first).toEqual({ pilot: 0.5, because: 'stage' })
    }
  })

  it('obeys a rollback from the time when it was down', async () => {
    const path = directory()
    const rollout = createRollout({ directory: path })
    await rollout.run(stage(100), 'ana')
    const { acknowledgement } = await rollout.rollback({ reason: 'a page', by: 'ana' })
    expect(acknowledgement).toEqual({ kind: 'no-router' })
    const { child, first } = await router(path)
    await using _child = child
    expect(first).toEqual({ pilot: 0, because: 'rollback' })
  })

  it.each([
    [{ NOVA_ANR_KILL: '1' }, 'kill'],
    [{ NOVA_ANR_ENABLED: '0' }, 'disabled'],
  ])(
    'with %o lets the guardrail answer everyone, and says that it goes by no stage',
    async (env, because) => {
      const path = directory()
      const rollout = createRollout({ directory: path })
      await rollout.run(stage(100), 'ana')
      const { child, first, worker } = await router(path, env)
      await using _child = child
      expect(first).toEqual({ pilot: 0, because })
      const answer = await rollout.acknowledged({ seq: 1 })
      expect(answer).toMatchObject({ kind: 'unacknowledged', missing: [], apart: [worker] })
    },
  )
})
