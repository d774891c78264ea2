import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '@holdfast/seams/testing'
import { lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { DAY_MS, NOON_MS } from '../rows.fixture.ts'
import { wallClock } from '../wall-clock.fixture.ts'
import { createReceipts } from './receipts.ts'
import { verifyReceipts } from './verify.ts'

const directory = scratch()
const missing = lacking({ programs: ['mount', 'umount'], root: true })

/** What an action writes that judged nothing. */
const body = {
  action: 'freeze',
  stage: '25',
  pilot: '0.25',
  app_url: '',
  runbook_url: '',
  env: {},
  summary: null,
  build_sha: '',
  env_snapshot_path: null,
  env_snapshot: {},
  reason: 'a test',
  by: 'a test',
  code_version: '1.0.0',
  inputs: null,
  verdict: null,
} as const

describe.skipIf(missing !== '')(`a receipt that cannot be removed${missing}`, () => {
  it('ends the pruning, which fails, and the chain begins with it and is whole', async () => {
    const path = join(directory(), 'logs')
    const clock = wallClock(NOON_MS)
    const receipts = createReceipts({ directory: path, clock, random: seededRandom('prune') })
    const files: string[] = []
    for (let i = 0; i < 4; i += 1) files.push((await receipts.write(body)).file)
    clock.setWallMs(NOON_MS + 91 * DAY_MS)
    const stuck = join(path, files[1] ?? '')
    run('mount', '--bind', stuck, stuck)
    try {
      await expect(receipts.prune()).rejects.toMatchObject({ code: 'EBUSY', path: stuck })
      expect(await verifyReceipts(path)).toMatchObject({ isWhole: true, receipts: 3 })
    } finally {
      run('umount', stuck)
    }
    expect(await receipts.prune()).toEqual({ removed: 2 })
    expect(await verifyReceipts(path)).toMatchObject({ isWhole: true, receipts: 1 })
    expect(readdirSync(path).filter((name) => name.startsWith('anr_'))).toEqual([files[3]])
  })
})
