import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspectLock } from '@holdfast/file-lock'
import { lacking, namesIn, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { startServant, type Servant } from './process.fixture.ts'
import { readSharedJson } from './read.ts'
import { updateSharedJson } from './update.ts'

const directory = scratch()
const small = { counts: {}, entries: ['small'] }
const shim = lacking({ programs: ['gcc'] })

/** A child whose disk is bad in this way. */
async function unlucky(kind: 'full' | 'unsure'): Promise<Servant> {
  const library = join(directory(), 'bad-disk.so')
  const source = join(import.meta.dirname, 'bad-disk.fixture.c')
  run('gcc', '-shared', '-fPIC', '-O1', '-o', library, source, '-ldl')
  return await startServant({ env: { LD_PRELOAD: library, BAD_DISK: kind } })
}

describe.skipIf(shim !== '').each([{ fenced: false }, { fenced: true }])(
  `a bad disk, fenced $fenced${shim}`,
  (options) => {
    it('that is full: the old value stays, nothing lies beside it, and the lock is given back', async () => {
      const at = directory()
      const path = join(at, 'state.json')
      const { file } = await updateSharedJson(path, () => small, options)
      const names = namesIn(at)
      await using servant = await unlucky('full')
      const answer = await servant.ask({ do: 'add-bytes', path, sizeBytes: 2000, options })
      expect(answer).toMatchObject({ code: 'JSON_DISK_FULL' })
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(small)
      expect(namesIn(at)).toEqual(names)
      expect(await inspectLock(path)).toMatchObject({ state: 'free' })
      const again = updateSharedJson(path, () => small, { ...options, waitMs: 0 })
      await expect(again).resolves.toMatchObject({ kind: 'updated' })
    })

    it('that will not confirm: the new value is there, the error says so, and the lock is given back', async () => {
      const path = join(directory(), 'state.json')
      await updateSharedJson(path, () => small, options)
      await using servant = await unlucky('unsure')
      const answer = await servant.ask({ do: 'add-bytes', path, sizeBytes: 5, options })
      expect(answer).toMatchObject({ code: 'JSON_NOT_DURABLE' })
      expect(await readSharedJson(path, options)).toMatchObject({ value: { entries: ['xxxxx'] } })
      expect(await inspectLock(path)).toMatchObject({ state: 'free' })
    })
  },
)

const mount = lacking({ programs: ['mount', 'umount'], root: true })

describe.skipIf(mount !== '')(`a file system of 1 MiB${mount}`, () => {
  it('keeps the old value when the new one does not fit, and takes a smaller one after that', async () => {
    const at = directory()
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at)
    try {
      const path = join(at, 'state.json')
      await updateSharedJson(path, () => 'x'.repeat(600_000))
      const tooMuch = updateSharedJson(path, () => 'y'.repeat(600_000))
      await expect(tooMuch).rejects.toMatchObject({ code: 'JSON_DISK_FULL' })
      expect(await readSharedJson(path)).toMatchObject({ value: 'x'.repeat(600_000) })
      await updateSharedJson<string>(path, (text = '') => text.slice(0, 300_000), { waitMs: 0 })
      expect(await readSharedJson(path)).toMatchObject({ value: 'x'.repeat(300_000) })
    } finally {
      run('umount', at)
    }
  })
})
