import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { existsSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { freeToken, heldToken, ticketOf } from './entry-name.ts'
import { LockExistsError, LockFailedError, LockLostError, LockTimeoutError } from './errors.ts'
import type { LockFact } from './facts.ts'
import {
  dead,
  engines,
  living,
  moveToken,
  putFree,
  putHolder,
  putLock,
  tokenOf,
  traceOf,
} from './holders.fixture.ts'
import { identity } from './identity.ts'
import { breakLock } from './inspect.ts'
import { acquireLock, tryLock, withLock } from './lock.ts'

const fresh = scratch()
const freshPath = (): string => join(fresh(), 'state.json')

const listeners = (): number[] =>
  ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'].map((name) => process.listenerCount(name))

describe.each(engines)('a lock with the engine %s', (engine) => {
  it('is a directory beside the path, which itself need not exist', async () => {
    const path = freshPath()
    const lock = await acquireLock(path, { engine })
    expect(tokenOf(path)).toEqual(heldToken(lock.fence, lock.owner))
    expect(lock).toMatchObject({ path, owner: { ...identity(), engine } })
    await lock.release()
    expect(tokenOf(path)).toEqual(freeToken(lock.fence, identity().boot))
    expect([existsSync(path), namesIn(join(path, '..'))]).toEqual([false, ['state.json.lock']])
  })

  it('has a higher fence with every holder, also after its directory was removed', async () => {
    const path = freshPath()
    const fences: number[] = []
    for (let turn = 0; turn < 6; turn += 1) {
      await using lock = await acquireLock(path, { engine })
      fences.push(lock.fence)
      if (turn === 3) rmSync(`${path}.lock`, { recursive: true })
      if (turn === 3) await lock.release().catch(() => {})
    }
    expect(fences.every((fence, turn) => turn === 0 || fence > (fences[turn - 1] ?? 0))).toBe(true)
    expect(new Set(fences).size).toBe(6)
  })

  it('is given back at the end of an await using block, and a second release does nothing', async () => {
    const path = freshPath()
    {
      await using lock = await acquireLock(path, { engine })
      await lock.release()
      expect(tokenOf(path).kind).toBe('free')
      expect(lock.isValid()).toBe(false)
    }
    await using next = await tryLock(path, { engine })
    expect(next.isValid()).toBe(true)
  })

  it('is taken from a dead holder at once', async () => {
    const path = freshPath()
    const left = putHolder(path, dead(), 41)
    const facts = recordedFacts<LockFact>()
    await using lock = await tryLock(path, { engine, observe: facts.observe })
    expect(lock.fence).toBe(42)
    expect(facts.all).toEqual([
      { kind: 'lock.taken-over', path, fence: 42, because: 'dead', from: left.owner },
      { kind: 'lock.won', path, engine, fence: 42, waitedMs: expect.any(Number) as number },
    ])
  })

  it('is waited for, and then not had, while a living process holds it', async () => {
    const path = freshPath()
    const held = putHolder(path, living())
    const clock = new VirtualClock()
    const facts = recordedFacts<LockFact>()
    const waiting = acquireLock(path, { engine, clock, waitMs: 200, observe: facts.observe })
    const outcome = waiting.catch((error: unknown) => error)
    await clock.advance(199)
    expect(facts.all).toEqual([])
    await clock.advance(1)
    const error = await outcome
    expect(error).toBeInstanceOf(LockTimeoutError)
    expect(error).toMatchObject({
      code: 'LOCK_TIMEOUT',
      path,
      waitedMs: 200,
      owner: held.owner,
      message: `${path}: not locked after 200 ms, held by process ${process.ppid} (direct) since 2026-01-01T00:00:00.000Z`,
    })
    expect(facts.all).toEqual([{ kind: 'lock.timed-out', path, waitedMs: 200, owner: held.owner }])
    expect([namesIn(`${path}.lock`), clock.waiting]).toEqual([[held.name], 0])
  })

  it('is taken as soon as its holder gives it back', async () => {
    const path = freshPath()
    putHolder(path, living(), 41)
    const clock = new VirtualClock()
    const waiting = acquireLock(path, { engine, clock })
    await clock.advance(500)
    moveToken(path, freeToken(41, identity().boot))
    await clock.advance(40)
    await using lock = await waiting
    expect(lock.fence).toBe(42)
  })

  it('tells a second start at once who holds it, and leaves no trace of that', async () => {
    const path = freshPath()
    const held = putHolder(path, living())
    const before = traceOf(path)
    const error: unknown = await tryLock(path, { engine }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(LockExistsError)
    expect(error).toMatchObject({ code: 'LOCK_EXISTS', path, owner: held.owner })
    expect(traceOf(path)).toEqual(before)
  })

  it('tells another part of this program at once that it has it, and leaves no trace of that', async () => {
    const path = freshPath()
    await using lock = await acquireLock(path, { engine })
    const before = traceOf(path)
    await expect(tryLock(path, { engine })).rejects.toMatchObject({
      code: 'LOCK_EXISTS',
      owner: lock.owner,
    })
    await expect(acquireLock(path, { engine, waitMs: 0 })).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
      owner: lock.owner,
    })
    expect(traceOf(path)).toEqual(before)
    expect(lock.isValid()).toBe(true)
  })

  it('is tried once with waitMs 0, and had if it is free', async () => {
    const path = freshPath()
    putFree(path)
    await using lock = await acquireLock(path, { engine, waitMs: 0 })
    expect(lock.fence).toBe(8)
  })

  it('is no longer waited for once that is called off, with the reason and no timer left', async () => {
    const path = freshPath()
    const held = putHolder(path, living())
    const clock = new VirtualClock()
    const controller = new AbortController()
    const waiting = acquireLock(path, { engine, clock, signal: controller.signal })
    const outcome = waiting.catch((error: unknown) => error)
    await clock.advance(300)
    const reason = new Error('not needed any more')
    controller.abort(reason)
    expect(await outcome).toBe(reason)
    expect([namesIn(`${path}.lock`), clock.waiting]).toEqual([[held.name], 0])
  })

  it('is not even looked at when that was called off before', async () => {
    const path = freshPath()
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(acquireLock(path, { engine, signal })).rejects.toThrow('too late')
    expect(existsSync(`${path}.lock`)).toBe(false)
    await using lock = await acquireLock(path, { engine })
    expect(lock.isValid()).toBe(true)
  })

  it('can be lost: the next look, the signal, a fact and the release all say so', async () => {
    const path = freshPath()
    putFree(path)
    const facts = recordedFacts<LockFact>()
    const lock = await acquireLock(path, { engine, observe: facts.observe })
    expect([lock.isValid(), lock.signal.aborted]).toEqual([true, false])
    await breakLock(path, { fence: lock.fence })
    const successor = heldToken(lock.fence + 1, living())
    moveToken(path, successor)

    expect(lock.isValid()).toBe(false)
    expect(lock.signal.aborted).toBe(true)
    expect(lock.signal.reason).toBeInstanceOf(LockLostError)
    expect(lock.signal.reason).toMatchObject({ code: 'LOCK_LOST', path, fence: 8 })
    expect(() => lock.assertValid()).toThrow(lock.signal.reason as LockLostError)
    await expect(lock.release()).rejects.toBe(lock.signal.reason)
    await lock.release()
    expect(tokenOf(path)).toEqual(successor)
    expect(facts.all.map(({ kind }) => kind)).toEqual(['lock.won', 'lock.lost'])
  })

  it('that was lost unnoticed is noticed by the release, which leaves the successor alone', async () => {
    const path = freshPath()
    const facts = recordedFacts<LockFact>()
    const lock = await acquireLock(path, { engine, observe: facts.observe })
    await breakLock(path, { fence: lock.fence })
    const successor = heldToken(lock.fence + 1, living())
    moveToken(path, successor)
    await expect(lock.release()).rejects.toMatchObject({ code: 'LOCK_LOST', fence: lock.fence })
    expect(tokenOf(path)).toEqual(successor)
    expect(facts.ofKind('lock.lost')).toHaveLength(1)
    expect(facts.ofKind('lock.released')).toEqual([])
  })

  it('can be had again in this thread after it was lost and let go of', async () => {
    const path = freshPath()
    const lost = await acquireLock(path, { engine })
    rmSync(`${path}.lock`, { recursive: true })
    await expect(lost.release()).rejects.toMatchObject({ code: 'LOCK_LOST' })
    await using lock = await tryLock(path, { engine })
    expect([lock.isValid(), lock.fence > lost.fence]).toEqual([true, true])
  })

  it('tells what it did: won, released, and for how long', async () => {
    const path = freshPath()
    putFree(path)
    const clock = new VirtualClock()
    const facts = recordedFacts<LockFact>()
    const lock = await acquireLock(path, { engine, clock, observe: facts.observe })
    await clock.advance(300)
    await lock.release()
    expect(facts.all).toEqual([
      { kind: 'lock.won', path, engine, fence: 8, waitedMs: 0 },
      { kind: 'lock.released', path, fence: 8, heldMs: 300 },
    ])
  })

  it('leaves no exit listener behind, and no signal listener at any time', async () => {
    const path = freshPath()
    const [exits = 0, ...signals] = listeners()
    const outer = await acquireLock(path, { engine })
    expect(listeners()).toEqual([exits + 1, ...signals])
    const inner = await acquireLock(`${path}.2`, { engine })
    expect(listeners()).toEqual([exits + 1, ...signals])
    await outer.release()
    expect(listeners()).toEqual([exits + 1, ...signals])
    await inner.release()
    expect(listeners()).toEqual([exits, ...signals])
    await tryLock(path, { engine }).then((lock) => lock.release())
    putHolder(`${path}.3`, living())
    await tryLock(`${path}.3`, { engine }).catch(() => {})
    expect(listeners()).toEqual([exits, ...signals])
  })

  it('leaves no timer behind', async () => {
    const path = freshPath()
    putFree(path)
    const clock = new VirtualClock()
    const lock = await acquireLock(path, { engine, clock })
    await lock.release()
    expect(clock.waiting).toBe(0)
  })

  it('is refused where another version of this package wrote', async () => {
    const path = freshPath()
    putLock(path, 'h2.9.someone')
    const facts = recordedFacts<LockFact>()
    const before = traceOf(path)
    await expect(acquireLock(path, { engine, observe: facts.observe })).rejects.toMatchObject({
      code: 'LOCK_VERSION',
      message: expect.stringContaining('h2.9.someone') as string,
    })
    expect(facts.all).toEqual([{ kind: 'lock.failed', path, code: 'LOCK_VERSION' }])
    expect(traceOf(path)).toEqual(before)
  })

  it('is refused where a file stands in its place', async () => {
    const path = freshPath()
    writeFileSync(`${path}.lock`, 'someone’s')
    await expect(acquireLock(path, { engine })).rejects.toMatchObject({
      code: 'LOCK_NOT_A_DIRECTORY',
    })
  })

  it('is refused where a directory stands that has another purpose, and nothing in it is touched', async () => {
    const path = freshPath()
    putLock(path)
    writeFileSync(join(`${path}.lock`, 'thesis.tex'), 'years of work')
    const before = traceOf(path)
    await expect(tryLock(path, { engine })).rejects.toMatchObject({
      code: 'LOCK_NOT_A_DIRECTORY',
      message: expect.stringContaining('thesis.tex') as string,
    })
    expect(traceOf(path)).toEqual(before)
  })

  it('is refused where its directory is missing, or made there when asked for', async () => {
    const path = join(fresh(), 'not', 'yet', 'state.json')
    const facts = recordedFacts<LockFact>()
    const refused = acquireLock(path, { engine, observe: facts.observe })
    await expect(refused).rejects.toBeInstanceOf(LockFailedError)
    await expect(refused).rejects.toMatchObject({ code: 'LOCK_DIRECTORY_MISSING', path })
    expect(facts.all).toEqual([{ kind: 'lock.failed', path, code: 'LOCK_DIRECTORY_MISSING' }])
    await using lock = await acquireLock(path, { engine, createDirectory: true })
    expect(lock.isValid()).toBe(true)
  })

  it('is mended where someone removed its token, and its fence grows all the same', async () => {
    const path = freshPath()
    const first = await acquireLock(path, { engine })
    await first.release()
    writeFileSync(join(`${path}.lock`, ticketOf(1, dead()).name), '')
    unlinkSync(join(`${path}.lock`, tokenOf(path).name))
    await using lock = await tryLock(path, { engine })
    expect(lock.fence).toBeGreaterThan(first.fence)
    expect(tokenOf(path)).toEqual(heldToken(lock.fence, lock.owner))
  })
})

