import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { EngineName } from './index.ts'
import { ENGINES, startServant, startServants, untilWaiting } from './process.fixture.ts'
import { openWitness, report } from './witness.fixture.ts'

const ROUNDS = 200
const WAITERS = 8
/** In every so manyth round a holder is killed inside, with all eight waiting for it. */
const KILL_EVERY = 10

const directory = scratch()

/** The waiters' engines, in turn. */
const CASES: readonly (readonly [string, readonly EngineName[]])[] = [
  ...ENGINES.map((engine) => [engine, [engine]] as const),
  ['all engines at once', ENGINES],
]

/**
 * Gives the free lock to a holder that was killed before, under the next fence: what was left by the real one, with a new
 * number, which is what it would have left if it had taken the lock once more.
 */
function giveToDead(lock: string, deadOwner: string): void {
  const free = readdirSync(lock).find((name) => name.startsWith('f')) ?? 'no free token'
  const fence = Number(free.split('.')[1]) + 1
  renameSync(join(lock, free), join(lock, `h1.${fence}.${deadOwner}`))
}

describe(`${ROUNDS} rounds, ${WAITERS} processes, a holder that died: ${ROUNDS / KILL_EVERY} killed inside while they wait, the others found dead`, () => {
  it.each(CASES)('%s: one at a time takes over, and no update is lost', async (_name, engines) => {
    const at = directory()
    const path = join(at, 'state.json')
    openWitness(at)
    const waiters = await startServants(WAITERS)
    const killed = new Set<number>()
    let deadOwner = ''
    let stays = 0
    let next = startServant()

    const holder = async (round: number): Promise<() => Promise<void>> => {
      if (round % KILL_EVERY !== 0) {
        giveToDead(`${path}.lock`, deadOwner)
        return () => Promise.resolve()
      }
      const servant = await next
      next = startServant() // Made ready while this round goes on.
      const engine = engines[(round / KILL_EVERY) % engines.length] ?? 'direct'
      await servant.ask({ do: 'acquire', name: 'it', path, options: { engine }, at })
      const token = readdirSync(`${path}.lock`).find((name) => name.startsWith('h')) ?? ''
      deadOwner = token.split('.')[2] ?? ''
      stays += 1
      return async () => {
        await untilWaiting(path, WAITERS)
        await servant.kill()
        killed.add(servant.pid)
      }
    }

    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const kill = await holder(round)
        const visits = waiters.map((waiter, index) => {
          const options = { engine: engines[index % engines.length] ?? 'direct' }
          return waiter.ask({ do: 'visit', at, path, options, times: 1 })
        })
        await kill()
        stays += WAITERS
        for (const answer of await Promise.all(visits)) expect(answer).toEqual({})
      }
    } finally {
      await Promise.all([...waiters, await next].map((servant) => servant.kill()))
    }
    expect(killed.size).toBe(ROUNDS / KILL_EVERY)
    expect(report(at, killed)).toEqual({ stays, overlaps: 0, lostUpdates: 0, fencesFallen: 0 })
  })
})

describe('the witness', () => {
  it('sees two that are inside at once, and the update that is lost', async () => {
    const at = directory()
    openWitness(at)
    await using one = await startServant()
    await using other = await startServant()
    // Two paths are two locks: both get in.
    await one.ask({ do: 'acquire', name: 'it', path: join(at, 'one'), at })
    await other.ask({ do: 'acquire', name: 'it', path: join(at, 'other'), at })
    await one.ask({ do: 'release', name: 'it' })
    await other.ask({ do: 'release', name: 'it' })
    const { overlaps, lostUpdates } = report(at)
    expect([overlaps > 0, lostUpdates > 0]).toEqual([true, true])
  })
})
