import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackedUp } from './commands/state-backup.ts'
import { makePlaces, type Places } from './fixtures/data-directory.fixture.ts'
import { lackingDisk, ownDisk } from './fixtures/own-disk.fixture.ts'
import { asked } from './fixtures/rollout-calls.fixture.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

const NEEDING = [
  'state show',
  'state backup',
  'runs recover --stage import --source all.txt --destination done.txt --dry-run',
]

describe('a directory for temporary files', () => {
  it.each(NEEDING)('that is not there is named, with what to do (%s)', async (line) => {
    const place = places.fresh()
    const nowhere = join(place.folder, 'nowhere')
    const { code, error } = await asked<BackedUp>(line, place, { env: { TMPDIR: nowhere } })
    expect([code, error.code, error.message]).toEqual([
      1,
      'OPS_NOT_WRITTEN',
      expect.stringContaining(`the directory for temporary files, ${nowhere}, cannot be written`),
    ])
    expect(error.next).toContain(`df -h ${nowhere}`)
  })
})

const missing = lackingDisk()

describe.skipIf(missing !== '')(`a disk for temporary files that is full${missing}`, () => {
  it.each(NEEDING)('is named, rather than that of the data directory (%s)', async (line) => {
    const place = places.fresh()
    using disk = ownDisk('256k')
    disk.fill(join(disk.folder, 'ballast'))
    const { code, error } = await asked<BackedUp>(line, place, { env: { TMPDIR: disk.folder } })
    expect([code, error.code, error.next[0]]).toEqual([
      1,
      'OPS_NOT_WRITTEN',
      `df -h ${disk.folder}`,
    ])
    expect(readdirSync(disk.folder)).toEqual(['ballast'])
  })
})
