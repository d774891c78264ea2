import { rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { afterAll, describe, expect, it } from 'vitest'
import { ENGINES, startServant } from './process.fixture.ts'

const ROUNDS = 50
const name = 'it'
const directory = scratch(afterAll)

describe.concurrent.each(ENGINES)('a lock removed by hand while it is held: %s', (engine) => {
  const options = { engine, waitMs: 60_000 }

  it.each([
    { how: 'at its next sign of life', intervalMs: {} },
    { how: 'at the next look of its watch', intervalMs: { intervalMs: 20 } },
  ])('tells its holder $how, and goes to the next under a higher fence', async ({ intervalMs }) => {
    const path = join(directory(), 'state.json')
    await using holder = await startServant()
    await using next = await startServant()
    const { fence = Infinity } = await holder.ask({ do: 'acquire', name, path, options })
    const loss = holder.ask({ do: 'await-loss', name, ...intervalMs })
    rmSync(`${path}.lock`, { recursive: true })
    expect(await loss).toMatchObject({ isAborted: true, isValid: false, message: 'LOCK_LOST' })
    const second = await next.ask({ do: 'try', name, path, options })
    expect(second.fence).toBeGreaterThan(fence)
    const release = await holder.ask({ do: 'release', name })
    expect(release.code).toBe('LOCK_LOST')
    expect(release.facts?.map(({ kind }) => kind)).toEqual(['lock.won', 'lock.lost'])
    expect(await next.ask({ do: 'look', name })).toMatchObject({ isValid: true })
    expect((await next.ask({ do: 'release', name })).code).toBeUndefined()
  })

  it(`never begins again with a number that was used, ${ROUNDS} times removed as soon as it was taken`, async () => {
    const path = join(directory(), 'state.json')
    await using one = await startServant()
    await using other = await startServant()
    const answers = [one, other].map((servant) =>
      servant.ask({ do: 'take-and-remove', path, options, times: ROUNDS }),
    )
    const all: number[] = []
    for (const { fences = [], code, message } of await Promise.all(answers)) {
      expect([code, message]).toEqual([undefined, undefined])
      expect(fences).toEqual(fences.toSorted((a, b) => a - b))
      all.push(...fences)
    }
    expect(all).toHaveLength(2 * ROUNDS)
    expect(new Set(all).size).toBe(2 * ROUNDS)
  })

  it.each([
    { what: 'the token was removed', rest: ['k.db'], staleMs: 600_000, when: 'at once' },
    { what: 'all in it was removed', rest: [], staleMs: 2_000, when: 'as late as a bare lock' },
  ])('is mended $when by the next who comes, when only $what', async ({ rest, staleMs }) => {
    const path = join(directory(), 'state.json')
    const lock = `${path}.lock`
    await using holder = await startServant()
    await using next = await startServant()
    const { fence = Infinity } = await holder.ask({ do: 'acquire', name, path, options })
    for (const entry of namesIn(lock)) rmSync(join(lock, entry))
    for (const entry of rest) writeFileSync(join(lock, entry), '')
    const second = await next.ask({ do: 'acquire', name, path, options: { ...options, staleMs } })
    expect(second.fence).toBeGreaterThan(fence)
    expect((await holder.ask({ do: 'release', name })).code).toBe('LOCK_LOST')
    expect((await next.ask({ do: 'release', name })).code).toBeUndefined()
    expect(namesIn(lock).filter((entry) => entry.startsWith('f'))).toHaveLength(1)
  })
})

describe('the file of the kernel engine removed by hand', () => {
  it('is a loss to the holder, and lets nobody in beside it', async () => {
    const path = join(directory(), 'state.json')
    const options = { engine: 'kernel' } as const
    await using holder = await startServant()
    await using next = await startServant()
    await holder.ask({ do: 'acquire', name, path, options })
    unlinkSync(join(`${path}.lock`, 'k.db'))
    for (const engine of ENGINES) {
      const answer = await next.ask({ do: 'try', name, path, options: { engine } })
      expect(answer).toMatchObject({ code: 'LOCK_EXISTS', owner: { pid: holder.pid } })
    }
    expect(await holder.ask({ do: 'look', name })).toMatchObject({ isValid: false })
    expect((await holder.ask({ do: 'release', name })).code).toBe('LOCK_LOST')
    expect((await next.ask({ do: 'try', name, path, options })).code).toBeUndefined()
    expect(await next.ask({ do: 'look', name })).toMatchObject({ isValid: true })
  })
})
