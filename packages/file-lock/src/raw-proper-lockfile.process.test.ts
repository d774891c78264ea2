import { statSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { afterAll, describe, expect, it } from 'vitest'
import { inspectLock } from './index.ts'
import { ENGINES, startServant, until, untilWaiting } from './process.fixture.ts'

const RACES = 100
const name = 'it'
const staleMs = 2_000
/** As short as proper-lockfile allows, so that it would break what it thinks stale. */
const raw = { stale: 2_000, update: 1_000 }

const directory = scratch(afterAll)

/** Waits until a bare holder has shown so many signs of life. */
async function rawBeats(path: string, count: number): Promise<void> {
  const touchedMs = (): number => statSync(`${path}.lock`).mtimeMs
  for (let seen = 0; seen < count; seen += 1) {
    const lastMs = touchedMs()
    await until(() => touchedMs() !== lastMs)
  }
}

describe.concurrent.each(ENGINES)('beside proper-lockfile without this package: %s', (engine) => {
  const options = { engine, staleMs, waitMs: 100_000 }

  it('waits while the other holds it, and goes in when that gives it back', async () => {
    const path = join(directory(), 'state.json')
    await using other = await startServant()
    await using ours = await startServant()
    expect(await other.ask({ do: 'raw-lock', path, options: raw })).toEqual({})
    const answer = ours.ask({ do: 'acquire', name, path, options })
    // Longer than our lease, more than once.
    await rawBeats(path, 5)
    expect(await inspectLock(path)).toMatchObject({ state: 'foreign' })
    expect(namesIn(`${path}.lock`)).toEqual([])
    expect(await other.ask({ do: 'raw-unlock', path })).toEqual({})
    expect((await answer).code).toBeUndefined()
  })

  it('goes in after the lease of one who was killed', async () => {
    const path = join(directory(), 'state.json')
    await using other = await startServant()
    await using ours = await startServant()
    await other.ask({ do: 'raw-lock', path, options: raw })
    await other.kill()
    const { code, waitedMs } = await ours.ask({ do: 'acquire', name, path, options })
    expect(code).toBeUndefined()
    expect(waitedMs).toBeGreaterThanOrEqual(staleMs)
  })

  it('lets the other neither in nor break the lock, held or free, however old that is', async () => {
    const path = join(directory(), 'state.json')
    await using other = await startServant()
    await using ours = await startServant()
    await using third = await startServant()
    const { owner } = await ours.ask({ do: 'acquire', name, path, options })
    // The directory is not touched again: a second wait of ours measures that it is past the other's idea of stale.
    const patient = third.ask({
      do: 'acquire',
      name,
      path,
      options: { ...options, waitMs: 2 * raw.stale },
    })
    await untilWaiting(path, 1)
    const early = await other.ask({ do: 'raw-lock', path, options: raw })
    expect(await patient).toMatchObject({ code: 'LOCK_TIMEOUT' })
    const late = await other.ask({ do: 'raw-lock', path, options: raw })
    for (const { code } of [early, late]) expect(['ELOCKED', 'ENOTEMPTY']).toContain(code)
    expect(await inspectLock(path)).toMatchObject({ state: 'held', owner })
    expect((await ours.ask({ do: 'release', name })).code).toBeUndefined()
    const after = await other.ask({ do: 'raw-lock', path, options: raw })
    expect(['ELOCKED', 'ENOTEMPTY']).toContain(after.code)
    expect((await third.ask({ do: 'try', name, path, options: { engine } })).code).toBeUndefined()
  })

  it(`starts at once with it on a path that was never locked, ${RACES} times: one gets in`, async () => {
    const at = directory()
    await using other = await startServant()
    await using ours = await startServant()
    const winners = new Set<string>()
    for (let race = 0; race < RACES; race += 1) {
      const path = join(at, `state-${race}.json`)
      const asked = [
        () => other.ask({ do: 'raw-lock', path, options: raw }),
        () => ours.ask({ do: 'try', name: path, path, options: { engine } }),
      ]
      // Whoever is told first has a head start, so they take turns.
      const answers = (race % 2 === 0 ? asked : asked.toReversed()).map((ask) => ask())
      const [theirs, mine] = race % 2 === 0 ? answers : answers.toReversed()
      const inside = [await theirs, await mine].map((answer) => answer?.code === undefined)
      expect(inside).not.toEqual([true, true])
      if (inside[0] === true) winners.add('theirs')
      if (inside[1] === true) winners.add('ours')
      // Whoever is in is in: what the disk says agrees.
      const { state } = await inspectLock(path)
      expect(['held', 'foreign', 'free']).toContain(state)
      expect(state === 'held').toBe(inside[1])
      expect(state === 'foreign').toBe(inside[0])
    }
    expect([...winners].toSorted()).toEqual(['ours', 'theirs'])
  })
})
