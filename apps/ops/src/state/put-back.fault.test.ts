import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFileStore } from '@holdfast/bandit-store'
import { systemClock } from '@holdfast/seams'
import { lacking } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { MAIN, runCli } from '../fixtures/cli.fixture.ts'
import { hashesOf } from '../fixtures/data-directory.fixture.ts'
import { wallClockAt } from '../fixtures/evidence.fixture.ts'
import { idAt, lessonOf } from '../fixtures/lessons.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { scratchPlaces } from '../fixtures/scratch.fixture.ts'
import { lateBy, meansOf, teach } from '../fixtures/state.fixture.ts'
import { keepRoutersOut } from './alone.ts'
import { examineLive } from './examine.ts'
import { FILES } from './manifest.ts'
import { learnedIn } from './places.ts'
import { putBack } from './put-back.ts'
import { takeBackup } from './take-backup.ts'

const place = scratchPlaces()

/** A router was here. Snapshots, open segments, and lessons in both; then a backup of 40 decisions, and 20 more. */
async function taught({ dataDir }: Place): Promise<string> {
  await (await keepRoutersOut(meansOf(dataDir))).release()
  await teach(dataDir, 10)
  await compacted(dataDir, 2)
  await teach(dataDir, 30, 100)
  const taken = await takeBackup({ ...meansOf(dataDir, lateBy(60_000)), keep: 7, isAsIs: false })
  await compacted(dataDir, 3)
  await teach(dataDir, 20, 1000)
  return taken?.backup.path ?? ''
}

/** The names of what lessons were learned from. */
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:bin|log|sealed)$/.test(entry.name))
    .filter((entry) => !entry.parentPath.endsWith('decisions'))
    .map(({ name }) => name)
    .toSorted()

async function compacted(dataDir: string, times: number): Promise<void> {
  await using store = await openFileStore(learnedIn(dataDir), { dim: 3 })
  for (let i = 0; i < times; i += 1) await store.compact()
}

/** Decisions that wait for their reward. */
async function decided(dataDir: string, count: number): Promise<void> {
  const nowMs = systemClock.wallMs()
  await using store = await openFileStore(learnedIn(dataDir), { dim: 3 })
  for (let serial = 0; serial < count; serial += 1) {
    const { arm, context } = lessonOf(serial)
    store.remember(idAt(nowMs, 500_000 + serial), { arm, context })
  }
}

async function known({ dataDir }: Place): Promise<unknown> {
  const found = await examineLive(learnedIn(dataDir), meansOf(dataDir))
  return found.kind === 'sound' ? found.decisions : found
}

const CALLS = ['rename', 'fsync', 'link', 'mkdir', 'unlink,rmdir,unlinkat', 'openat'] as const
const strace = lacking({ programs: ['strace'] })

describe.skipIf(strace !== '')(`a restore that is killed${strace}`, () => {
  it.each(CALLS)(
    'leaves the state that was there or the one that is restored, and can be done again (%s)',
    async (calls) => {
      const model = place()
      await taught(model)
      let kills = 0
      let ended: unknown = null
      const seen = new Set<unknown>()
      for (let nth = 1; nth < 5_000; nth = Math.ceil(nth * (calls === 'openat' ? 1.4 : 1.15))) {
        const at = place()
        rmSync(at.dataDir, { recursive: true })
        cpSync(model.dataDir, at.dataDir, { recursive: true, preserveTimestamps: true })
        const [backup = ''] = readdirSync(join(at.dataDir, 'state_backups'))
        const restore = ['state', 'restore', backup, '--yes', '--quiet']
        const inject = `inject=${calls}:signal=SIGKILL:when=${nth}`
        const { signal, status, stderr } = spawnSync(
          'strace',
          ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject].concat(
            process.execPath,
            MAIN,
            ...restore,
            '--data-dir',
            at.dataDir,
          ),
          { cwd: at.folder, env: { PATH: process.env['PATH'] } },
        )
        const decisions = await known(at)
        seen.add(decisions)
        expect([40, 60]).toContain(decisions)
        if (signal !== 'SIGKILL') {
          ended = [status, decisions, String(stderr)]
          break
        }
        kills += 1
        // The lock of the killed one is taken over, and what it left is swept.
        expect(await runCli(restore, at)).toMatchObject({ code: 0 })
        expect(await known(at)).toBe(40)
        expect(readdirSync(at.dataDir).filter((name) => name.endsWith('.tmp'))).toEqual([])
      }
      expect(ended).toEqual([0, 40, ''])
      expect(kills).toBeGreaterThan(0)
      expect(seen).toContain(60)
    },
  )
})

