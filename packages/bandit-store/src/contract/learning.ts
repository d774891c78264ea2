import { addObservation, emptySums } from '@holdfast/linucb'
import { seededRandom } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { BanditStore, Learned, Lesson } from '../bandit-store.ts'
import { DIM, EPOCH, HOUR_MS, NOW_MS, lesson, plain, type Laboratory } from './laboratory.ts'

const DEADLINE_MS = 24 * HOUR_MS

/** What one observation comes to. */
function observed(context: readonly number[], reward: number): object {
  const sums = emptySums(context.length)
  addObservation(sums, Float64Array.from(context), reward)
  return { ...sums, a: [...sums.a], b: [...sums.b] }
}

function sumsOf({ epochs }: Learned, arm: string, epoch: number): object {
  const { a, b, pulls, rewardSum } = epochs.get(epoch)!.get(arm)!
  return { a: [...a], b: [...b], pulls, rewardSum }
}

export function learning(lab: Laboratory): void {
  describe('what is learned', () => {
    it('begins with nothing', async () => {
      const { store } = await lab.open()
      expect(store).toMatchObject({ dim: DIM, epochMs: HOUR_MS, awaiting: 0 })
      expect(plain(store.read())).toEqual({
        epochs: [],
        older: {},
        imported: {},
        newestEpoch: null,
        oldestKept: null,
        decisions: 0,
      })
    })

    it('is there as soon as it is told, in the epoch of its decision', async () => {
      const { store } = await lab.open()
      const { told: before } = store.read()
      const told = store.reward(lab.id(), lesson())
      expect(sumsOf(store.read(), 'R1', EPOCH)).toEqual(observed([1, 0.5, -0.25], 0.5))
      expect(await told).toBe('applied')
      expect(store.read()).toMatchObject({ decisions: 1, newestEpoch: EPOCH, told: before + 1 })
    })

    it('reaches another user', async () => {
      const { store, another } = await lab.open()
      const other = await another()
      await store.reward(lab.id(), lesson())
      await other.catchUp()
      expect(plain(other.read())).toEqual(plain(store.read()))
    })

    it('reaches a user who comes later', async () => {
      const { store, another } = await lab.open()
      await store.reward(lab.id(), lesson())
      expect(plain((await another()).read())).toEqual(plain(store.read()))
    })

    it('is kept by arm, and by epochs of a day if so wished', async () => {
      const { store } = await lab.open({ epoch: 'day' })
      await store.reward(lab.id(NOW_MS - DEADLINE_MS), lesson())
      await store.reward(lab.id(), lesson({ arm: 'R2', reward: -1 }))
      const today = Math.floor(NOW_MS / (24 * HOUR_MS))
      expect(store.epochMs).toBe(24 * HOUR_MS)
      expect(sumsOf(store.read(), 'R1', today - 1)).toMatchObject({ pulls: 1, rewardSum: 0.5 })
      expect(sumsOf(store.read(), 'R2', today)).toMatchObject({ pulls: 1, rewardSum: -1 })
    })

    it('is added up when its epoch is older than those kept apart', async () => {
      const { store } = await lab.open({ keepEpochs: 2 })
      for (const epochsAgo of [1, 3, 0, 2]) {
        await store.reward(lab.id(NOW_MS - epochsAgo * HOUR_MS), lesson({ reward: epochsAgo }))
      }
      const { epochs, older, newestEpoch, oldestKept } = store.read()
      expect(new Set(epochs.keys())).toEqual(new Set([EPOCH - 1, EPOCH]))
      expect({ newestEpoch, oldestKept }).toEqual({ newestEpoch: EPOCH, oldestKept: EPOCH - 1 })
      expect(older.get('R1')).toMatchObject({ pulls: 2, rewardSum: 5 })
    })

    it('is rounded to multiples of 2⁻¹²', async () => {
      const { store } = await lab.open()
      await store.reward(lab.id(), lesson({ context: [-8, 7.9999999, 0.1], reward: 1 / 3 }))
      const context = [-8, 8 - 1 / 4096, 410 / 4096]
      expect(sumsOf(store.read(), 'R1', EPOCH)).toEqual(observed(context, 1365 / 4096))
    })

    it('does not depend on order or user, to the last bit', async () => {
      const random = seededRandom('lessons in any order')
      const told = randomLessons(lab, random)
      const reads: object[] = []
      for (const turn of ['one', 'two', 'three']) {
        const { store, another } = await lab.open({ keepEpochs: 4 })
        const users = [store, await another()]
        await tellAll(shuffled(told, random.split(turn)), users)
        for (const user of users) {
          await user.catchUp()
          reads.push(plain(user.read()))
        }
      }
      for (const read of reads) expect(read).toEqual(reads[0])
      expect(reads[0]).toMatchObject({ decisions: 60 })
    })
  })

  describe('a decision', () => {
    it('counts once, whoever tells it again', async () => {
      const { store, another } = await lab.open()
      const id = lab.id()
      expect(await store.reward(id, lesson())).toBe('applied')
      expect(await store.reward(id, lesson())).toBe('duplicate')
      expect(await store.reward(id.toUpperCase(), lesson())).toBe('duplicate')
      const other = await another()
      expect(await other.reward(id, lesson())).toBe('duplicate')
      await store.catchUp()
      for (const user of [store, other]) expect(user.read().decisions).toBe(1)
    })

    it('counts once when two users are told of it at the same moment', async () => {
      const { store, another } = await lab.open()
      const users = [store, await another()]
      const id = lab.id()
      await Promise.all(users.flatMap((user) => [user, user]).map((u) => u.reward(id, lesson())))
      for (const user of users) {
        await user.catchUp()
        expect(sumsOf(user.read(), 'R1', EPOCH)).toMatchObject({ pulls: 1, rewardSum: 0.5 })
      }
    })

    it.each([
      ['the immediate part first', ['immediate', 'later']],
      ['the later part first', ['later', 'immediate']],
    ] as const)('of two parts is one observation of their sum: %s', async (_order, parts) => {
      const { store, another } = await lab.open()
      const other = await another()
      const id = lab.id()
      const rewards = { immediate: 0.25, later: -1 }
      for (const [i, part] of parts.entries()) {
        const user = i === 0 ? store : other
        await user.catchUp()
        expect(await user.reward(id, lesson({ part, reward: rewards[part] }))).toBe('applied')
        expect(await user.reward(id, lesson({ part, reward: rewards[part] }))).toBe('duplicate')
      }
      for (const user of [store, other]) {
        await user.catchUp()
        expect(sumsOf(user.read(), 'R1', EPOCH)).toEqual(observed([1, 0.5, -0.25], -0.75))
        expect(user.read().decisions).toBe(1)
      }
    })

    it.each([
      ['arm', { arm: 'R2' }],
      ['context', { context: [1, 0.5, 0] }],
    ])('is of one %s: a part of another is refused', async (_what, other) => {
      const { store } = await lab.open()
      const id = lab.id()
      await store.reward(id, lesson())
      const before = plain(store.read())
      await expect(store.reward(id, lesson({ ...other, part: 'later' }))).rejects.toMatchObject({
        code: 'BANDIT_STORE_INPUT',
        field: 'lesson',
      })
      expect(plain(store.read())).toEqual(before)
    })

    it('expires with its deadline', async () => {
      const { store, setWallMs } = await lab.open({ deadlineMs: DEADLINE_MS })
      const [late, last] = [lab.id(NOW_MS - DEADLINE_MS - 1), lab.id(NOW_MS - DEADLINE_MS)]
      expect(await store.reward(late, lesson())).toBe('expired')
      expect(await store.reward(last, lesson())).toBe('applied')
      setWallMs(NOW_MS + 1)
      expect(await store.reward(last, lesson({ part: 'later' }))).toBe('expired')
      expect(store.read().decisions).toBe(1)
    })

    it('may be of some minutes to come, as clocks differ, but not of hours', async () => {
      const { store } = await lab.open()
      expect(await store.reward(lab.id(NOW_MS + 10 * 60_000), lesson())).toBe('applied')
      const id = lab.id(NOW_MS + 2 * HOUR_MS)
      await expect(store.reward(id, lesson())).rejects.toMatchObject(refused('decisionId'))
      expect(store.read().decisions).toBe(1)
    })
  })

  describe('what cannot be learned is refused, and changes nothing', () => {
    const id = '0197a3c0-0000-7000-8000-000000000001'
    it.each<[string, string, unknown, unknown]>([
      ['decisionId', 'no id', undefined, lesson()],
      ['decisionId', 'no UUID', 'decision 17', lesson()],
      ['decisionId', 'a UUID of version 4', id.replace('-7', '-4'), lesson()],
      ['decisionId', 'a UUID of another variant', id.replace('-8', '-c'), lesson()],
      ['decisionId', 'more than a UUID', `${id}\n`, lesson()],
      ['arm', 'no arm', id, lesson({ arm: '' })],
      ['arm', 'an arm that is no text', id, { ...lesson(), arm: 7 }],
      ['arm', 'an arm of 256 bytes', id, lesson({ arm: 'ä'.repeat(128) })],
      ['arm', 'half a character', id, lesson({ arm: 'R\ud83d' })],
      ['arm', '__proto__', id, lesson({ arm: '__proto__' })],
      ['context.length', 'no context', id, { ...lesson(), context: undefined }],
      ['context.length', 'a context of another length', id, lesson({ context: [1, 2] })],
      ['context[1]', 'no number', id, lesson({ context: [1, Number.NaN, 0] })],
      ['context[2]', 'a null', id, { ...lesson(), context: [1, 0, null] }],
      ['context[0]', 'an 8', id, lesson({ context: [8, 0, 0] })],
      ['context[0]', 'below −8', id, lesson({ context: [-8.001, 0, 0] })],
      ['reward', 'no reward', id, { ...lesson(), reward: undefined }],
      ['reward', 'no number', id, lesson({ reward: Number.NaN })],
      ['reward', 'beyond 1000', id, lesson({ reward: -1000.001 })],
      ['part', 'a part unknown', id, { ...lesson(), part: 'last' }],
    ])('%s: %s', async (field, _what, decisionId, given) => {
      const { store } = await lab.open()
      const { told } = store.read()
      const reward = store.reward(decisionId as string, given as Lesson)
      await expect(reward).rejects.toMatchObject(refused(field))
      expect(store.read()).toMatchObject({ decisions: 0, told })
    })
  })
}

const refused = (field: string) => ({ code: 'BANDIT_STORE_INPUT', field })

type Told = readonly [id: string, lesson: Lesson]

/** 60 decisions over eight epochs, a third of them of two parts, a fifth told twice. */
function randomLessons(lab: Laboratory, random: ReturnType<typeof seededRandom>): Told[] {
  const told: Told[] = []
  for (let i = 0; i < 60; i += 1) {
    const id = lab.id(NOW_MS - random.integer(8) * HOUR_MS)
    const arm = `R${random.integer(3) + 1}`
    const context = Array.from({ length: DIM }, () => random.next() * 16 - 8)
    const reward = random.next() * 2000 - 1000
    told.push([id, { arm, context, reward }])
    if (i % 3 === 0) told.push([id, { arm, context, reward: random.next(), part: 'later' }])
    if (i % 5 === 0) told.push([id, { arm, context, reward }])
  }
  return told
}

async function tellAll(told: readonly Told[], users: readonly BanditStore[]): Promise<void> {
  await Promise.all(told.map(([id, given], i) => users[i % users.length]!.reward(id, given)))
}

function shuffled<T>(items: readonly T[], random: ReturnType<typeof seededRandom>): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item)
}
