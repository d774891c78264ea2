import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { acquireLock } from '@holdfast/file-lock'
import { systemClock } from '@holdfast/seams'
import { recordedFacts, seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { PromotionFact } from '../facts.ts'
import { NOON_MS } from '../rows.fixture.ts'
import { wallClock } from '../wall-clock.fixture.ts'
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

function open(
  path = join(directory(), 'rollout'),
  lockWaitMs = 0,
): {
  readonly rollout: Rollout
  readonly path: string
  readonly facts: ReturnType<typeof recordedFacts<PromotionFact>>
} {
  const facts = recordedFacts<PromotionFact>()
  const rollout = createRollout({
    directory: path,
    lockWaitMs,
    clock: wallClock(NOON_MS),
    random: seededRandom(path),
    observe: facts.observe,
  })
  return { rollout, path, facts }
}

const begin = (rollback: string): RolloutCommand => ({ kind: 'begin', reason: 'x', rollback })

const BROKEN: readonly (readonly [string, (lines: string[]) => string | null])[] = [
  ['changed', (lines) => lines.join('\n').replace('by hand', 'by mind')],
  ['shortened', ([first = '']) => `${first}\n`],
  ['cut in the middle', ([first = '', ...more]) => [first.slice(0, 40), ...more].join('\n')],
  ['emptied', () => ''],
  ['removed', () => null],
]

/** A rollout that was frozen at 25 %, and whose journal was harmed since. */
async function broken(harm: (lines: string[]) => string | null) {
  const { rollout, path: at, facts } = open()
  await rollout.run(stage(10), 'ana')
  await rollout.run(stage(25), 'ana')
  await rollout.run({ kind: 'freeze', reason: 'an alert' }, 'ana')
  const path = join(at, 'rollout-journal.ndjson')
  const text = harm(readFileSync(path, 'utf8').split('\n'))
  if (text === null) rmSync(path)
  else writeFileSync(path, text)
  return { rollout, at, path, text, facts }
}

describe('a rollout on disk', () => {
  it('begins with nobody live, and nothing written', async () => {
    const { rollout, path } = open()
    expect(await rollout.state()).toMatchObject({ seq: 0, stage: 0 })
    expect(rollout.look()).toEqual({ state: null, rollback: null })
    expect(existsSync(path)).toBe(false)
  })

  it('writes journal and state with each change, and tells it', async () => {
    const { rollout, facts, path } = open()
    await rollout.run(stage(10), 'ana')
    await rollout.run(stage(25), 'ana')
    expect(rollout.look().state).toMatchObject({ seq: 2, stage: 25 })
    expect(await rollout.state()).toEqual(rollout.look().state)
    const lines = readFileSync(join(path, 'rollout-journal.ndjson'), 'utf8').trim().split('\n')
    expect(lines).toHaveLength(2)
    expect(facts.ofKind('promotion.moved').map(({ from, to }) => [from, to])).toEqual([
      [0, 10],
      [10, 25],
    ])
  })

  it('changes nothing for a command that is refused, and says why', async () => {
    const { rollout, path, facts } = open()
    await rollout.run(stage(10), 'ana')
    const before = readdirSync(path).map((name) => [
      name,
      name.endsWith('.lock') ? '' : readFileSync(join(path, name), 'utf8'),
    ])
    expect(await rollout.run({ kind: 'thaw', reason: 'x' }, 'ana')).toMatchObject({
      kind: 'refused',
    })
    const after = readdirSync(path).map((name) => [
      name,
      name.endsWith('.lock') ? '' : readFileSync(join(path, name), 'utf8'),
    ])
    expect(after).toEqual(before)
    expect(facts.ofKind('promotion.held')).toHaveLength(1)
  })

  it('does not take its stage from receipts, their age or their number: a state that is lost comes from the journal', async () => {
    const { rollout, path, facts } = open()
    await rollout.run(stage(50), 'ana')
    for (const damage of ['missing', 'cut', 'old']) {
      const file = join(path, 'rollout.json')
      const text = readFileSync(file, 'utf8')
      if (damage === 'missing') rmSync(file)
      if (damage === 'cut') writeFileSync(file, text.slice(0, 40))
      if (damage === 'old')
        writeFileSync(
          file,
          text.replace('"stage": 50', '"stage": 10').replace(/"head": ".*?"/, '"head": ""'),
        )
      expect(await rollout.state()).toMatchObject({ stage: 50 })
      await rollout.settle('ana')
      expect(rollout.look().state).toMatchObject({ seq: 1, stage: 50 })
    }
    expect(facts.ofKind('promotion.repaired')).toHaveLength(3)
  })

  it('cuts a change that a crash tore, and goes on', async () => {
    const { rollout, path, facts } = open()
    await rollout.run(stage(10), 'ana')
    // Longer than a whole entry, so that what follows does not just cover it.
    appendFileSync(join(path, 'rollout-journal.ndjson'), `{"seq":2,"reason":"${'x'.repeat(4_000)}`)
    await rollout.run(stage(25), 'ana')
    await rollout.run(stage(50), 'ana')
    expect(await rollout.state()).toMatchObject({ seq: 3, stage: 50 })
    expect(facts.ofKind('promotion.journal-cut')).toMatchObject([{ sizeBytes: 4_019 }])
  })

  it.each(BROKEN)('refuses a journal that was %s, and changes nothing', async (_, harm) => {
    const { rollout, path, text } = await broken(harm)
    await expect(rollout.run(stage(50), 'ana')).rejects.toMatchObject({ code: 'ROLLOUT_JOURNAL' })
    await expect(rollout.settle('ana')).rejects.toMatchObject({ code: 'ROLLOUT_JOURNAL' })
    expect(rollout.look().state).toMatchObject({ seq: 3, stage: 25 })
    expect(existsSync(path) ? readFileSync(path, 'utf8') : null).toBe(text)
  })

  it('refuses a bad command before anything is written, on an empty directory and on another', async () => {
    const { rollout, path } = open()
    for (const bad of [
      { ...stage(100), kind: 'stag' },
      { ...stage(10), stage: 33 },
      { ...stage(10), isForced: 'no' },
      null,
    ]) {
      await expect(rollout.run(bad as never, 'ana')).rejects.toThrow(/must be/)
    }
    await expect(rollout.run(stage(10), '')).rejects.toThrow('by must be text')
    expect(existsSync(path)).toBe(false)
    await rollout.run(stage(10), 'ana')
    const before = readFileSync(join(path, 'rollout-journal.ndjson'), 'utf8')
    await expect(rollout.run({ ...stage(10), stage: 12 } as never, 'ana')).rejects.toThrow(
      'stage must be 0, 10, 25, 50, 75 or 100, got 12',
    )
    expect(readFileSync(join(path, 'rollout-journal.ndjson'), 'utf8')).toBe(before)
  })

  it('refuses a bad request, and what is awaited badly, by name', async () => {
    const { rollout, path } = open()
    await expect(rollout.rollback(undefined as never)).rejects.toThrow('must be an object')
    const by = 'ana'
    await expect(rollout.rollback({ reason: '', by })).rejects.toThrow('reason must be text')
    await expect(rollout.rollback({ reason: 'x', by, why: 1 } as never)).rejects.toThrow(
      'why is no',
    )
    await expect(rollout.rollback({ reason: 'x', by }, { waitMs: -1 })).rejects.toThrow(
      'waitMs must be finite and ≥ 0, got -1',
    )
    expect(existsSync(path)).toBe(false)
    for (const [awaited, message] of [
      [{ sq: 99 }, 'sq is no field'],
      [{}, 'either seq or rollback, got neither'],
      [{ seq: '5' }, 'seq must be an integer ≥ 0, got "5"'],
      [{ rollback: '' }, 'rollback must be text'],
      [undefined, 'awaited must be an object, got undefined'],
    ] as const) {
      await expect(rollout.acknowledged(awaited as never)).rejects.toThrow(message)
    }
  })

  it('refuses bad options by name', () => {
    expect(() => createRollout({ directory: '' })).toThrow('directory must be text')
    expect(() => createRollout({ directory: 'x', lockWait: 1 } as never)).toThrow('is no option')
  })
})

describe('a rollback', () => {
  it('is in force at once, is written to the journal, and lasts until someone begins again', async () => {
    const { rollout } = open()
    await rollout.run(stage(50), 'ana')
    const { id, isSettled } = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
    expect(isSettled).toBe(true)
    expect(rollout.look()).toMatchObject({
      rollback: { id, reason: 'a page' },
      state: { stage: 0, standing: { kind: 'rolled-back', from: 50 } },
    })
    expect(await rollout.run(stage(10), 'ana')).toMatchObject({ kind: 'refused' })
    await rollout.run({ kind: 'begin', reason: 'mended', rollback: null }, 'ana')
    expect(rollout.look().state).toMatchObject({ stage: 0, epoch: 2, clearedRollback: id })
    expect(await rollout.run(stage(10), 'ana')).toMatchObject({ kind: 'moved' })
  })

  it.each(BROKEN)(
    'begins a journal anew in the place of one that was %s, which is kept',
    async (_, harm) => {
      const { rollout, at, text, facts } = await broken(harm)
      const back = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
      expect(back.isSettled).toBe(true)
      const standing = { kind: 'rolled-back', reason: 'a page', from: 25, frozen: 'an alert' }
      expect(await rollout.state()).toMatchObject({ seq: 4, stage: 0, standing })
      expect(rollout.look().state).toEqual(await rollout.state())
      const [{ keptAt } = { keptAt: null }] = facts.ofKind('promotion.journal-anew')
      expect(keptAt === null ? null : readFileSync(keptAt, 'utf8')).toBe(text)
      expect(readdirSync(at).filter((name) => name.endsWith('.new'))).toEqual([])
      await rollout.run({ kind: 'thaw', reason: 'x' }, 'ana')
      await rollout.run({ kind: 'begin', reason: 'mended', rollback: null }, 'ana')
      expect(await rollout.run(stage(10), 'ana')).toMatchObject({
        kind: 'moved',
        state: { seq: 7 },
      })
    },
  )

  it('begins a journal anew by its sound lines where the state cannot be read either', async () => {
    const { rollout, at } = await broken(([first = '']) => `${first}\nnonsense\n`)
    writeFileSync(join(at, 'rollout.json'), '{')
    await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
    expect(await rollout.state()).toMatchObject({ seq: 2, standing: { from: 10 } })
    expect(rollout.look().state).toEqual(await rollout.state())
  })

  it('leaves a broken journal where it is while the lock is held, and is in force', async () => {
    const { rollout, at, path, text } = await broken(() => 'nonsense\n')
    const lock = await acquireLock(join(at, 'rollout.json'))
    const back = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
    expect([back.isSettled, rollout.look().rollback]).toMatchObject([false, { reason: 'a page' }])
    expect(readFileSync(path, 'utf8')).toBe(text)
    await lock.release()
  })

  it.each([
    ['before it waits', true],
    ['while it waits', false],
  ])(
    'is in force when its caller must go %s for a router and the lock',
    async (_when, isBefore) => {
      const { rollout: before, path } = open()
      await before.run(stage(10), 'ana')
      const stop = new AbortController()
      const rollout = createRollout({
        directory: path,
        signal: stop.signal,
        clock: {
          ...systemClock,
          sleep(ms, signal) {
            stop.abort(new Error('no time'))
            return systemClock.sleep(ms, signal)
          },
        },
        observe: ({ kind }) => {
          if (isBefore && kind === 'promotion.rolled-back') stop.abort(new Error('no time'))
        },
      })
      await using _lock = await acquireLock(join(path, 'rollout.json'))
      const silent = join(path, 'workers', '4-ab.json')
      await using _life = await acquireLock(silent, { createDirectory: true })
      const back = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 60_000 })
      expect(back).toMatchObject({
        isSettled: false,
        acknowledgement: { kind: 'unacknowledged', missing: ['4-ab'] },
      })
      expect(rollout.look().rollback).toMatchObject({ reason: 'a page' })
    },
  )

  it('is in the journal where the lock is free, also when its caller must go', async () => {
    const { path } = open()
    const stop = new AbortController()
    const rollout = createRollout({ directory: path, signal: stop.signal })
    await rollout.run(stage(10), 'ana')
    stop.abort(new Error('no time'))
    const { isSettled } = await rollout.rollback({ reason: 'a page', by: 'ana' })
    expect([isSettled, (await rollout.state()).standing.kind]).toEqual([true, 'rolled-back'])
  })

  it('works while the lock is held, and is written down by whoever comes next', async () => {
    const { rollout, path } = open()
    await rollout.run(stage(50), 'ana')
    const lock = await acquireLock(join(path, 'rollout.json'))
    const back = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
    expect(back.isSettled).toBe(false)
    expect(rollout.look()).toMatchObject({ rollback: { id: back.id }, state: { stage: 50 } })
    await lock.release()
    expect(await rollout.run(stage(75), 'ben')).toMatchObject({ kind: 'refused' })
    expect(rollout.look().state).toMatchObject({ stage: 0, standing: { kind: 'rolled-back' } })
  })

  it('that came after a beginning is another one', async () => {
    const { rollout } = open()
    await rollout.run(stage(50), 'ana')
    await rollout.rollback({ reason: 'one', by: 'ana' }, { waitMs: 0 })
    await rollout.run({ kind: 'begin', reason: 'mended', rollback: null }, 'ana')
    await rollout.run(stage(10), 'ana')
    await rollout.rollback({ reason: 'two', by: 'ana' }, { waitMs: 0 })
    expect((await rollout.state()).standing).toMatchObject({ kind: 'rolled-back', reason: 'two' })
  })

  it('that cannot be read rolls back, and is replaced by a beginning that says why', async () => {
    const { rollout, path } = open()
    await rollout.run(stage(50), 'ana')
    writeFileSync(join(path, 'rollback.json'), '\n')
    expect(rollout.look().rollback).toBe('unreadable')
    const again: RolloutCommand = { kind: 'begin', reason: 'mended', rollback: null }
    expect(await rollout.run(again, 'ana')).toMatchObject({ kind: 'moved', state: { epoch: 2 } })
    const { state, rollback } = rollout.look()
    if (rollback === null || rollback === 'unreadable') throw new Error('it was not replaced')
    expect(rollback.reason).toContain('ana begins again: mended')
    expect(state).toMatchObject({ seq: 3, clearedRollback: rollback.id })
    expect(await rollout.run(stage(10), 'ana')).toMatchObject({ kind: 'moved' })
  })

  it('that cannot be read is replaced by another one', async () => {
    const { rollout, path } = open()
    await rollout.run(stage(50), 'ana')
    writeFileSync(join(path, 'rollback.json'), '')
    const { id } = await rollout.rollback({ reason: 'a page', by: 'ana' }, { waitMs: 0 })
    expect(rollout.look().rollback).toMatchObject({ id, reason: 'a page' })
  })

  it('is answered by a beginning that names it, and not by one that names an earlier one', async () => {
    const { rollout } = open()
    await rollout.run(stage(50), 'ana')
    const { id: first } = await rollout.rollback({ reason: 'one', by: 'ana' }, { waitMs: 0 })
    const { id: second } = await rollout.rollback({ reason: 'two', by: 'ana' }, { waitMs: 0 })
    expect(await rollout.run(begin(first), 'ana')).toEqual({
      kind: 'refused',
      reasons: [`another rollback is in force, ${second}: two`],
    })
    expect(await rollout.run(begin(second), 'ana')).toMatchObject({ kind: 'moved' })
  })

  it('is told to whoever settles it, once', async () => {
    const { rollout, path } = open()
    await rollout.run(stage(50), 'ana')
    writeFileSync(join(path, 'rollback.json'), '')
    expect(await rollout.settle('ana')).toMatchObject({ standing: { kind: 'rolled-back' } })
    expect(await rollout.settle('ana')).toBeNull()
  })
})