describe.skipIf(strace !== '')(`decisions that waited for their reward${strace}`, () => {
  it('come back whole, also where the restore was killed while it brought them and was done again', async () => {
    const model = place()
    await (await keepRoutersOut(meansOf(model.dataDir))).release()
    await teach(model.dataDir, 10)
    await decided(model.dataDir, 2_000)
    const means = { ...meansOf(model.dataDir, lateBy(60_000)), keep: 7, isAsIs: false }
    const { id = '', path = '' } = (await takeBackup(means))?.backup ?? {}
    const waiting = hashesOf(join(path, FILES, 'decisions'))
    expect(Object.keys(waiting).length).toBeGreaterThan(0)
    // They have all come to an end since.
    rmSync(join(learnedIn(model.dataDir), 'decisions'), { recursive: true })
    let kills = 0
    for (const calls of ['fchmod,copy_file_range,sendfile', 'rename']) {
      for (let nth = 1; nth < 200; nth += 1) {
        const at = place()
        cpSync(model.dataDir, at.dataDir, { recursive: true, preserveTimestamps: true })
        const restore = ['state', 'restore', id, '--yes', '--quiet']
        const inject = `inject=${calls}:signal=SIGKILL:when=${nth}`
        const { signal } = spawnSync(
          'strace',
          ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject].concat(
            process.execPath,
            MAIN,
            ...restore,
          ),
          { cwd: at.folder, env: { PATH: process.env['PATH'], HOLDFAST_DATA_DIR: at.dataDir } },
        )
        if (signal !== 'SIGKILL') break
        kills += 1
        expect(await runCli(restore, at)).toMatchObject({ code: 0 })
        expect(hashesOf(join(learnedIn(at.dataDir), 'decisions'))).toMatchObject(waiting)
      }
    }
    expect(kills).toBeGreaterThan(0)
  })
})

describe('a copy that is put back', () => {
  it('is learned from as if nothing had been: what came after it is new, what is in it is known', async () => {
    const at = place()
    const backup = await taught(at)
    await putBack(join(backup, FILES), meansOf(at.dataDir))
    const nowMs = systemClock.wallMs()
    await using store = await openFileStore(learnedIn(at.dataDir), { dim: 3 })
    expect(store.read().decisions).toBe(40)
    expect(await store.reward(idAt(nowMs, 77_777), lessonOf(1))).toBe('applied')
    await store.compact()
    await store.compact()
    expect(await store.verify()).toMatchObject({ isSound: true, decisions: 41 })
  })

  it('counts as soon as it has its name, also where what was there before cannot be moved aside', async () => {
    const at = place()
    const backup = await taught(at)
    const nowMs = systemClock.wallMs()
    writeFileSync(`${learnedIn(at.dataDir)}.aside-${nowMs}`, 'in the way')
    const means = meansOf(at.dataDir, wallClockAt(nowMs))
    await expect(putBack(join(backup, FILES), means)).rejects.toThrow('aside')
    // What was learned after the backup still lies there.
    expect(readdirSync(join(learnedIn(at.dataDir), 'lessons')).length).toBeGreaterThan(0)
    expect(await known(at)).toBe(40)
  })

  it('leaves the backup as it was, and keeps every file that it replaces', async () => {
    const at = place()
    const backup = await taught(at)
    const before = hashesOf(backup)
    const there = files(learnedIn(at.dataDir))
    const keptAt = await putBack(join(backup, FILES), meansOf(at.dataDir))
    expect(hashesOf(backup)).toEqual(before)
    expect(files(keptAt ?? '')).toEqual(there)
  })

  it.each([
    ['is missing', (learned: string) => rmSync(learned, { recursive: true })],
    [
      'has a snapshot that cannot be read',
      (learned: string) => {
        for (const name of readdirSync(learned)) {
          if (name.endsWith('.bin')) writeFileSync(join(learned, name), 'no snapshot')
        }
      },
    ],
    [
      'has lost its lessons',
      (learned: string) => rmSync(join(learned, 'lessons'), { recursive: true }),
    ],
    [
      'is a file',
      (learned: string) => {
        rmSync(learned, { recursive: true })
        writeFileSync(learned, 'what?')
      },
    ],
    [
      'was learned from contexts of another length',
      async (learned: string) => {
        rmSync(learned, { recursive: true })
        await using store = await openFileStore(learned, { dim: 9 })
        await store.reward(idAt(systemClock.wallMs(), 1), {
          arm: 'R9',
          context: Array.from({ length: 9 }, () => 1),
          reward: 1,
        })
        await store.compact()
      },
    ],
  ] as readonly (readonly [string, (learned: string) => void | Promise<void>])[])(
    'takes the place of a state that %s',
    async (_what, spoil) => {
      const at = place()
      const backup = await taught(at)
      const learned = learnedIn(at.dataDir)
      await spoil(learned)
      const wasThere = existsSync(learned)
      const keptAt = await putBack(join(backup, FILES), meansOf(at.dataDir))
      expect(await known(at)).toBe(40)
      expect(keptAt !== null).toBe(wasThere)
      // And again, over itself.
      await putBack(join(backup, FILES), meansOf(at.dataDir, lateBy(1_000)))
      expect(await known(at)).toBe(40)
    },
  )
})
