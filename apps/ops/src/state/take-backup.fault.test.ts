import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '@holdfast/seams'
import { seededRandom } from '@holdfast/seams/testing'
import { lacking } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { MAIN } from '../fixtures/cli.fixture.ts'
import { lessonOf } from '../fixtures/lessons.fixture.ts'
import { scratchPlaces } from '../fixtures/scratch.fixture.ts'
import { meansOf, teach } from '../fixtures/state.fixture.ts'
import { findBackups, verifyBackup } from './backups.ts'
import { openAny } from './examine.ts'
import { FILES } from './manifest.ts'
import { backupsIn } from './places.ts'
import { takeBackup } from './take-backup.ts'

const place = scratchPlaces()

describe('a backup of a state that is being taught', () => {
  it('has everything that was acknowledged before it began, while snapshots come and segments go', async () => {
    const { dataDir } = place()
    const script = join(import.meta.dirname, '..', 'fixtures', 'teacher.fixture.ts')
    const teachers = [0, 1_000_000].map((from) =>
      spawn(process.execPath, [script, dataDir, String(from)], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
    const heard: [id: string, serial: number][] = []
    const listening = teachers.map(async ({ stdout }) => {
      for await (const line of createInterface({ input: stdout })) {
        const [id = '', serial = ''] = line.split(' ')
        heard.push([id, Number(serial)])
      }
    })
    const taken: { count: number; path: string }[] = []
    try {
      for (let turn = 1; turn <= 6; turn += 1) {
        while (heard.length < turn * 300) await systemClock.sleep(5)
        const count = heard.length
        const backup = await takeBackup({ ...meansOf(dataDir), keep: 99, isAsIs: false })
        taken.push({ count, path: backup?.backup.path ?? '' })
      }
    } finally {
      for (const teacher of teachers) teacher.kill('SIGKILL')
      await Promise.all(listening)
    }
    for (const { count, path } of taken) {
      const means = { clock: systemClock, random: seededRandom(1) }
      await using store = await openAny(join(path, FILES), means)
      const answers = await Promise.all(
        heard.slice(0, count).map(([id, serial]) => store.reward(id, lessonOf(serial))),
      )
      expect(answers.filter((answer) => answer !== 'duplicate')).toEqual([])
    }
    // Snapshots did come meanwhile, or the test shows nothing.
    expect(
      readdirSync(join(dataDir, 'learned')).some((name) => /^snapshot\.([3-9]|\d\d+)\./.test(name)),
    ).toBe(true)
  })
})

const CALLS = ['rename', 'fsync', 'mkdir', 'unlink,rmdir,unlinkat', 'openat', 'pwrite64'] as const
const strace = lacking({ programs: ['strace'] })

describe.skipIf(strace !== '')(`a backup that is killed${strace}`, () => {
  it.each(CALLS)(
    'leaves nothing that looks like one, or a whole one, and the others (%s)',
    async (calls) => {
      const { folder, dataDir } = place()
      await teach(dataDir, 30)
      const means = { ...meansOf(dataDir), keep: 2, isAsIs: false }
      await takeBackup(means)
      await takeBackup(means)
      let kills = 0
      // Later and later in its work, in growing steps.
      for (let nth = 1; nth < 5_000; nth = Math.ceil(nth * 1.6)) {
        const inject = `inject=${calls}:signal=SIGKILL:when=${nth}`
        const { signal } = spawnSync(
          'strace',
          ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject].concat(
            process.execPath,
            MAIN,
            'state',
            'backup',
            '--data-dir',
            dataDir,
            '--quiet',
          ),
          { cwd: folder, env: { PATH: process.env['PATH'] } },
        )
        if (signal === 'SIGKILL') kills += 1
        const backups = await findBackups(dataDir)
        expect(backups.length).toBeGreaterThanOrEqual(2)
        for (const backup of backups) {
          expect(await verifyBackup(backup, means)).toMatchObject({ kind: 'sound', decisions: 30 })
        }
        if (signal !== 'SIGKILL') break
      }
      expect(kills).toBeGreaterThan(0)
      // The next sweeps what was left.
      await takeBackup(means)
      expect(readdirSync(backupsIn(dataDir)).filter((name) => name.endsWith('.tmp'))).toEqual([])
    },
  )
})

const mount = lacking({ programs: ['mount', 'umount'], root: true })

describe.skipIf(mount !== '')(`a disk that is full${mount}`, () => {
  it('gets no backup and loses none, and it is told which disk', async () => {
    const { folder, dataDir } = place()
    const at = join(folder, 'small')
    mkdirSync(at)
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at]).status).toBe(0)
    try {
      const small = join(at, 'run')
      mkdirSync(small)
      await teach(small, 600)
      const means = { ...meansOf(small), keep: 1, isAsIs: false }
      const first = await takeBackup(means)
      let fill = 0
      for (let size = 128 * 1024; size >= 4096; size /= 2) {
        try {
          writeFileSync(join(at, `fill-${(fill += 1)}`), Buffer.alloc(size))
        } catch {
          continue
        }
      }
      await expect(takeBackup(means)).rejects.toMatchObject({ code: 'OPS_NOT_WRITTEN' })
      const left = readdirSync(backupsIn(small))
      expect(left).toEqual([first?.backup.id])
      const [backup] = await findBackups(small)
      expect(await verifyBackup(backup!, meansOf(dataDir))).toMatchObject({ kind: 'sound' })
    } finally {
      spawnSync('umount', [at])
    }
    expect(existsSync(join(at, 'run'))).toBe(false)
  })
})
