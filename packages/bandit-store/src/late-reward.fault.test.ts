import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom, type Clock } from '@holdfast/seams'
import { VirtualClock } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { BanditStore } from './bandit-store.ts'
import { openFileStore } from './file/file-store.ts'
import { decodeSnapshot } from './file/snapshot.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newId, type Told } from './lesson.fixture.ts'

const directory = scratch()
const random = seededRandom('late reward')
const MINUTE_MS = 60_000
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS
const LIMIT = 1000
const options = { dim: DIM, dedupeLimit: LIMIT }

const toldAt = (atMs: number): Told => ({ id: newId(random, atMs), part: 'immediate' })
const tell = (store: BanditStore, told: Told): Promise<string> =>
  store.reward(told.id, lessonOf(told))
const bitsIn = (store: BanditStore): string => bitsOf(learnedOf(store.read()))

/** A process whose clock moves when told, and whose timers never run: it looks only when it must. */
function lazyClock(): Clock & { aheadMs: number; wallAheadMs: number } {
  const clock = new VirtualClock()
  const lazy = {
    aheadMs: 0,
    wallAheadMs: 0,
    monotonicMs: () => clock.monotonicMs() + lazy.aheadMs,
    wallMs: () => clock.wallMs() + lazy.aheadMs + lazy.wallAheadMs,
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    after: (ms: number, run: () => void) => clock.after(ms, run),
  }
  return lazy
}

/** A store and its clock. */
async function processIn(at: string): Promise<{
  store: BanditStore
  clock: ReturnType<typeof lazyClock>
}> {
  const clock = lazyClock()
  return { clock, store: await openFileStore(at, { ...options, clock }) }
}

/** Tells a store more decisions than it has to remember, all of them of this moment or a little later. */
async function tellMany(store: BanditStore, atMs: number): Promise<Told[]> {
  const told = Array.from({ length: LIMIT + 100 }, (_, i) => toldAt(atMs + i))
  await Promise.all(told.map((lesson) => tell(store, lesson)))
  return told
}

describe('ids that are forgotten', () => {
  it.each([
    { name: 'time goes on', jump: (clock: { aheadMs: number }) => (clock.aheadMs += 30_000) },
    {
      name: 'the wall clock jumps an hour ahead',
      jump: (clock: { wallAheadMs: number }) => (clock.wallAheadMs += 60 * MINUTE_MS),
    },
  ])(
    'are refused a minute before, so that no lesson is dropped which a slow process acknowledged ($name)',
    async ({ jump }) => {
      const at = directory()
      const { store: quick, clock } = await processIn(at)
      const { store: slow } = await processIn(at)
      const old = toldAt(clock.wallMs())
      clock.aheadMs += MINUTE_MS
      const many = await tellMany(quick, clock.wallMs())
      await quick.compact()
      expect(await tell(quick, old)).toBe('expired')
      jump(clock)
      await quick.compact()
      // To the slow process not a second has gone by since it looked.
      expect(await tell(slow, old)).toBe('applied')
      await quick.catchUp()
      expect(bitsIn(quick)).toBe(bitsOf(expected([old, ...many])))
      clock.aheadMs += MINUTE_MS
      await quick.compact()
      await slow.catchUp()
      await using fresh = await openFileStore(at, { ...options, clock })
      expect([bitsIn(fresh), bitsIn(quick)]).toEqual([bitsIn(slow), bitsIn(slow)])
      expect(await fresh.verify()).toMatchObject({ problems: [] })
      await quick.close()
      await slow.close()
    },
  )

  it('a process that was stopped for long hears of it before it acknowledges', async () => {
    const at = directory()
    const { store: quick, clock } = await processIn(at)
    const { store: slow, clock: slowClock } = await processIn(at)
    const old = toldAt(clock.wallMs())
    clock.aheadMs += MINUTE_MS
    await tellMany(quick, clock.wallMs())
    await quick.compact()
    clock.aheadMs += MINUTE_MS
    await quick.compact()
    slowClock.aheadMs += 10_001
    expect(await tell(slow, old)).toBe('expired')
    await quick.close()
    await slow.close()
  })

  it('are known until the snapshot is there that forgets them', async () => {
    const at = directory()
    const clock = lazyClock()
    let isFailing = false
    const quick = await openFileStore(at, { ...options, clock }, (step) => {
      if (isFailing && step === 'written') throw new Error('it cannot be published')
    })
    const { store: slow } = await processIn(at)
    const old = toldAt(clock.wallMs())
    clock.aheadMs += MINUTE_MS
    const many = await tellMany(quick, clock.wallMs())
    await quick.compact()
    clock.aheadMs += MINUTE_MS
    isFailing = true
    await expect(quick.compact()).rejects.toThrow('it cannot be published')
    expect(await tell(slow, old)).toBe('applied')
    await quick.catchUp()
    expect(bitsIn(quick)).toBe(bitsOf(expected([old, ...many])))
    await quick.close()
    await slow.close()
  })

  it('are not forgotten because of a clock that is a year ahead: when it is right again, rewards are taken', async () => {
    const at = directory()
    const { store, clock } = await processIn(at)
    const { store: other } = await processIn(at)
    const lessons = [toldAt(clock.wallMs()), toldAt(clock.wallMs()), toldAt(clock.wallMs())]
    expect(await tell(store, lessons[0]!)).toBe('applied')
    clock.wallAheadMs += YEAR_MS
    expect(await tell(store, lessons[1]!)).toBe('expired')
    for (let snapshots = 0; snapshots < 3; snapshots += 1) {
      await store.compact()
      clock.aheadMs += MINUTE_MS
    }
    clock.wallAheadMs -= YEAR_MS
    await other.catchUp()
    await using fresh = await openFileStore(at, { ...options, clock })
    expect(await tell(store, lessons[0]!)).toBe('duplicate')
    expect(await tell(store, lessons[1]!)).toBe('applied')
    expect(await tell(other, lessons[2]!)).toBe('applied')
    expect(await tell(fresh, lessons[0]!)).toBe('duplicate')
    await fresh.catchUp()
    expect(bitsIn(fresh)).toBe(bitsOf(expected(lessons)))
    await store.close()
    await other.close()
  })

  it('are so few as was asked for, however many lessons come', async () => {
    const at = directory()
    const clock = lazyClock()
    const store = await openFileStore(at, { ...options, clock })
    const told: Told[] = []
    for (let round = 0; round < 6; round += 1) {
      const lessons = Array.from({ length: 1000 }, (_, i) => toldAt(clock.wallMs() + i))
      await Promise.all(lessons.map((lesson) => tell(store, lesson)))
      told.push(...lessons)
      clock.aheadMs += MINUTE_MS
      await store.compact()
    }
    const newest = readdirSync(at)
      .filter((name) => name.endsWith('.bin'))
      .toSorted()
      .at(-1)!
    const path = join(at, newest)
    const { contents } = decodeSnapshot(path, readFileSync(path))
    expect(contents.ids.size).toBeLessThan(2100)
    // One that is forgotten is refused, and one that is remembered known.
    expect(await tell(store, told[0]!)).toBe('expired')
    expect(await tell(store, told.at(-1)!)).toBe('duplicate')
    expect(bitsIn(store)).toBe(bitsOf(expected(told)))
    await store.close()
    await using fresh = await openFileStore(at, { ...options, clock })
    expect(bitsIn(fresh)).toBe(bitsOf(expected(told)))
  })
})
