import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts, seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { PromotionFact } from '../facts.ts'
import { NOON_MS } from '../rows.fixture.ts'
import { wallClock } from '../wall-clock.fixture.ts'
import type { Acknowledgement } from './acknowledge.ts'
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

const workersOf = (path: string): string => join(path, 'workers')

/** A watch that looks by itself, as soon as it can. */
async function ticking(path: string, onChange: (rollout: EffectiveRollout) => void = () => {}) {
  const facts = recordedFacts<PromotionFact>()
  // Taking a lock takes real time.
  const clock = wallClock(NOON_MS)
  const random = seededRandom(path)
  const watch = await watchRollout({
    directory: path,
    pid: 1,
    pollMs: 10,
    clock,
    random,
    observe: facts.observe,
    onChange,
  })
  const rollout = createRollout({ directory: path })
  /** Lets it look until something is so. */
  const ticks = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    do await clock.sleep(10)
    while (!(await isSo()))
  }
  const seqAt10 = async () => {
    const first = { kind: 'stage', stage: 10, reason: 'x', verdict: null, isForced: true } as const
    await rollout.run(first, 'ana')
    await ticks(() => watch.current.pilot === 0.1)
    return await rollout.acknowledged({ seq: 1 }, { waitMs: 0 })
  }
  return { path, watch, facts, rollout, ticks, seqAt10 }
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
    watch.look()
    expect(facts.ofKind('promotion.not-acknowledged')).toHaveLength(1)
  })

  it('says so as soon as it can, when it could not at first', async () => {
    const path = directory()
    writeFileSync(join(path, 'workers'), 'in the way')
    const { watch, ticks, seqAt10, rollout } = await ticking(path)
    await using _watch = watch
    expect(await seqAt10()).toEqual({
      kind: 'unacknowledged',
      workers: [],
      missing: [workersOf(path)],
      apart: [],
      waitedMs: expect.any(Number),
    })
    rmSync(join(path, 'workers'))
    await ticks(() => existsSync(join(path, 'workers', `${watch.worker}.json`)))
    expect(await rollout.acknowledged({ seq: 1 }, { waitMs: 0 })).toMatchObject({
      kind: 'acknowledged',
      workers: [watch.worker],
    })
  })

  it('says it again when what it said is removed', async () => {
    const { watch, ticks, seqAt10, path, rollout } = await ticking(directory())
    await using _watch = watch
    await seqAt10()
    const answer = (): Promise<Acknowledgement> => rollout.acknowledged({ seq: 1 }, { waitMs: 0 })
    const file = join(path, 'workers', `${watch.worker}.json`)
    for (const removed of [join(path, 'workers'), file, `${file}.lock`]) {
      rmSync(removed, { recursive: true })
      await ticks(async () => (await answer()).kind === 'acknowledged')
      expect(existsSync(file)).toBe(true)
    }
  })

  it('keeps a rollback whose file is removed, puts it back, and so does who starts later', async () => {
    for (const how of ['\n', JSON.stringify({ version: 1, id: 'r1', reason: 'a page' })]) {
      const { watch, path, to, facts } = await watched()
      await using _watch = watch
      await to(50)
      const file = join(path, 'rollback.json')
      writeFileSync(file, how)
      watch.look()
      rmSync(file)
      watch.look()
      expect(watch.current).toMatchObject({ pilot: 0, because: 'rollback' })
      expect(facts.ofKind('promotion.put-back')).toEqual([
        { kind: 'promotion.put-back', path: file },
      ])
      const later = await watched(path)
      await using _later = later.watch
      expect(later.watch.current).toMatchObject({ pilot: 0, because: 'rollback' })
      const rollout = createRollout({ directory: path })
      await rollout.run({ kind: 'begin', reason: 'mended', rollback: null }, 'ana')
      rmSync(file)
      await to(10)
      expect(watch.current).toMatchObject({ pilot: 0.1, because: 'stage' })
      expect(existsSync(file)).toBe(false)
    }
  })

  it('goes on when onChange throws: it tells that, acknowledges nothing, and calls it again with the next look', async () => {
    const path = directory()
    const rollout = createRollout({ directory: path })
    const first = { kind: 'stage', stage: 10, reason: 'x', verdict: null, isForced: true } as const
    await rollout.run(first, 'ana')
    let isBroken = true
    let calls = 0
    const taken: number[] = []
    const { watch, ticks, facts } = await ticking(path, ({ pilot }) => {
      calls += 1
      if (isBroken) throw new Error('broken')
      taken.push(pilot)
    })
    await using _watch = watch
    expect(watch.current.pilot).toBe(0.1)
    const looks = facts.all.length
    await ticks(() => calls > 3)
    expect(facts.all).toHaveLength(looks)
    expect(facts.ofKind('promotion.not-taken')).toMatchObject([{ pilot: 0.1 }])
    expect(await rollout.acknowledged({ seq: 1 }, { waitMs: 0 })).toMatchObject({
      missing: [watch.worker],
    })
    const { id } = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
    isBroken = false
    await ticks(() => taken.length > 0)
    expect(taken).toEqual([0])
    const answer = await rollout.acknowledged({ rollback: id }, { waitMs: 0 })
    expect(answer.kind).toBe('acknowledged')
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
    expect(acknowledged).toMatchObject({ kind: 'unacknowledged', apart: [watch.worker] })

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
    const x = { directory: 'x', pid: 1 }
    await expect(watchRollout({ ...x, pid: 0 })).rejects.toThrow('pid must be')
    await expect(watchRollout(undefined as never)).rejects.toThrow('must be an object')
    await expect(watchRollout({ ...x, onChange: 'obey' } as never)).rejects.toThrow(
      'onChange must be a function, got "obey"',
    )
    const switches = { kill: 'no', enabled: true }
    await expect(watchRollout({ ...x, switches } as never)).rejects.toThrow(
      'switches.kill must be true or false, got "no"',
    )
    await expect(watchRollout({ ...x, switches: { kill: true } } as never)).rejects.toThrow(
      'switches.enabled must be true or false, got undefined',
    )
  })

  it('may be closed twice', async () => {
    const { watch } = await watched()
    await watch.close()
    await expect(watch.close()).resolves.toBeUndefined()
  })
})