describe('a lock that loses its token', () => {
  it.each(['direct', 'kernel'] as const)(
    'is told within a second, by the heartbeat of %s',
    async (engine) => {
      const path = freshPath()
      putFree(path)
      const clock = new VirtualClock()
      const facts = recordedFacts<LockFact>()
      const lock = await acquireLock(path, { engine, clock, observe: facts.observe })
      await clock.advance(10_500)
      expect(lock.signal.aborted).toBe(false)
      await breakLock(path, { fence: lock.fence })
      await clock.advance(499)
      expect(lock.signal.aborted).toBe(false)
      await clock.advance(1)
      expect(lock.signal.aborted).toBe(true)
      expect(facts.ofKind('lock.lost')).toEqual([
        { kind: 'lock.lost', path, fence: 8, heldMs: 11_000 },
      ])
      await expect(lock.release()).rejects.toMatchObject({ code: 'LOCK_LOST' })
      expect(clock.waiting).toBe(0)
    },
  )

  it('shows a signal that is aborted, even one first asked for after the loss', async () => {
    const path = freshPath()
    const lock = await acquireLock(path, { engine: 'direct' })
    await breakLock(path, { fence: lock.fence })
    expect(lock.isValid()).toBe(false)
    expect(lock.signal.reason).toMatchObject({ code: 'LOCK_LOST' })
    await lock.release().catch(() => {})
  })

  it('shows a sign of life every second while it has it', async () => {
    const path = freshPath()
    putFree(path)
    const clock = new VirtualClock()
    await using lock = await acquireLock(path, { engine: 'direct', clock })
    const token = join(`${path}.lock`, tokenOf(path).name)
    utimesSync(token, 1, 1)
    const before = traceOf(path)
    await clock.advance(999)
    expect(traceOf(path)).toEqual(before)
    await clock.advance(1)
    expect(traceOf(path)).not.toEqual(before)
    expect(lock.isValid()).toBe(true)
  })
})

