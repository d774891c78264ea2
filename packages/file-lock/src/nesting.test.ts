import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { putFree, tokenOf } from './holders.fixture.ts'
import { breakLock } from './inspect.ts'
import { acquireLock, tryLock, withLock, type Lock } from './lock.ts'

const fresh = scratch()
const freshPath = (): string => {
  const path = join(fresh(), 'state.json')
  putFree(path)
  return path
}

const options = { engine: 'direct' } as const
const reentrant = { name: 'LockReentrantError', code: 'LOCK_REENTRANT' }
const turn = (): Promise<void> => systemClock.sleep(0)

/** A promise that a test settles when it wants to. */
function gate() {
  let resolveIt: (() => void) | undefined
  const opened = new Promise<void>((resolve) => {
    resolveIt = resolve
  })
  return { opened, open: (): void => resolveIt?.() }
}

/** Part of a program that knows nothing of the others: it holds the lock until then, and tells its fence. */
async function hold(
  path: string,
  until: Promise<void>,
  nested: 'refuse' | 'count' = 'refuse',
): Promise<number> {
  await using lock = await acquireLock(path, { ...options, nested })
  await until
  return lock.fence
}

const ways: Record<string, (path: string) => Promise<unknown>> = {
  acquireLock: (path) => acquireLock(path, options),
  tryLock: (path) => tryLock(path, options),
  withLock: (path) => withLock(path, options, () => {}),
}

describe.each(Object.keys(ways))('work that holds a lock and asks for it by %s', (way) => {
  const ask = (path: string): Promise<unknown> =>
    ways[way]?.(path) ?? Promise.reject(new Error(way))

  it('is refused at once inside withLock, and still holds the lock', async () => {
    const path = freshPath()
    await withLock(path, options, async (lock) => {
      await expect(ask(path)).rejects.toMatchObject({ ...reentrant, path })
      expect(lock.isValid()).toBe(true)
    })
    expect(tokenOf(path)).toMatchObject({ kind: 'free', fence: 8 })
  })

  it('is refused through awaits, timers, callbacks and a Promise.all', async () => {
    const path = freshPath()
    const deeper = async (): Promise<unknown> => {
      await turn()
      await new Promise((resolve) => queueMicrotask(() => resolve(null)))
      const [, outcome] = await Promise.all([
        turn(),
        turn().then(() => ask(path).catch((error: unknown) => error)),
      ])
      return outcome
    }
    expect(await withLock(path, options, deeper)).toMatchObject(reentrant)
  })

  it('is refused through other locks taken in between', async () => {
    const [path, other] = [freshPath(), freshPath()]
    await withLock(path, options, async () => {
      await using between = await acquireLock(other, options)
      await withLock(`${other}.2`, options, async () => {
        await expect(ask(path)).rejects.toMatchObject(reentrant)
      })
      expect(between.isValid()).toBe(true)
    })
  })

  it('is refused by another name of the same path', async () => {
    const path = freshPath()
    await withLock(path, options, async () => {
      await expect(ask(join(path, '..', '.', 'state.json'))).rejects.toMatchObject(reentrant)
    })
  })

  it('gets it as soon as it gave it back', async () => {
    const path = freshPath()
    await withLock(path, options, () => {})
    await ask(path).then((lock) => (lock as Lock | undefined)?.release())
    const lock = await acquireLock(path, options)
    await lock.release()
    await ask(path).then((lock) => (lock as Lock | undefined)?.release())
    expect(tokenOf(path)).toMatchObject({ kind: 'free', fence: 11 })
  })
})

