import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom, type Clock } from '@holdfast/seams'
import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { BanditStore } from './bandit-store.ts'
import { openFileStore } from './file/file-store.ts'
import { decodeSnapshot } from './file/snapshot.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newId, type Told } from './lesson.fixture.ts'
import { scratch } from './scratch.fixture.ts'

const directory = scratch()
const random = seededRandom('late reward')
const MINUTE_MS = 60_000
const deadlineMs = 10 * MINUTE_MS

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
  return { clock, store: await openFileStore(at, { dim: DIM, deadlineMs, clock }) }
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
      clock.aheadMs += deadlineMs + MINUTE_MS
      expect(await tell(quick, old)).toBe('expired')
      await quick.compact()
      jump(clock)
      await quick.compact()
      // To the slow process not a second has gone by since it looked.
      expect(await tell(slow, old)).toBe('applied')
      await quick.catchUp()
      expect(bitsIn(quick)).toBe(bitsOf(expected([old])))
      clock.aheadMs += MINUTE_MS
      await quick.compact()
      await using fresh = await openFileStore(at, { dim: DIM, deadlineMs, clock })
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
    clock.aheadMs += deadlineMs + MINUTE_MS
    await quick.compact()
    clock.aheadMs += MINUTE_MS
    await quick.compact()
    // Its wall clock stays behind, so that only a look at the snapshot can tell.
    slowClock.aheadMs += 10_001
    slowClock.wallAheadMs -= 10_001
    expect(await tell(slow, old)).toBe('expired')
    await quick.close()
    await slow.close()
  })

  it('are so few as was asked for, however many lessons come', async () => {
    const at = directory()
    const clock = lazyClock()
    const store = await openFileStore(at, { dim: DIM, dedupeLimit: 1000, clock })
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
    await using fresh = await openFileStore(at, { dim: DIM, dedupeLimit: 1000, clock })
    expect(bitsIn(fresh)).toBe(bitsOf(expected(told)))
  })
})
