import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, namesIn, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { acquireLock, type EngineName } from './index.ts'
import { ENGINES, startServant, untilWaiting } from './process.fixture.ts'

const directory = scratch()
const NOBODY = 65_534
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
const name = 'it'
/** A wait for it would be longer than the test. */
const waitMs = 600_000

/** A directory open to everyone. */
function open(): string {
  const at = directory()
  chmodSync(at, 0o777)
  return at
}

/** A lock that exists and is free. */
async function used(path: string, engine: EngineName): Promise<void> {
  const lock = await acquireLock(path, { engine })
  await lock.release()
}

const users = lacking({ programs: ['setpriv'], root: true })

describe.skipIf(users !== '').each(ENGINES)(`a process without rights: %s${users}`, (engine) => {
  it.each(['is not there yet', 'is there', 'is held by another'])(
    'is refused at once where it may not write, when the lock %s',
    async (state) => {
      const at = open()
      const path = join(at, 'state.json')
      if (state === 'is there') await used(path, engine)
      await using _lock =
        state === 'is held by another' ? await acquireLock(path, { engine }) : null
      const before = namesIn(at)
      chmodSync(at, 0o555)
      await using servant = await startServant(asNobody)
      const answer = await servant.ask({ do: 'acquire', name, path, options: { engine, waitMs } })
      expect(answer).toMatchObject({ code: 'LOCK_PERMISSION' })
      expect(namesIn(at)).toEqual(before)
    },
  )
})

describe.skipIf(users !== '').each(ENGINES)(`owners of two users: %s${users}`, (engine) => {
  it.each([
    { who: "root's", holderIs: [], waiterIs: asNobody },
    { who: "another's", holderIs: asNobody, waiterIs: [] },
  ])('$who lock is respected while it lives, and taken when it is killed', async (users) => {
    const path = join(open(), 'state.json')
    const options = { engine, waitMs, staleMs: 600_000 }
    await using holder = await startServant(users.holderIs)
    await using waiter = await startServant(users.waiterIs)
    // Both may write in the lock's directory, as members of one group would.
    await using maker = await startServant(asNobody)
    await maker.ask({ do: 'acquire', name, path, options })
    await maker.ask({ do: 'release', name })
    await holder.ask({ do: 'acquire', name, path, options })
    const early = await waiter.ask({ do: 'try', name, path, options: { engine } })
    expect(early).toMatchObject({ code: 'LOCK_EXISTS', owner: { pid: holder.pid } })
    const answer = waiter.ask({ do: 'acquire', name, path, options })
    await untilWaiting(path, 1)
    await holder.kill()
    expect((await answer).facts?.[0]).toMatchObject({ kind: 'lock.taken-over', because: 'dead' })
  })
})

describe.skipIf(users !== '').each(ENGINES)(`a holder of another user: %s${users}`, (engine) => {
  it('keeps its lease alive though it may not set the times of the token, which is not its own', async () => {
    const path = join(open(), 'state.json')
    await used(path, engine)
    // As in a directory of a group, where everyone's umask is 002.
    chmodSync(`${path}.lock`, 0o777)
    for (const entry of namesIn(`${path}.lock`)) chmodSync(join(`${path}.lock`, entry), 0o666)
    await using holder = await startServant(asNobody)
    await using waiter = await startServant()
    await holder.ask({ do: 'acquire', name, path, options: { engine, staleMs: 2_000 } })
    const options = { engine, waitMs: 5_000, staleMs: 2_000, takeover: 'lease' } as const
    const answer = await waiter.ask({ do: 'acquire', name, path, options })
    expect(answer).toMatchObject({ code: 'LOCK_TIMEOUT', owner: { pid: holder.pid } })
    expect(await holder.ask({ do: 'look', name })).toMatchObject({ isValid: true })
    expect((await holder.ask({ do: 'release', name })).code).toBeUndefined()
  })
})

const mounts = lacking({ programs: ['mount', 'umount', 'chattr'], root: true })

describe.skipIf(mounts !== '').each(ENGINES)(
  `a directory that cannot be changed: %s${mounts}`,
  (engine) => {
    it.each(['is not there yet', 'is there'])(
      'is read-only when its mount is, and says so at once, when the lock %s',
      async (state) => {
        const at = open()
        const path = join(at, 'state.json')
        if (state === 'is there') await used(path, engine)
        const before = namesIn(at)
        run('mount', '--bind', at, at)
        try {
          run('mount', '-o', 'remount,ro,bind', at)
          await expect(acquireLock(path, { engine, waitMs })).rejects.toMatchObject({
            code: 'LOCK_READ_ONLY',
          })
          expect(namesIn(at)).toEqual(before)
        } finally {
          run('umount', at)
        }
      },
    )

    it('is forbidden when it is immutable, and says so at once', async (context) => {
      const at = open()
      try {
        run('chattr', '+i', at)
      } catch {
        context.skip('the file system of the temporary directory knows no immutable files')
      }
      try {
        await expect(acquireLock(join(at, 'state.json'), { engine, waitMs })).rejects.toMatchObject(
          { code: 'LOCK_PERMISSION' },
        )
        expect(namesIn(at)).toEqual([])
      } finally {
        run('chattr', '-i', at)
      }
    })
  },
)

/** Does the work on a file system with room for 16 files and directories. */
async function onSmallDisk(work: (at: string) => Promise<void>): Promise<void> {
  const at = directory()
  run('mount', '-t', 'tmpfs', '-o', 'nr_inodes=16,size=1m', 'tmpfs', at)
  try {
    await work(at)
  } finally {
    run('umount', at)
  }
}

function fill(at: string): void {
  for (let count = 0; ; count += 1) {
    try {
      writeFileSync(join(at, `filler-${count}`), '')
    } catch {
      return // It is full.
    }
  }
}

describe.skipIf(mounts !== '').each(ENGINES)(`a full file system: %s${mounts}`, (engine) => {
  it('is told at the birth of a lock, of which nothing is left behind', async () => {
    await onSmallDisk(async (at) => {
      fill(at)
      const before = namesIn(at)
      await expect(acquireLock(join(at, 'state.json'), { engine, waitMs })).rejects.toMatchObject({
        code: 'LOCK_DISK_FULL',
      })
      expect(namesIn(at)).toEqual(before)
    })
  })

  it('does not hinder a lock that is there: it changes hands, and goes from the dead to the living', async () => {
    await onSmallDisk(async (at) => {
      const path = join(at, 'state.json')
      const options = { engine, waitMs, staleMs: 600_000 }
      await using maker = await startServant()
      await using holder = await startServant()
      await using waiter = await startServant()
      await maker.ask({ do: 'acquire', name, path, options })
      await maker.ask({ do: 'release', name })
      fill(at)
      await holder.ask({ do: 'acquire', name, path, options })
      // No ticket can be put down, so nobody sees it wait; it finds the lock free all the same.
      const answer = waiter.ask({ do: 'acquire', name, path, options })
      expect((await holder.ask({ do: 'release', name })).code).toBeUndefined()
      expect((await answer).code).toBeUndefined()
      await waiter.kill()
      const again = await holder.ask({ do: 'acquire', name, path, options })
      expect(again.facts?.[0]).toMatchObject({ kind: 'lock.taken-over', because: 'dead' })
      await holder.ask({ do: 'release', name })
    })
  })
})