describe('work that does not hold the lock it asks for', () => {
  it('waits its turn when two ask at once', async () => {
    const path = freshPath()
    const [first, second] = [acquireLock(path, options), acquireLock(path, options)]
    await (await first).release()
    const lock = await second
    expect(lock.fence).toBe(9)
    await lock.release()
  })

  it('waits its turn in a Promise.all of many, by each way', async () => {
    const path = freshPath()
    const fences = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        if (n % 2 === 0) return await withLock(path, options, ({ fence }) => fence)
        await using lock = await acquireLock(path, options)
        await turn()
        return lock.fence
      }),
    )
    expect(fences).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17])
  })

  it('gets it again and again in one loop', async () => {
    const path = freshPath()
    for (let n = 8; n < 30; n += 1) {
      const lock = await acquireLock(path, options)
      expect(lock.fence).toBe(n)
      await turn()
      await lock.release()
    }
  })

  it('gets it after an attempt that failed', async () => {
    const path = freshPath()
    await using lock = await acquireLock(path, options)
    await expect(tryLock(path, options)).rejects.toMatchObject({ code: 'LOCK_EXISTS' })
    await lock.release()
    await (await tryLock(path, options)).release()
    await expect(acquireLock(join(path, 'no', 'such'), options)).rejects.toMatchObject({
      code: 'LOCK_DIRECTORY_MISSING',
    })
    await (await acquireLock(path, options)).release()
    expect(tokenOf(path)).toMatchObject({ fence: 10 })
  })

  it('gets it when the refused attempt is over and the outer lock too', async () => {
    const path = freshPath()
    await withLock(path, options, async () => {
      await expect(tryLock(path, options)).rejects.toMatchObject(reentrant)
    })
    await using lock = await acquireLock(path, options)
    expect(lock.fence).toBe(9)
  })

  it('waits for the holder that started it, if that lets it run on', async () => {
    const path = freshPath()
    const order: string[] = []
    const { opened, open } = gate()
    let later: Promise<void> | undefined
    await withLock(path, options, () => {
      later = opened.then(() => withLock(path, options, () => void order.push('later')))
      order.push('holder')
    })
    open()
    await later
    expect(order).toEqual(['holder', 'later'])
  })

  it('waits its turn in handlers of one emitter that was made inside another lock', async () => {
    const [outer, path] = [freshPath(), freshPath()]
    const fences: number[] = []
    await withLock(outer, options, async () => {
      const emitter = new EventEmitter()
      const handlings: Promise<number>[] = []
      for (let n = 0; n < 3; n += 1) emitter.on('request', () => handlings.push(hold(path, turn())))
      emitter.emit('request')
      emitter.emit('request')
      fences.push(...(await Promise.all(handlings)))
    })
    expect(fences).toEqual([8, 9, 10, 11, 12, 13])
  })

  it('waits its turn in requests to a server that was made inside another lock', async () => {
    const [outer, path] = [freshPath(), freshPath()]
    await using lock = await acquireLock(outer, options)
    const server = createServer((_request, response) => {
      const answer = async (): Promise<void> => {
        await using lock = await acquireLock(path, options)
        await turn()
        response.end(String(lock.fence))
      }
      answer().catch((error: unknown) => response.end(String(error)))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => (await fetch(url)).text()),
    )
    server.close()
    server.closeAllConnections()
    expect(answers.toSorted((a, b) => Number(a) - Number(b))).toEqual([
      '8',
      '9',
      '10',
      '11',
      '12',
      '13',
    ])
    expect(lock.isValid()).toBe(true)
  })

  it.each(['refuse', 'count'] as const)(
    'gets it anew inside withLock once that gave it back early, with nested: %s',
    async (nested) => {
      const path = freshPath()
      await withLock(path, options, async (outer) => {
        await outer.release()
        await using lock = await acquireLock(path, { ...options, nested })
        expect([lock.fence, lock.isValid()]).toEqual([9, true])
      })
      expect(tokenOf(path)).toMatchObject({ kind: 'free', fence: 9 })
    },
  )

  it('is not taken for inside because a caller further out began it with withLock and went on', async () => {
    const path = freshPath()
    const { opened, open } = gate()
    const first = withLock(path, options, () => opened)
    await turn()
    const second = withLock(path, options, ({ fence }) => fence)
    await turn()
    open()
    await first
    expect(await second).toBe(9)
  })
})