describe('withLock', () => {
  const options = { engine: 'direct' } as const

  it('runs the work inside, gives its result, and gives the lock back', async () => {
    const path = freshPath()
    const result = await withLock(path, options, (lock) => {
      expect(tokenOf(path)).toEqual(heldToken(lock.fence, lock.owner))
      return 'done'
    })
    expect([result, tokenOf(path).kind]).toEqual(['done', 'free'])
  })

  it('gives the lock back when the work throws, at once or later', async () => {
    const path = freshPath()
    const works = [
      (): never => {
        throw new Error('the work failed')
      },
      async (): Promise<never> => Promise.reject(new Error('the work failed')),
    ]
    for (const work of works) {
      await expect(withLock(path, options, work)).rejects.toThrow('the work failed')
      expect(tokenOf(path).kind).toBe('free')
    }
  })

  it('tells of a loss that the work did not notice', async () => {
    const path = freshPath()
    const done = withLock(path, options, (lock) => breakLock(path, { fence: lock.fence }))
    await expect(done).rejects.toMatchObject({ code: 'LOCK_LOST' })
  })

  it('tells what the work threw rather than a loss', async () => {
    const path = freshPath()
    const facts = recordedFacts<LockFact>()
    const done = withLock(path, { ...options, observe: facts.observe }, async (lock) => {
      await breakLock(path, { fence: lock.fence })
      throw new Error('the work failed')
    })
    await expect(done).rejects.toThrow('the work failed')
    expect(facts.ofKind('lock.lost')).toHaveLength(1)
  })

  it('does not run the work if the lock cannot be had', async () => {
    const path = freshPath()
    putHolder(path, living())
    let hasRun = false
    const done = withLock(path, { ...options, waitMs: 0 }, () => (hasRun = true))
    await expect(done).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
    expect(hasRun).toBe(false)
  })

  it('does not mind if the work gave the lock back itself', async () => {
    const path = freshPath()
    await withLock(path, options, (lock) => lock.release())
    expect(tokenOf(path).kind).toBe('free')
  })
})
