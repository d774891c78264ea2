import { seededRandom, VirtualClock } from '@holdfast/seams/testing'
import { unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { COURTESY_MS } from './courtesy.ts'
import { directEngine } from './direct-engine.ts'
import type { Attempt, Contest, Grip } from './engine.ts'
import { freeToken, parseEntryName, ticketOf, type Ticket } from './entry-name.ts'
import {
  dead,
  elsewhere,
  living,
  moveToken,
  putFree,
  putHolder,
  putLock,
  tokenOf,
} from './holders.fixture.ts'
import { identity } from './identity.ts'
import { acquireLock, tryLock } from './lock.ts'

const fresh = scratch()
const FAIRNESS_MS = 24

/** A lock that a living process holds, and those who contend for it with it. */
function contest(fairnessMs = FAIRNESS_MS) {
  const path = join(fresh(), 'state.json')
  const key = `${path}.lock`
  const held = putHolder(path, living())
  const clock = new VirtualClock()
  const terms = {
    takeover: 'dead',
    staleMs: 10_000,
    fairnessMs,
    createDirectory: false,
    clock,
    random: seededRandom('contest'),
  } as const
  return {
    path,
    clock,
    contend: (): Contest => directEngine.contend(key, terms),
    /** What the holder does when it gives back. */
    giveBack: (): void => moveToken(path, freeToken(held.fence, identity().boot)),
    putTicket: (ticket: Ticket): void => writeFileSync(join(key, ticket.name), ''),
    tickets: (): number[] =>
      namesIn(key).flatMap((name) => {
        const entry = parseEntryName(name)
        return entry?.kind === 'ticket' ? [entry.number] : []
      }),
  }
}

function gripOf(attempt: Attempt): Grip {
  if (attempt.kind === 'taken') throw new Error('the lock was not won')
  return attempt.grip
}

describe('one who waits', () => {
  it('takes a place in the order after an eighth of the fairness, and leaves it with the lock', async () => {
    const { clock, contend, giveBack, tickets } = contest()
    const waiter = contend()
    await waiter.attempt()
    await clock.advance(FAIRNESS_MS / 8 - 1)
    await waiter.attempt()
    expect(tickets()).toEqual([])
    await clock.advance(1)
    await waiter.attempt()
    await waiter.attempt()
    expect(tickets()).toEqual([1])
    giveBack()
    gripOf(await waiter.attempt())
    expect(tickets()).toEqual([])
  })

  it('stands behind those who wait already', async () => {
    const { clock, contend, putTicket, tickets } = contest(0)
    putTicket(ticketOf(41, living()))
    await contend().attempt()
    await clock.advance(1)
    await contend().attempt()
    expect(tickets()).toEqual([41, 42, 43])
  })

  it('leaves its place when it gives up', async () => {
    const { clock, contend, tickets } = contest(0)
    const waiter = contend()
    await waiter.attempt()
    await clock.advance(1)
    expect(tickets()).toEqual([1])
    waiter.leave()
    waiter.leave()
    expect(tickets()).toEqual([])
  })

  it('takes a new place when someone removed its ticket', async () => {
    const { path, contend, tickets } = contest(0)
    const waiter = contend()
    await waiter.attempt()
    for (const name of namesIn(`${path}.lock`)) {
      if (name.startsWith('w')) unlinkSync(join(`${path}.lock`, name))
    }
    await waiter.attempt()
    expect(tickets()).toEqual([1])
  })

  it('takes no place with fairnessMs Infinity', async () => {
    const { clock, contend, tickets } = contest(Infinity)
    const waiter = contend()
    await waiter.attempt()
    await clock.advance(10_000)
    await waiter.attempt()
    expect(tickets()).toEqual([])
  })
})

describe('a free lock for which someone waits', () => {
  it('goes to whoever comes, until that one has waited for the fairness', async () => {
    const { contend, giveBack, putTicket } = contest()
    putTicket(ticketOf(1, living()))
    await contend().attempt()
    giveBack()
    expect(await contend().attempt()).toMatchObject({ kind: 'won', opening: 'free' })
  })

  it('is then left to that one, but not for ever', async () => {
    const { clock, contend, giveBack, putTicket } = contest()
    putTicket(ticketOf(1, living()))
    await contend().attempt()
    await clock.advance(FAIRNESS_MS)
    giveBack()
    expect(await contend().attempt()).toMatchObject({ kind: 'taken', owner: null })
    await clock.advance(COURTESY_MS - 1)
    expect(await contend().attempt()).toMatchObject({ kind: 'taken', owner: null })
    await clock.advance(1)
    gripOf(await contend().attempt())
  })

  it('is left to that one also after it was long held', async () => {
    const { clock, contend, giveBack, putTicket } = contest()
    putTicket(ticketOf(1, living()))
    for (let n = 0; n < 5; n += 1) {
      await contend().attempt()
      await clock.advance(COURTESY_MS)
    }
    giveBack()
    expect(await contend().attempt()).toMatchObject({ kind: 'taken', owner: null })
  })

  it('goes to the first in the order before the second', async () => {
    const { clock, contend, giveBack } = contest(0)
    const [first, second] = [contend(), contend()]
    await first.attempt()
    await clock.advance(1)
    await second.attempt()
    giveBack()
    expect(await second.attempt()).toMatchObject({ kind: 'taken' })
    const grip = gripOf(await first.attempt())
    await grip.release()
    gripOf(await second.attempt())
  })

  it('is not left to one who died while it waited', async () => {
    const { clock, contend, giveBack, putTicket, tickets } = contest()
    putTicket(ticketOf(1, dead()))
    await contend().attempt()
    await clock.advance(FAIRNESS_MS)
    giveBack()
    const newcomer = contend()
    await newcomer.attempt()
    expect(tickets()).toEqual([])
    gripOf(await newcomer.attempt())
  })

  it('goes at once to one who does not wait, whoever waits', async () => {
    const { path, clock, contend, giveBack, putTicket } = contest()
    putTicket(ticketOf(1, living()))
    await contend().attempt()
    await clock.advance(FAIRNESS_MS)
    giveBack()
    await using lock = await tryLock(path, { engine: 'direct', clock, fairnessMs: FAIRNESS_MS })
    expect(lock.fence).toBe(8)
  })

  it('is not left for ever to one of whom nothing can be known, and its ticket goes in the end', async () => {
    const { clock, contend, giveBack, putTicket, tickets } = contest()
    putTicket(ticketOf(1, elsewhere()))
    await contend().attempt()
    giveBack()
    await clock.advance(FAIRNESS_MS)
    const newcomer = contend()
    await newcomer.attempt()
    await clock.advance(COURTESY_MS)
    expect(await gripOf(await newcomer.attempt()).release()).toBe(true)
    newcomer.leave()
    await clock.advance(10_000)
    gripOf(await contend().attempt())
    expect(tickets()).toEqual([])
  })
})

describe('a wait for a lock', () => {
  it.each(['its time is over', 'it is called off'])('leaves no ticket when %s', async (how) => {
    const { path, clock, tickets } = contest()
    const controller = new AbortController()
    const { signal } = controller
    const waiting = acquireLock(path, { engine: 'direct', clock, signal, waitMs: 100 })
    const outcome = waiting.catch((error: unknown) => error)
    await clock.advance(50)
    expect(tickets()).toEqual([1])
    if (how === 'it is called off') controller.abort(new Error('enough'))
    await clock.advance(50)
    await outcome
    expect(tickets()).toEqual([])
  })
})

describe('a directory in which no token is seen', () => {
  it('is left as it is while something in it moves: a listing may miss what is renamed', async () => {
    const path = join(fresh(), 'state.json')
    const waiting = ticketOf(1, living()).name
    putLock(path, waiting, 'k.db')
    const clock = new VirtualClock()
    const won = acquireLock(path, { engine: 'direct', clock, waitMs: 1_000 })
    await clock.advance(10)
    writeFileSync(join(`${path}.lock`, freeToken(7, identity().boot).name), '')
    await clock.advance(100)
    await using lock = await won
    expect(lock.fence).toBe(8)
    expect(namesIn(`${path}.lock`)).toEqual([tokenOf(path).name, 'k.db', waiting])
  })

  it('is mended when nothing moved for a while', async () => {
    const path = join(fresh(), 'state.json')
    putLock(path, ticketOf(1, living()).name, 'k.db')
    const clock = new VirtualClock()
    const won = acquireLock(path, { engine: 'direct', clock, waitMs: 1_000 })
    await clock.advance(100)
    await using lock = await won
    expect(lock.fence).toBeGreaterThan(clock.wallMs() * 1000 - 1e6)
    expect(namesIn(`${path}.lock`)).toEqual([tokenOf(path).name])
  })
})

describe('a lock that this thread left a moment ago', () => {
  it('is taken again from where it was left', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    for (const fence of [8, 9, 10]) {
      await using lock = await acquireLock(path, { engine: 'direct' })
      expect(lock.fence).toBe(fence)
    }
  })

  it('is looked at anew when another had it since', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    await (await acquireLock(path, { engine: 'direct' })).release()
    moveToken(path, freeToken(20, identity().boot))
    await using lock = await tryLock(path, { engine: 'direct' })
    expect([lock.fence, tokenOf(path).kind]).toEqual([21, 'held'])
  })

  it('is looked at anew when another has it, and not taken from that one', async () => {
    const path = join(fresh(), 'state.json')
    putFree(path)
    await (await acquireLock(path, { engine: 'direct' })).release()
    const { owner } = putHolder(`${path}.other`, living())
    moveToken(path, tokenOf(`${path}.other`))
    await expect(tryLock(path, { engine: 'direct' })).rejects.toMatchObject({
      code: 'LOCK_EXISTS',
      owner,
    })
  })
})
