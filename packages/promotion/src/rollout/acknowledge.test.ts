import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from '@holdfast/file-lock'
import { systemClock } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { acknowledgement, type Awaited } from './acknowledge.ts'
import type { WorkerFile } from './workers.ts'

const directory = scratch()
const said: WorkerFile = {
  version: 1,
  worker: '1-ab',
  pid: 1,
  seq: 5,
  rollback: null,
  pilot: 0.5,
  because: 'stage',
  atMs: 0,
}

/** What is waited for no longer than a look, of one router that lives and says this. */
async function answerOf(change: Partial<WorkerFile>, awaited: Awaited, isBack = false) {
  const workers = directory()
  const path = join(workers, '1-ab.json')
  await using _life = await tryLock(path)
  writeFileSync(path, JSON.stringify({ ...said, ...change }))
  return await acknowledgement(workers, awaited, { waitMs: 0, clock: systemClock, isBack })
}
const obeys = { kind: 'acknowledged', workers: ['1-ab'] }
const missing = { kind: 'unacknowledged', workers: [], missing: ['1-ab'], apart: [] }
const apart = { kind: 'unacknowledged', workers: [], missing: [], apart: ['1-ab'] }

describe('a router', () => {
  it.each<readonly [string, Partial<WorkerFile>, Awaited, object]>([
    ['obeys the stage that it has seen', {}, { seq: 5 }, obeys],
    ['has not seen a later one', {}, { seq: 6 }, missing],
    [
      'with a fixed share has seen it, and goes by no stage',
      { because: 'fixed' },
      { seq: 5 },
      apart,
    ],
    ['under the kill switch is not promoted', { because: 'kill', pilot: 0 }, { seq: 5 }, apart],
    ['that is disabled is not promoted', { because: 'disabled', pilot: 0 }, { seq: 5 }, apart],
    [
      'that still rolls back is not promoted',
      { because: 'rollback', pilot: 0 },
      { seq: 5 },
      missing,
    ],
    [
      'that has seen the rollback, and acts by it, obeys',
      { rollback: 'r', pilot: 0 },
      { rollback: 'r' },
      obeys,
    ],
    [
      'that has seen the rollback, and lets people be live, does not',
      { rollback: 'r', pilot: 0.5 },
      { rollback: 'r' },
      missing,
    ],
    [
      'that rolled back by another does not obey this one',
      { rollback: 'q', pilot: 0 },
      { rollback: 'r' },
      missing,
    ],
    [
      'that sees a rollback it cannot read obeys',
      { rollback: 'unreadable', pilot: 0 },
      { rollback: 'r' },
      obeys,
    ],
    [
      'under the kill switch obeys a rollback',
      { because: 'kill', rollback: 'r', pilot: 0 },
      { rollback: 'r' },
      obeys,
    ],
  ])('%s', async (_, change, awaited, answer) => {
    expect(await answerOf(change, awaited)).toMatchObject(answer)
  })

  it('obeys a change of a rollout that is rolled back, by its rollback', async () => {
    expect(await answerOf({ because: 'rollback', pilot: 0 }, { seq: 5 }, true)).toMatchObject(obeys)
  })
})

describe('what a router left', () => {
  const wait = { waitMs: 0, clock: systemClock, isBack: false }

  it('is removed also when it is a lock without a file', async () => {
    const workers = directory()
    const lock = await tryLock(join(workers, '2-cd.json'))
    await lock.release()
    expect(await acknowledgement(workers, { seq: 1 }, wait)).toEqual({ kind: 'no-router' })
    // A lock that is being made is free for a moment.
    expect(readdirSync(workers)).toEqual(['2-cd.json.lock'])
    utimesSync(join(workers, '2-cd.json.lock'), 0, 0)
    expect(await acknowledgement(workers, { seq: 1 }, wait)).toEqual({ kind: 'no-router' })
    expect(readdirSync(workers)).toEqual([])
  })

  it('is left alone while it may be a lock that is being made', async () => {
    const workers = directory()
    const lock = join(workers, '3-ef.json.lock')
    mkdirSync(lock)
    expect(await acknowledgement(workers, { seq: 1 }, wait)).toEqual({ kind: 'no-router' })
    expect(readdirSync(workers)).toEqual(['3-ef.json.lock'])
    utimesSync(lock, 0, 0)
    await acknowledgement(workers, { seq: 1 }, wait)
    expect(readdirSync(workers)).toEqual([])
    rmSync(workers, { recursive: true })
  })

  it('is waited for while it has a lock and has not said anything yet', async () => {
    const workers = directory()
    await using _life = await tryLock(join(workers, '4-ab.json'))
    expect(await acknowledgement(workers, { seq: 1 }, wait)).toMatchObject({
      kind: 'unacknowledged',
      missing: ['4-ab'],
    })
  })
})
