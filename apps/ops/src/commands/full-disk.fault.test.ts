import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRollout } from '@holdfast/promotion'
import { systemClock } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { setStage } from '../fixtures/evidence.fixture.ts'
import { DAY_MS, decide } from '../fixtures/ledger.fixture.ts'
import { lackingDisk, ownDisk } from '../fixtures/own-disk.fixture.ts'
import { asked, obeyingRouter, said, stateOf } from '../fixtures/rollout-calls.fixture.ts'
import type { RolledBack } from './rollback.ts'

const need = lackingDisk()

/** A rollout at 50 %, and a past day in the ledger, on a disk that is full from then on. */
async function fullPlace() {
  const disk = ownDisk('512k')
  const place = { folder: disk.folder, dataDir: join(disk.folder, 'run') }
  mkdirSync(place.dataDir)
  await setStage(place, 50, systemClock.wallMs())
  await decide(place, 10, systemClock.wallMs() - 10 * DAY_MS, 'past')
  return {
    place,
    fill: () => disk.fill(join(disk.folder, 'ballast')),
    [Symbol.dispose]: () => disk[Symbol.dispose](),
  }
}

describe.skipIf(need !== '')(`on a full disk${need}`, () => {
  it('a rollback is obeyed all the same, and says what could not be written', async () => {
    using full = await fullPlace()
    const { place } = full
    await using router = await obeyingRouter(place)
    full.fill()
    const { data, warnings } = await asked<RolledBack>('rollback --reason page', place)
    expect(data.isDone).toBe(true)
    expect(createRollout({ directory: join(place.dataDir, 'rollout') }).look().rollback).toBe(
      'unreadable',
    )
    expect(warnings.join()).toMatch(/no receipt could be written/)
    expect(router.pid).toBeGreaterThan(0)
  })

  it.each([
    ['freeze', 'JSON_DISK_FULL'],
    ['promote to 10 --reason x --yes', 'JSON_DISK_FULL'],
    ['promote to 75 --reason x --force --yes', 'RECEIPT_NOT_WRITTEN'],
  ])('%s fails, is not in force, and says what to look at', async (line, failure) => {
    using full = await fullPlace()
    const { place } = full
    full.fill()
    const before = await stateOf(place)
    const { code, error } = await asked(line, place)
    expect([code, error.code, error.next]).toEqual([1, failure, ['holdfast doctor']])
    expect(await stateOf(place)).toEqual(before)
    expect((await asked('status', place)).data).toMatchObject({
      rollout: { kind: 'rolling', stage: 50, trouble: null },
    })
  })

  it('ledger archive fails, leaves every line where it was, and says what to look at', async () => {
    using full = await fullPlace()
    const { place } = full
    full.fill()
    const { code, error } = await asked('ledger archive --yes', place)
    const next = ['holdfast doctor', 'holdfast ledger verify']
    expect([code, error.code, error.next]).toEqual([1, 'LEDGER_ARCHIVE', next])
    expect((await said('ledger verify', place)).out).toContain('Sound: 15 lines')
  })
})