/** A handle may be given back by anyone, from anywhere: having taken one, a caller is inside nothing. */
describe('one that took a lock by acquireLock', () => {
  it.each(['refuse', 'count'] as const)(
    'may begin another part that waits its turn, with nested: %s',
    async (nested) => {
      const path = freshPath()
      const { opened, open } = gate()
      const first = hold(path, opened, nested)
      await turn()
      const second = hold(path, opened, nested)
      const both = Promise.all([first, second])
      open()
      expect(await both).toEqual([8, 9])
    },
  )

  it('may ask for the next turn before it gives its own back', async () => {
    const path = freshPath()
    const first = await acquireLock(path, options)
    const second = acquireLock(path, options)
    await first.release()
    await using lock = await second
    expect(lock.fence).toBe(9)
  })

  it('is told that it waited for itself, when the wait is over', async () => {
    const path = freshPath()
    await using lock = await acquireLock(path, options)
    await expect(acquireLock(path, { ...options, waitMs: 5 })).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
      owner: lock.owner,
      message: expect.stringContaining(`held by this very process ${process.pid}`) as string,
    })
  })
})

describe('with nested: count', () => {
  const counted = { ...options, nested: 'count' } as const

  it('the same lock is held until the last handle is given back, in whatever order', async () => {
    const path = freshPath()
    const inner = await withLock(path, counted, async (outer) => {
      const handle = await acquireLock(path, counted)
      expect([handle.fence, handle.owner]).toEqual([outer.fence, outer.owner])
      await withLock(path, counted, (innermost) => expect(innermost.fence).toBe(outer.fence))
      expect([outer.isValid(), handle.isValid()]).toEqual([true, true])
      return handle
    })
    expect([inner.isValid(), tokenOf(path).kind]).toEqual([true, 'held'])
    await inner.release()
    expect(tokenOf(path)).toMatchObject({ kind: 'free', fence: 8 })
  })

  it('only the one who asks decides: the outer one need not have chosen it', async () => {
    const path = freshPath()
    await withLock(path, options, async (outer) => {
      const fence = await withLock(path, counted, (inner) => inner.fence)
      expect([fence, outer.isValid()]).toEqual([outer.fence, true])
    })
  })

  it('others wait for the last handle', async () => {
    const path = freshPath()
    const inner = await withLock(path, counted, () => acquireLock(path, counted))
    const next = acquireLock(path, counted)
    await inner.release()
    await using lock = await next
    expect(lock.fence).toBe(9)
  })

  it('a loss reaches every handle, and the last release', async () => {
    const path = freshPath()
    const work = withLock(path, counted, async (outer) => {
      const inner = await acquireLock(path, counted)
      await breakLock(path, { fence: outer.fence })
      expect(inner.isValid()).toBe(false)
      expect([outer.signal.aborted, inner.signal.aborted]).toEqual([true, true])
      await inner.release()
    })
    await expect(work).rejects.toMatchObject({ code: 'LOCK_LOST' })
  })

  it('a lock that is known to be lost is not shared any more', async () => {
    const path = freshPath()
    const work = withLock(path, counted, async (outer) => {
      await breakLock(path, { fence: outer.fence })
      expect(outer.isValid()).toBe(false)
      await expect(acquireLock(path, counted)).rejects.toMatchObject({ code: 'LOCK_LOST' })
    })
    await expect(work).rejects.toMatchObject({ code: 'LOCK_LOST' })
  })
})

describe('with nested: wait', () => {
  const waiting = { ...options, nested: 'wait' } as const

  it('work waits for its own lock like everyone, until its time is over', async () => {
    const path = freshPath()
    await withLock(path, options, async (lock) => {
      await expect(acquireLock(path, { ...waiting, waitMs: 5 })).rejects.toMatchObject({
        code: 'LOCK_TIMEOUT',
        owner: lock.owner,
      })
    })
  })

  it('what work begins and does not wait for has its turn after it', async () => {
    const path = freshPath()
    let later: Promise<number> | undefined
    await withLock(path, options, () => {
      later = withLock(path, waiting, ({ fence }) => fence)
    })
    expect(await later).toBe(9)
  })
})
