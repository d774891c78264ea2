import { addObservation, emptySums, type Sums } from '@holdfast/linucb'
import { describe, expect, it } from 'vitest'
import type { BanditStore } from '../bandit-store.ts'
import { DIM, lesson, plain, type Laboratory } from './laboratory.ts'

function imported(): Map<string, Sums> {
  const sums = emptySums(DIM)
  // Not multiples of anything, as another system's sums are.
  addObservation(sums, Float64Array.from([1, 0.1, 1 / 3]), Math.SQRT2)
  return new Map([['R7', sums]])
}

export function keeping(lab: Laboratory): void {
  describe('what another system learned', () => {
    it('is taken over once, as it is, for all users', async () => {
      const { store, another } = await lab.open()
      const users = [store, await another()]
      const sums = imported()
      expect(await store.importSums(sums)).toBe('imported')
      sums.get('R7')!.b.fill(17)
      await users[1]!.catchUp()
      expect(await users[1]!.importSums(imported())).toBe('taken')
      for (const user of [...users, await another()]) {
        expect(user.read().imported).toEqual(imported())
        expect(user.read().decisions).toBe(0)
      }
    })

    it('is not mixed into what was learned here', async () => {
      const { store, another } = await lab.open()
      const other = await another()
      await store.reward(lab.id(), lesson())
      expect(await other.importSums(imported())).toBe('taken')
      expect(other.read().imported.size).toBe(0)
    })

    it('is taken over by one of two users who offer theirs at the same moment', async () => {
      const { store, another } = await lab.open()
      const users = [store, await another()]
      const results = await Promise.all(users.map((user) => user.importSums(imported())))
      expect(results.toSorted()).toEqual(['imported', 'taken'])
      for (const user of users) {
        await user.catchUp()
        expect(user.read().imported).toEqual(imported())
      }
    })

    it('goes on being learned', async () => {
      const { store } = await lab.open()
      await store.importSums(imported())
      expect(await store.reward(lab.id(), lesson({ arm: 'R7' }))).toBe('applied')
      expect(store.read().imported).toEqual(imported())
      expect(store.read().decisions).toBe(1)
    })

    it.each<[string, Partial<Sums>]>([
      ['of another dimension', { a: new Float64Array(10), b: new Float64Array(4) }],
      ['of no numbers', { b: Float64Array.from([1, Number.NaN, 0]) }],
      ['of an endless sum', { rewardSum: Infinity }],
      ['of less than no pulls', { pulls: -1 }],
    ])('is refused if it is %s', async (_what, wrong) => {
      const { store } = await lab.open()
      const sums = new Map([['R7', { ...emptySums(DIM), ...wrong }]])
      await expect(store.importSums(sums)).rejects.toMatchObject({
        code: 'BANDIT_STORE_INPUT',
        field: 'sums.R7',
      })
      expect(store.read().imported.size).toBe(0)
    })
  })

  describe('a compaction', () => {
    it('changes nothing that is known', async () => {
      const { store, another } = await lab.open()
      const other = await another()
      const ids = Array.from({ length: 20 }, () => lab.id())
      for (const id of ids) await store.reward(id, lesson())
      await other.reward(lab.id(), lesson({ arm: 'R2' }))
      expect(await store.compact()).toEqual({ kind: 'done', decisions: 21 })
      const before = plain(store.read())
      for (const user of [other, await another()]) {
        await user.catchUp()
        expect(plain(user.read())).toEqual(before)
        for (const id of ids) expect(await user.reward(id, lesson())).toBe('duplicate')
        expect(plain(user.read())).toEqual(before)
      }
    })

    it('leaves a decision open for its other part', async () => {
      const { store, another } = await lab.open()
      const id = lab.id()
      await store.reward(id, lesson({ part: 'later' }))
      await store.compact()
      const other = await another()
      expect(await other.reward(id, lesson())).toBe('applied')
      expect(await other.reward(id, lesson({ part: 'later' }))).toBe('duplicate')
      expect(other.read().decisions).toBe(1)
    })

    it('may happen at any time, also twice at once', async () => {
      const { store, another } = await lab.open()
      const users = [store, await another()]
      for (let round = 0; round < 5; round += 1) {
        await Promise.all([
          ...users.flatMap((user) => [1, 2, 3].map(() => user.reward(lab.id(), lesson()))),
          ...users.map((user) => user.compact()),
        ])
      }
      for (const user of users) {
        await user.catchUp()
        expect(user.read().decisions).toBe(30)
        expect(await user.verify()).toMatchObject({ isSound: true, problems: [], decisions: 30 })
      }
    })
  })

  describe('a store', () => {
    it('is sound and healthy', async () => {
      const { store } = await lab.open()
      await store.reward(lab.id(), lesson())
      expect(await store.verify()).toMatchObject({ isSound: true, problems: [], decisions: 1 })
      expect(store.health()).toMatchObject({ status: 'ok', unsaved: 0, error: null })
    })

    it('keeps what it was told when it is closed, for those who are still there', async () => {
      const { store, another } = await lab.open()
      const other = await another()
      const told = store.reward(lab.id(), lesson())
      await store.close()
      expect(await told).toBe('applied')
      await other.catchUp()
      expect(other.read().decisions).toBe(1)
    })

    it.each<[string, (store: BanditStore, id: string) => unknown]>([
      ['reward', (store, id) => store.reward(id, lesson())],
      ['remember', (store, id) => store.remember(id, lesson())],
      ['recall', (store, id) => store.recall(id)],
      ['read', (store) => store.read()],
      ['watch', (store) => store.watch()],
      ['catchUp', (store) => store.catchUp()],
      ['importSums', (store) => store.importSums(imported())],
      ['compact', (store) => store.compact()],
      ['verify', (store) => store.verify()],
    ])('that was closed refuses %s', async (_method, call) => {
      const { store } = await lab.open()
      await store.close()
      await store.close()
      await expect(async () => call(store, lab.id())).rejects.toMatchObject({
        code: 'BANDIT_STORE_CLOSED',
      })
    })
  })
}
