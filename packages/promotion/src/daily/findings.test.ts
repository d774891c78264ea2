import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from '@holdfast/file-lock'
import { seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { createRollout } from '../rollout/rollout.ts'
import { DAY_MS, green, HOUR_MS, NOON_MS, row, times } from '../rows.fixture.ts'
import { wallClock } from '../wall-clock.fixture.ts'
import { dailyFindings } from './findings.ts'
import type { DailyOptions } from './options.ts'

const directory = scratch()

const away = (): never => {
  throw new Error('the ledger is away')
}

/** A rollout that has been at stage 10 for long enough, and the findings of a good day. */
async function found(change: Partial<DailyOptions> = {}) {
  const path = directory()
  const clock = wallClock(NOON_MS - 48 * HOUR_MS)
  const random = seededRandom(path)
  const rollout = createRollout({ directory: join(path, 'rollout'), clock, random })
  const first = { kind: 'stage', stage: 10, reason: 'x', verdict: null, isForced: false } as const
  await rollout.run(first, 'ana')
  clock.setWallMs(NOON_MS)
  const lockPath = join(path, 'anr_autopromo')
  await using _lock = await tryLock(lockPath)
  const findings = await dailyFindings({
    directory: join(path, 'rollout'),
    lockPath,
    receipts: { directory: join(path, 'logs') },
    evidence: ({ toMs }) => times(200, (i) => row({ id: `d${i}`, tMs: toMs - DAY_MS + i })),
    slots: () => green,
    settleMs: 0,
    about: {
      by: 'daily',
      appUrl: '',
      runbookUrl: '',
      buildSha: '',
      codeVersion: '',
      statePath: '',
      fastCap: 0.15,
      env: {},
    },
    clock,
    random,
    ...change,
  })
  return { path, rollout, findings }
}

describe('the findings of a day', () => {
  it('say what the daily job would do, also while one is at it', async () => {
    const { findings } = await found()
    expect(findings).toMatchObject({
      state: { stage: 10 },
      judged: { verdict: { verdict: 'go' }, inputs: { report: { decisions: 200 } } },
      lacking: [],
      decision: { kind: 'promote' },
    })
  })

  it('leave no receipt, no evidence carried on and no other stage', async () => {
    const { path, rollout } = await found()
    expect(existsSync(join(path, 'logs'))).toBe(false)
    expect(existsSync(join(path, 'rollout', 'rollout-evidence.json'))).toBe(false)
    expect((await rollout.state()).seq).toBe(1)
  })

  it('are written as a report where a place is given for it, and not in a dry run', async () => {
    const dry = join(directory(), 'dry.json')
    await found({ reportPath: dry, isDryRun: true })
    expect(existsSync(dry)).toBe(false)
    const kept = join(directory(), 'kept.json')
    await found({ reportPath: kept })
    expect(['json', 'md', 'csv'].map((end) => existsSync(kept.replace('json', end)))).toEqual([
      true,
      true,
      true,
    ])
  })

  it('are none when there is no evidence to be had', async () => {
    await expect(found({ evidence: away })).rejects.toThrow('the ledger is away')
  })
})
