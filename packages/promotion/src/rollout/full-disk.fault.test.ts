import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fill, lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { createRollout } from './rollout.ts'

const directory = scratch()
const missing = lacking({ programs: ['mount', 'umount'], root: true })

describe.skipIf(missing !== '')(`on a full disk${missing}`, () => {
  it.each([false, true])(
    'a rollback is in force all the same; one before it: %s',
    async (again) => {
      const at = directory()
      run('mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at)
      try {
        const rollout = createRollout({ directory: join(at, 'rollout'), lockWaitMs: 0 })
        const reason = 'a page'
        const up = { kind: 'stage', stage: 50, reason, verdict: null, isForced: true } as const
        await rollout.run(up, 'ana')
        if (again) {
          await rollout.rollback({ reason, by: 'ana' }, { waitMs: 0 })
          await rollout.run({ kind: 'begin', reason, rollback: null }, 'ana')
          await rollout.run(up, 'ana')
        }
        fill(join(at, 'ballast'))
        await rollout.rollback({ reason, by: 'ana' }, { waitMs: 0 })
        expect(rollout.look().rollback).toBe('unreadable')
      } finally {
        run('umount', at)
      }
    },
  )

  it('a command that fails is not in the journal either, also when a line of it still has room', async () => {
    const at = directory()
    run('mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at)
    try {
      const rollout = createRollout({ directory: join(at, 'rollout'), lockWaitMs: 0 })
      const up = { kind: 'stage', stage: 10, reason: 'x', verdict: null, isForced: false } as const
      await rollout.run(up, 'ana')
      const journal = readFileSync(rollout.files.journal)
      fill(join(at, 'ballast'))
      for (const command of [
        { kind: 'freeze', reason: 'x' } as const,
        { ...up, stage: 0 } as const,
      ]) {
        await expect(rollout.run(command, 'ana')).rejects.toMatchObject({ code: 'JSON_DISK_FULL' })
        expect(readFileSync(rollout.files.journal)).toEqual(journal)
        expect(await rollout.state()).toMatchObject({ seq: 1, stage: 10 })
        expect(rollout.look().state).toEqual(await rollout.state())
      }
    } finally {
      run('umount', at)
    }
  })
})
