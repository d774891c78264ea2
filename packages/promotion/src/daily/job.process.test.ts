import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { start } from '../process.fixture.ts'
import { green } from '../rows.fixture.ts'
import { runDailyJob } from './job.ts'
import type { DailyOutcome } from './outcome.ts'

const directory = scratch()

describe('the lock of the daily job', () => {
  it('is not taken from a process that lives, and is free when that was killed', async () => {
    const path = directory()
    const lockPath = join(path, 'anr_autopromo')
    const about = { by: 'daily', appUrl: '', runbookUrl: '', buildSha: '', codeVersion: '' }
    const run = (): Promise<DailyOutcome> =>
      runDailyJob({
        directory: join(path, 'rollout'),
        lockPath,
        receipts: { directory: join(path, 'logs') },
        evidence: () => [],
        slots: () => green,
        about: { ...about, statePath: 's', fastCap: 0.15, env: {} },
      })
    await using holder = start('holder.fixture.ts', [lockPath])
    await holder.hear()
    expect(await run()).toMatchObject({ kind: 'busy', isStuck: false })
    await holder.kill()
    expect(await run()).toMatchObject({ kind: 'held' })
  })
})
