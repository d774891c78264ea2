import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRollout } from '@holdfast/promotion'
import { systemClock } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { setStage } from '../fixtures/evidence.fixture.ts'
import { lacking } from '../fixtures/needs.fixture.ts'
import { asked, obeyingRouter } from '../fixtures/rollout-calls.fixture.ts'
import type { RolledBack } from './rollback.ts'

const need = lacking({ programs: ['mount', 'umount'], root: true })

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}

/** Writes until nothing more fits. */
function fill(path: string): void {
  for (let sizeBytes = 65_536; sizeBytes >= 1; sizeBytes = Math.floor(sizeBytes / 2)) {
    for (;;) {
      try {
        writeFileSync(path, 'x'.repeat(sizeBytes), { flag: 'a' })
      } catch {
        break // It is full for as much.
      }
    }
  }
}

describe.skipIf(need !== '')(`holdfast rollback on a full disk${need}`, () => {
  it('is obeyed all the same, and says what could not be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-full-'))
    const place = { folder, dataDir: join(folder, 'run') }
    mkdirSync(place.dataDir)
    run('mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', place.dataDir)
    try {
      await setStage(place, 50, systemClock.wallMs())
      await using router = await obeyingRouter(place)
      fill(join(place.dataDir, 'ballast'))
      const { data, warnings } = await asked<RolledBack>('rollback --reason page', place)
      expect(data.isDone).toBe(true)
      expect(createRollout({ directory: join(place.dataDir, 'rollout') }).look().rollback).toBe(
        'unreadable',
      )
      expect(warnings.join()).toMatch(/no receipt could be written/)
      expect(router.pid).toBeGreaterThan(0)
    } finally {
      run('umount', place.dataDir)
      rmSync(folder, { recursive: true })
    }
  })
})
