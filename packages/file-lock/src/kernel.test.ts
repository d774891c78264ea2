import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { mkdirSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { LockFact } from './facts.ts'
import { elsewhere, engines, putFree, putHolder } from './holders.fixture.ts'
import { breakLock } from './inspect.ts'
import { kernelLock, type KernelLock } from './kernel-lock.ts'
import { acquireLock, tryLock } from './lock.ts'

const fresh = scratch()

function taken(directory: string): KernelLock {
  const lock = kernelLock(directory)
  if (lock === null) throw new Error(`${directory}: the kernel's lock was not had`)
  return lock
}

describe('the kernel’s lock on a directory', () => {
  it('is had by one, until it is given back, which may be done twice', () => {
    const directory = fresh()
    const lock = taken(directory)
    expect([lock.isOurs(), kernelLock(directory)]).toEqual([true, null])
    lock.release()
    lock.release()
    taken(directory).release()
  })

  it('is worth nothing once its file was removed, and is then had on a new one', () => {
    const directory = fresh()
    const lock = taken(directory)
    unlinkSync(join(directory, 'k.db'))
    expect(lock.isOurs()).toBe(false)
    lock.release()
    expect(kernelLock(directory)).toBeNull() // The old file is found out and forgotten.
    const next = taken(directory)
    expect(next.isOurs()).toBe(true)
    next.release()
  })

  it('is had on many directories at once, and again on the first', () => {
    const parent = fresh()
    const directories = Array.from({ length: 40 }, (_, n) => join(parent, String(n)))
    for (const directory of directories) mkdirSync(directory)
    const locks = directories.map(taken)
    expect(locks.every((lock) => lock.isOurs())).toBe(true)
    for (const lock of locks) lock.release()
    for (const directory of directories) taken(directory).release()
  })
})

describe('the engine kernel', () => {
  it('proves the death of a holder of its own kind, in whatever container that was', async () => {
    const path = join(fresh(), 'state.json')
    putHolder(path, elsewhere({ engine: 'kernel' }), 41)
    const facts = recordedFacts<LockFact>()
    const clock = new VirtualClock()
    const terms = { engine: 'kernel', clock, observe: facts.observe, staleMs: 600_000 } as const
    // Two heartbeats have to be missed as well: a holder can lose the kernel's lock by opening the file itself.
    await expect(tryLock(path, terms)).rejects.toMatchObject({ code: 'LOCK_EXISTS' })
    await clock.advance(2_499)
    await expect(tryLock(path, terms)).rejects.toMatchObject({ code: 'LOCK_EXISTS' })
    await clock.advance(1)
    await using lock = await tryLock(path, terms)
    expect(lock.fence).toBe(42)
    expect(facts.ofKind('lock.taken-over')).toMatchObject([{ because: 'dead' }])
  })

  it('finds such a holder alive as long as that has the kernel’s lock', async () => {
    const path = join(fresh(), 'state.json')
    const { owner } = putHolder(path, elsewhere({ engine: 'kernel' }))
    const lock = taken(`${path}.lock`)
    const clock = new VirtualClock()
    const terms = { engine: 'kernel', clock, staleMs: 5_000 } as const
    await expect(tryLock(path, terms)).rejects.toMatchObject({ owner })
    // It may be paused, and lives: its lease does not count.
    await clock.advance(60_000)
    await expect(tryLock(path, terms)).rejects.toMatchObject({ owner })
    lock.release()
    await expect(tryLock(path, terms)).rejects.toMatchObject({ owner })
    await clock.advance(2_500)
    await using next = await tryLock(path, terms)
    expect(next.fence).toBe(8)
  })

  it('proves nothing of holders with other engines, and of other machines', async () => {
    for (const fields of [
      { engine: 'direct' },
      { engine: 'proper-lockfile' },
      { engine: 'kernel', boot: 'another000' },
      { engine: 'kernel', boot: '-' },
    ]) {
      const path = join(fresh(), 'state.json')
      const { owner } = putHolder(path, elsewhere(fields))
      await expect(tryLock(path, { engine: 'kernel' })).rejects.toMatchObject({ owner })
    }
  })

  it('keeps no successor out once a look found the lock lost', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    const lock = await acquireLock(path, { engine: 'kernel' })
    expect(kernelLock(`${path}.lock`)).toBeNull()
    await breakLock(path, { fence: lock.fence })
    expect(lock.isValid()).toBe(false)
    taken(`${path}.lock`).release()
    await expect(lock.release()).rejects.toMatchObject({ code: 'LOCK_LOST' })
  })

  it('leaves a successor in its own thread the kernel’s lock, though it gives back late', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    const lost = await acquireLock(path, { engine: 'kernel' })
    await breakLock(path, { fence: lost.fence })
    expect(lost.isValid()).toBe(false)
    await using next = await acquireLock(path, { engine: 'kernel' })
    await expect(lost.release()).rejects.toMatchObject({ code: 'LOCK_LOST' })
    expect([next.owner.engine, next.isValid()]).toEqual(['kernel', true])
    expect(kernelLock(`${path}.lock`)).toBeNull()
  })

  it('finds its lock lost when its file was removed, though the token is there', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    const lock = await acquireLock(path, { engine: 'kernel' })
    rmSync(join(`${path}.lock`, 'k.db'))
    expect(lock.isValid()).toBe(false)
    await expect(lock.release()).rejects.toMatchObject({ code: 'LOCK_LOST' })
  })
})

describe.each(engines.filter((engine) => engine !== 'kernel'))('the engine %s', (engine) => {
  it('takes no holder elsewhere for dead, whatever its engine', async () => {
    const path = join(fresh(), 'state.json')
    const { owner } = putHolder(path, elsewhere({ engine: 'kernel' }))
    await expect(tryLock(path, { engine })).rejects.toMatchObject({ owner })
  })
})
