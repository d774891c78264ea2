import { emptySums } from '@holdfast/linucb'
import { describe, expect, it } from 'vitest'
import type { BanditStore, Change } from '../bandit-store.ts'
import { EPOCH, heard, lesson, type Laboratory } from './laboratory.ts'

export function watching(lab: Laboratory): void {
  describe('a watcher', () => {
    it('is told what is learned from then on', async () => {
      const { store } = await lab.open()
      await store.reward(lab.id(), lesson())
      const { told: before } = store.read()
      const hearing = heard(store, 3)
      const id = lab.id()
      await store.reward(id, lesson({ arm: 'R2', reward: 0.1 }))
      await store.reward(id, lesson({ arm: 'R2', reward: 2, part: 'later' }))
      await store.reward(id, lesson({ arm: 'R2', reward: 2, part: 'later' }))
      await store.reward(lab.id(), lesson())
      const told = { arm: 'R2', context: Float64Array.from([1, 0.5, -0.25]), epoch: EPOCH }
      expect(await hearing).toEqual([
        { number: before + 1, ...told, reward: 410 / 4096, isFirst: true },
        { number: before + 2, ...told, reward: 2, isFirst: false },
        expect.objectContaining({ number: before + 3, arm: 'R1', isFirst: true }),
      ])
    })

    it('misses nothing between asking to watch and listening', async () => {
      const { store } = await lab.open()
      const changes = store.watch()
      await store.reward(lab.id(), lesson({ reward: 0.75 }))
      for await (const change of changes) {
        expect(change).toMatchObject({ kind: 'lessons', lessons: [{ reward: 0.75 }] })
        break
      }
    })

    it('is told what another user learned, in the order of its numbers', async () => {
      const { store, another } = await lab.open()
      const other = await another()
      const { told } = store.read()
      const hearing = heard(store, 40)
      for (let i = 0; i < 10; i += 1) {
        await Promise.all([
          ...[1, 2, 3].map(() => other.reward(lab.id(), lesson())),
          store.catchUp(),
          store.reward(lab.id(), lesson()),
        ])
      }
      await store.catchUp()
      const numbers = (await hearing).map(({ number }) => number)
      expect(numbers).toEqual(Array.from({ length: 40 }, (_number, i) => told + i + 1))
    })

    it('is told in that order also what is learned while another is caught up with', async () => {
      const { store, another } = await lab.open()
      const other = await another()
      const { told } = store.read()
      const count = 6000
      const hearing = heard(store, count)
      await Promise.all(Array.from({ length: count - 20 }, () => other.reward(lab.id(), lesson())))
      const catchingUp = store.catchUp()
      for (let i = 0; i < 20; i += 1) {
        await Promise.race([store.reward(lab.id(), lesson()), catchingUp])
      }
      await catchingUp
      const numbers = (await hearing).map(({ number }) => number)
      expect(numbers).toEqual(Array.from({ length: count }, (_number, i) => told + i + 1))
    })

    it('finds in what it reads all lessons up to the number it says, and no other', async () => {
      const { store } = await lab.open()
      const changes = store.watch()
      for (let i = 0; i < 3; i += 1) await store.reward(lab.id(), lesson())
      const { told, decisions } = store.read()
      expect(decisions).toBe(3)
      const next = store.reward(lab.id(), lesson())
      for await (const change of changes) {
        if (change.kind === 'reset') continue
        if (change.lessons.at(-1)!.number === told + 1) break
      }
      expect(await next).toBe('applied')
    })

    it('is one of several, each of whom is told everything', async () => {
      const { store } = await lab.open()
      const both = Promise.all([heard(store, 2), heard(store, 2)])
      await store.reward(lab.id(), lesson())
      await store.reward(lab.id(), lesson())
      const [one, other] = await both
      expect(one).toEqual(other)
    })

    it('that is slow is told all of it, or to read anew', async () => {
      const { store } = await lab.open()
      const changes = store.watch()
      const count = 12_000
      await Promise.all(Array.from({ length: count }, () => store.reward(lab.id(), lesson())))
      let lessons = 0
      for await (const change of changes) {
        if (change.kind === 'reset') break
        lessons += change.lessons.length
        if (lessons === count) break
      }
      expect(store.read().decisions).toBe(count)
    })

    it('is told to read anew when something was imported', async () => {
      const { store, another } = await lab.open()
      const other = await another()
      const hearing = Promise.all([store, other].map(firstOf))
      await store.importSums(new Map([['R1', { ...emptySums(3), pulls: 1 }]]))
      await other.catchUp()
      expect(await hearing).toEqual([{ kind: 'reset' }, { kind: 'reset' }])
    })

    it.each([
      ['before it listens', true],
      ['while it listens', false],
    ])('stops, without an error, when its signal is aborted %s', async (_when, isBefore) => {
      const { store } = await lab.open()
      const ending = new AbortController()
      const changes = store.watch(ending.signal)
      if (isBefore) ending.abort()
      const hearing = firstOf(store, changes)
      ending.abort()
      expect(await hearing).toBeUndefined()
      expect(await firstOf(store, store.watch(ending.signal))).toBeUndefined()
    })

    it('stops, without an error, when the store is closed', async () => {
      const { store } = await lab.open()
      const hearing = firstOf(store)
      await store.close()
      expect(await hearing).toBeUndefined()
    })
  })
}

/** The first change that is told; undefined if there is none. */
async function firstOf(
  store: BanditStore,
  changes: AsyncIterable<Change> | number = store.watch(),
): Promise<Change | undefined> {
  for await (const change of typeof changes === 'number' ? store.watch() : changes) return change
  return undefined
}
