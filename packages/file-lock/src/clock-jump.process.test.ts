import { readdirSync, renameSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { afterAll, describe, expect, it } from 'vitest'
import { inspectLock } from './index.ts'
import { ENGINES, startServant, until, untilWaiting, type Servant } from './process.fixture.ts'

const HOUR_MS = 3_600_000
const JUMPS = [HOUR_MS, -HOUR_MS]
const name = 'it'
const staleMs = 2_000

const directory = scratch(afterAll)

const tokenOf = (path: string): string => {
  const token = readdirSync(`${path}.lock`).find((entry) => /^[fh]/.test(entry)) ?? ''
  return join(`${path}.lock`, token)
}

/** Waits until the holder has shown so many signs of life. */
async function beats(path: string, count: number): Promise<void> {
  for (let seen = 0; seen < count; seen += 1) {
    const { mtimeMs } = statSync(tokenOf(path))
    await until(() => statSync(tokenOf(path)).mtimeMs !== mtimeMs)
  }
}

describe.concurrent.each(ENGINES)('when a wall clock jumps by an hour: %s', (engine) => {
  it('a holder that lives keeps its lock, whosoever clock it was and whatever the waiters go by', async () => {
    const at = directory()
    const options = { engine, staleMs, waitMs: 100_000 }
    await using holder = await startServant()
    await using byDeath = await startServant()
    await using byLease = await startServant()
    const path = join(at, 'state.json')
    await holder.ask({ do: 'acquire', name, path, options })
    const waits = [
      byDeath.ask({ do: 'acquire', name, path, options }),
      byLease.ask({ do: 'acquire', name, path, options: { ...options, takeover: 'lease' } }),
    ]
    await untilWaiting(path, 2)
    for (const servant of [holder, byDeath, byLease]) {
      for (const byMs of JUMPS) {
        await servant.ask({ do: 'jump', byMs })
        await beats(path, 1)
        expect(await inspectLock(path)).toMatchObject({ owner: { pid: holder.pid } })
      }
    }
    expect((await holder.ask({ do: 'release', name })).code).toBeUndefined()
    await Promise.race(waits)
  })

  it.each(JUMPS)('a dead holder is replaced at once, when a clock is %i ms off', async (byMs) => {
    for (const jumper of ['holder', 'waiter']) {
      const path = join(directory(), 'state.json')
      await using holder = await startServant()
      await using waiter = await startServant()
      await (jumper === 'holder' ? holder : waiter).ask({ do: 'jump', byMs })
      // The lease would last longer than this test.
      const options = { engine, staleMs: 600_000, waitMs: 60_000 }
      const first = await holder.ask({ do: 'acquire', name, path, options })
      await holder.kill()
      const second = await waiter.ask({ do: 'acquire', name, path, options })
      expect(second.facts?.[0]).toMatchObject({ kind: 'lock.taken-over', because: 'dead' })
      expect(second.fence).toBeGreaterThan(first.fence ?? Infinity)
    }
  })
})

/** Makes a holder one of another set of processes, of whom nobody here can tell whether it lives. */
async function strange(path: string, holder: Servant): Promise<void> {
  await holder.ask({ do: 'acquire', name, path, options: { engine: 'direct' } })
  await holder.kill()
  const token = tokenOf(path)
  renameSync(token, token.replace('_init_', '_0123456789_'))
}

describe.concurrent('the lease of a holder of whom no proof of death can be had', () => {
  it.each(JUMPS)(
    "lasts by the waiter's own steady clock, whatever time was stamped or is shown: %i ms off",
    async (byMs) => {
      const path = join(directory(), 'state.json')
      await using waiter = await startServant()
      await strange(path, await startServant())
      const stampMs = systemClock.wallMs() + byMs
      utimesSync(tokenOf(path), stampMs / 1000, stampMs / 1000)
      const answer = waiter.ask({
        do: 'acquire',
        name,
        path,
        options: { staleMs, waitMs: 100_000, takeover: 'dead' },
      })
      await untilWaiting(path, 1)
      await waiter.ask({ do: 'jump', byMs: -byMs })
      const { facts, waitedMs } = await answer
      expect(facts?.[0]).toMatchObject({ kind: 'lock.taken-over', because: 'lease' })
      expect(waitedMs).toBeGreaterThanOrEqual(staleMs)
    },
  )
})
