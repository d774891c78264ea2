import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts, seededRandom } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { PromotionFact } from '../facts.ts'
import { NOON_MS } from '../rows.fixture.ts'
import { scratch } from '../scratch.fixture.ts'
import { wallClock } from '../wall-clock.fixture.ts'
import type { EffectiveRollout } from './effective.ts'
import { createRollout } from './rollout.ts'
import { watchRollout } from './watch.ts'

const directory = scratch()

async function watched(path = directory()) {
  const facts = recordedFacts<PromotionFact>()
  const changes: EffectiveRollout[] = []
  const watch = await watchRollout({
    directory: path,
    pid: 1,
    // It looks when the test says so.
    pollMs: 3_600_000,
    clock: wallClock(NOON_MS),
    random: seededRandom('watch'),
    observe: facts.observe,
    onChange: (rollout) => changes.push(rollout),
  })
  const rollout = createRollout({ directory: path })
  const to = async (stage: 10 | 50) => {
    await rollout.run({ kind: 'stage', stage, reason: 'x', verdict: null, isForced: true }, 'ana')
    watch.look()
  }
  return { path, watch, facts, changes, to }
}

describe('a watch', () => {
  it('has looked when it is there, and tells each change once', async () => {
    const { watch, changes, to, facts } = await watched()
    await using _watch = watch
    expect(watch.current).toMatchObject({ pilot: 0, because: 'no-state' })
    await to(10)
    watch.look()
    await to(50)
    expect(changes.map(({ pilot }) => pilot)).toEqual([0, 0.1, 0.5])
    expect(facts.ofKind('promotion.obeyed')).toHaveLength(3)
  })

  it('lets the guardrail answer when the state is lost or broken, and tells that once', async () => {
    const { watch, path, to, facts } = await watched()
    await using _watch = watch
    await to(50)
    for (const broken of ['{"half', '{"version":1,"stage":30}', '5', 'null']) {
      writeFileSync(join(path, 'rollout.json'), broken)
      watch.look()
      watch.look()
      expect(watch.current).toMatchObject({ pilot: 0, because: 'no-state' })
    }
    expect(facts.ofKind('promotion.unreadable').length).toBeLessThanOrEqual(4)
    rmSync(join(path, 'rollout.json'))
    watch.look()
    expect(watch.current.pilot).toBe(0)
  })

  it('obeys also where it cannot say so', async () => {
    const path = directory()
    writeFileSync(join(path, 'workers'), 'in the way')
    const { watch, facts, to } = await watched(path)
    await using _watch = watch
    await to(10)
    expect(watch.current.pilot).toBe(0.1)
    expect(facts.ofKind('promotion.not-acknowledged')).toHaveLength(1)
  })

  it('with a fixed share goes by no stage, does not say that it does, and obeys a rollback', async () => {
    const path = directory()
    await using watch = await watchRollout({
      directory: path,
      pid: 1,
      fixedPilot: 0.3,
      pollMs: 3_600_000,
      clock: wallClock(NOON_MS),
    })
    const rollout = createRollout({ directory: path })
    const moved = await rollout.run(
      { kind: 'stage', stage: 10, reason: 'x', verdict: null, isForced: true },
      'ana',
    )
    if (moved.kind !== 'moved') throw new Error('unreachable')
    watch.look()
    expect(watch.current).toMatchObject({ pilot: 0.3, because: 'fixed' })
    const acknowledged = await rollout.acknowledged({ seq: moved.state.seq }, { waitMs: 0 })
    expect(acknowledged).toMatchObject({ kind: 'unacknowledged', missing: [watch.worker] })

    const { id } = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
    watch.look()
    expect(watch.current).toMatchObject({ pilot: 0, because: 'rollback' })
    const obeyed = await rollout.acknowledged({ rollback: id }, { waitMs: 0 })
    expect(obeyed.kind).toBe('acknowledged')
  })

  it('refuses bad options by name', async () => {
    const bad = { directory: 'x', pid: 1, pollMs: 1 }
    await expect(watchRollout(bad)).rejects.toThrow('pollMs must be finite and ≥ 10')
    await expect(watchRollout({ ...bad, pol: 1 } as never)).rejects.toThrow('pol is no option')
    const share = { directory: 'x', pid: 1, fixedPilot: 1.5 }
    await expect(watchRollout(share)).rejects.toThrow('fixedPilot must be from 0 to 1')
    await expect(watchRollout({ directory: 'x', pid: 0 })).rejects.toThrow('pid must be')
  })

  it('may be closed twice', async () => {
    const { watch } = await watched()
    await watch.close()
    await expect(watch.close()).resolves.toBeUndefined()
  })
})
