import { VirtualClock } from '@holdfast/seams/testing'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { engines, living, putFree, putHolder, tokenOf } from './holders.fixture.ts'
import { acquireLock, tryLock } from './lock.ts'

const fresh = scratch()

describe.each(engines)('callers of one thread, with the engine %s', (engine) => {
  it('get one lock in the order in which they asked', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        await using lock = await acquireLock(path, { engine })
        order.push(n)
        expect(lock.fence).toBe(8 + n)
      }),
    )
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  it('do not wait for one another where the paths differ', async () => {
    const directory = fresh()
    await using a = await acquireLock(join(directory, 'a'), { engine })
    await using b = await tryLock(join(directory, 'b'), { engine })
    expect([a.isValid(), b.isValid()]).toEqual([true, true])
  })

  it('use up their own time while others of this thread go first', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    const clock = new VirtualClock()
    await using lock = await acquireLock(path, { engine, clock })
    const waiting = acquireLock(path, { engine, clock, waitMs: 100 })
    const outcome = waiting.catch((error: unknown) => error)
    await clock.advance(100)
    expect(await outcome).toMatchObject({ code: 'LOCK_TIMEOUT', waitedMs: 100, owner: lock.owner })
  })

  it('go on to the next when the first fails to get it', async () => {
    const path = join(fresh(), 'state.json')
    const held = putHolder(path, living())
    const clock = new VirtualClock()
    const outcomes = [50, 80, 200].map((waitMs) =>
      acquireLock(path, { engine, clock, waitMs }).catch((error: unknown) => error),
    )
    await clock.advance(200)
    for (const outcome of outcomes) {
      expect(await outcome).toMatchObject({ code: 'LOCK_TIMEOUT', owner: held.owner })
    }
    expect([clock.waiting, namesIn(`${path}.lock`)]).toEqual([0, [held.name]])
  })

  it('can be called off while they wait in line, and those behind move up', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    const lock = await acquireLock(path, { engine })
    const controller = new AbortController()
    const [second, third] = [
      acquireLock(path, { engine, signal: controller.signal }),
      acquireLock(path, { engine }),
    ]
    const reason = new Error('not needed any more')
    controller.abort(reason)
    await expect(second).rejects.toBe(reason)
    await lock.release()
    await using next = await third
    expect(next.fence).toBe(9)
  })

  it('can be called off at the very moment their turn comes', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    const lock = await acquireLock(path, { engine })
    const controller = new AbortController()
    const second = acquireLock(path, { engine, signal: controller.signal })
    const released = lock.release()
    const reason = new Error('not needed any more')
    controller.abort(reason)
    await expect(second).rejects.toBe(reason)
    await released
    await using next = await tryLock(path, { engine })
    expect(next.fence).toBe(9)
  })
})

/** A directory with a file's path in it, and links that lead there. */
function names() {
  const directory = fresh()
  mkdirSync(join(directory, 'real'))
  const path = join(directory, 'real', 'state.json')
  symlinkSync(join(directory, 'real'), join(directory, 'linked'))
  symlinkSync('real/state.json', join(directory, 'dangling'))
  symlinkSync('dangling', join(directory, 'twice'))
  return {
    path,
    others: [
      join(directory, 'linked', 'state.json'),
      `${directory}/real/../linked/./state.json`,
      join(directory, 'dangling'),
      join(directory, 'twice'),
      relative(process.cwd(), path),
    ],
  }
}

describe('one path under several names', () => {
  it('is one lock, beside the file, which need not be there', async () => {
    const { path, others } = names()
    for (const other of others) {
      await using lock = await acquireLock(other, { engine: 'direct' })
      expect(tokenOf(path)).toMatchObject({ kind: 'held', fence: lock.fence })
      await expect(tryLock(path, { engine: 'direct' })).rejects.toMatchObject({
        code: 'LOCK_EXISTS',
      })
    }
  })

  it('is one line', async () => {
    const { path, others } = names()
    const order: string[] = []
    const paths = [path, ...others]
    await Promise.all(
      paths.map(async (name) => {
        await using lock = await acquireLock(name, { engine: 'direct' })
        order.push(lock.path)
      }),
    )
    expect(order).toEqual(paths)
  })

  it('is refused where links lead in a circle', async () => {
    const path = join(fresh(), 'circle')
    symlinkSync('circle', path)
    await expect(acquireLock(path)).rejects.toMatchObject({ code: 'LOCK_IO', path })
  })
})

describe('callers on different engines', () => {
  it('stand in one line', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    const fences = await Promise.all(
      [...engines, ...engines].map(async (engine) => {
        await using lock = await acquireLock(path, { engine })
        expect(lock.owner.engine).toBe(engine)
        return lock.fence
      }),
    )
    expect(fences).toEqual([8, 9, 10, 11, 12, 13])
  })
})
