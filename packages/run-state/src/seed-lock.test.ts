/** The examples of the lock with which the archiver was first documented, on the lock of this repository. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inspectLock, tryLock, withLock } from '@holdfast/file-lock'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'

const directory = scratch()

describe('the lock of an archiver', () => {
  it('is held for the length of a block, and is free after it', async () => {
    const path = join(directory(), 'archiver')
    const ran = await withLock(path, { waitMs: 0 }, async () => (await inspectLock(path)).state)
    expect([ran, (await inspectLock(path)).state]).toEqual(['held', 'free'])
  })

  it('keeps a second one out, which learns who has it', async () => {
    const path = join(directory(), 'archiver')
    await using held = await tryLock(path)
    await expect(tryLock(path)).rejects.toMatchObject({
      code: 'LOCK_EXISTS',
      owner: { pid: process.pid },
    })
    expect(held.isValid()).toBe(true)
  })

  it('is still that of its holder, to the byte, after a second one has tried', async () => {
    const at = directory()
    const path = join(at, 'archiver')
    const contents = (): unknown =>
      readdirSync(`${path}.lock`, { withFileTypes: true }).map((entry) => [
        entry.name,
        entry.isFile() ? readFileSync(join(`${path}.lock`, entry.name), 'utf8') : '',
      ])
    await using held = await tryLock(path)
    const before = contents()
    await tryLock(path).catch(() => {})
    expect(contents()).toEqual(before)
    expect(held.isValid()).toBe(true)
  })

  it('knows its process and whether it is still valid', async () => {
    const path = join(directory(), 'archiver')
    const lock = await tryLock(path)
    expect([lock.owner.pid, lock.isValid()]).toEqual([process.pid, true])
    await lock.release()
    expect(lock.isValid()).toBe(false)
  })

  it('makes its directory when asked to', async () => {
    const path = join(directory(), 'var', 'run', 'archiver')
    await using lock = await tryLock(path, { createDirectory: true })
    expect(lock.isValid()).toBe(true)
  })

  it('says that there is no directory, and not that another process holds it', async () => {
    const path = join(directory(), 'nowhere', 'archiver')
    await expect(tryLock(path)).rejects.toMatchObject({ code: 'LOCK_DIRECTORY_MISSING' })
  })

  it('is given back when the work throws', async () => {
    const path = join(directory(), 'archiver')
    const work = withLock(path, { waitMs: 0 }, () => Promise.reject(new Error('no disk')))
    await expect(work).rejects.toThrow('no disk')
    expect((await inspectLock(path)).state).toBe('free')
  })
})
