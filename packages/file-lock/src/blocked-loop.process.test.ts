import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { afterAll, describe, expect, it } from 'vitest'
import { inspectLock } from './index.ts'
import { ENGINES, startServant, untilWaiting } from './process.fixture.ts'

const directory = scratch(afterAll)

describe.concurrent.each(ENGINES)('a holder whose event loop stands still: %s', (engine) => {
  it('keeps what is taken from the dead only; what goes by leases it loses, learns so, and harms no successor', async () => {
    const at = directory()
    const [kept, lost, until] = ['kept', 'lost', 'go-on'].map((name) => join(at, name)) as [
      string,
      string,
      string,
    ]
    await using holder = await startServant()
    await using waiter = await startServant()
    await using robber = await startServant()
    await using third = await startServant()
    const options = { engine, staleMs: 2_000, waitMs: 100_000 }
    for (const path of [kept, lost]) {
      await holder.ask({ do: 'acquire', name: path, path, options })
    }
    const block = await holder.begin({ do: 'block', until, thenRelease: [lost, kept] })

    const patient = waiter.ask({ do: 'acquire', name: kept, path: kept, options })
    await untilWaiting(kept, 1)
    // It comes later, so that when it has waited out a lease, the patient one has too.
    const robbed = await robber.ask({
      do: 'acquire',
      name: lost,
      path: lost,
      options: { ...options, engine, takeover: 'lease' },
    })
    expect(robbed.facts?.[0]).toMatchObject({ because: 'lease', from: { pid: holder.pid } })
    expect(await inspectLock(kept)).toMatchObject({ state: 'held', owner: { pid: holder.pid } })

    writeFileSync(until, '')
    expect(await block.answer).toEqual({ releases: ['LOCK_LOST', null] })
    expect(await robber.ask({ do: 'look', name: lost })).toMatchObject({ isValid: true })
    for (const one of ENGINES) {
      const answer = await third.ask({
        do: 'try',
        name: lost,
        path: lost,
        options: { engine: one },
      })
      expect(answer).toMatchObject({ code: 'LOCK_EXISTS', owner: { pid: robber.pid } })
    }
    expect((await robber.ask({ do: 'release', name: lost })).code).toBeUndefined()
    // Given back in order, not taken over.
    expect((await patient).facts?.map(({ kind }) => kind)).toEqual(['lock.won'])
  })
})
