import { recordedFacts } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { BanditStore, Lesson } from './bandit-store.ts'
import type { BanditStoreFact } from './facts.ts'
import { openFileStore } from './file/file-store.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newIds, type Told } from './lesson.fixture.ts'

const directory = scratch()
const toldOf = (seed: string, count: number): Told[] =>
  newIds(seed, count).map((id) => ({ id, part: 'immediate' }))
const bitsIn = (store: BanditStore): string => bitsOf(learnedOf(store.read()))

/** Another account of the same decision. */
const otherwise: Readonly<Record<string, (lesson: Lesson) => Lesson>> = {
  reward: (lesson) => ({ ...lesson, reward: lesson.reward + 1 }),
  arm: (lesson) => ({ ...lesson, arm: `not ${lesson.arm}` }),
  context: (lesson) => ({ ...lesson, context: Array.from(lesson.context, (x) => x / 2) }),
}

describe.each(Object.keys(otherwise))(
  'two processes that are told of one decision, with another %s',
  (what) => {
    it.each([0, 1, 2])(
      'agree to the last bit with everyone else after the next snapshots, whoever makes them (%i)',
      async (maker) => {
        const at = directory()
        const facts = recordedFacts<BanditStoreFact>()
        const { observe } = facts
        const stores: BanditStore[] = []
        await using stack = new AsyncDisposableStack()
        for (let i = 0; i < 3; i += 1) {
          stores.push(stack.use(await openFileStore(at, { dim: DIM, observe })))
        }
        const [one, other] = stores
        for (const told of toldOf(what, 5)) {
          const lesson = lessonOf(told)
          expect(await one!.reward(told.id, lesson)).toBe('applied')
          expect(await other!.reward(told.id, otherwise[what]!(lesson))).toBe('applied')
        }
        await stores[(maker + 1) % 3]!.catchUp()
        for (const round of [0, 1]) {
          expect(await stores[(maker + round) % 3]!.compact()).toMatchObject({ decisions: 5 })
        }
        for (const store of stores) await store.catchUp()
        await using fresh = await openFileStore(at, { dim: DIM })
        expect(stores.map(bitsIn)).toEqual(stores.map(() => bitsIn(fresh)))
        for (const store of stores) expect(await store.verify()).toMatchObject({ problems: [] })
        expect(facts.ofKind('bandit-store.conflict')).not.toEqual([])
      },
    )
  },
)

it('a process that is told much while it reads everything anew forgets nothing of it', async () => {
  const at = directory()
  const facts = recordedFacts<BanditStoreFact>()
  await using store = await openFileStore(at, { dim: DIM, observe: facts.observe })
  await using other = await openFileStore(at, { dim: DIM })
  const told: Told[] = []
  const over = new AbortController()
  const lane = async (name: number): Promise<void> => {
    for (let i = 0; !over.signal.aborted; i += 1) {
      const [lesson] = toldOf(`${name} ${i}`, 1)
      told.push(lesson!)
      await store.reward(lesson!.id, lessonOf(lesson!))
    }
  }
  const lanes = Array.from({ length: 8 }, (_, name) => lane(name))
  for (let i = 0; i < 20; i += 1) {
    // Two snapshots at once are more than it can follow.
    await other.compact()
    await other.compact()
    await store.catchUp()
  }
  over.abort()
  await Promise.all(lanes)
  expect(facts.ofKind('bandit-store.reloaded').length).toBeGreaterThan(5)
  expect(bitsIn(store)).toBe(bitsOf(expected(told)))
  await other.catchUp()
  expect(bitsIn(other)).toBe(bitsOf(expected(told)))
})
