import { scratch } from '@holdfast/test-kit'
import { expect, it, vi } from 'vitest'
import type { BanditStore } from './bandit-store.ts'
import { openFileStore } from './file/file-store.ts'
import { snapshotNumbers } from './file/snapshot-file.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newIds, type Told } from './lesson.fixture.ts'

/** A lock that everybody holds. */
vi.mock('@holdfast/file-lock', () => ({
  tryLock: async () => ({ assertValid() {}, async release() {} }),
}))

const directory = scratch()

it('without any lock each snapshot is of one maker, made from the one before, and nothing is lost', async () => {
  const at = directory()
  const stores: BanditStore[] = []
  await using stack = new AsyncDisposableStack()
  for (let i = 0; i < 3; i += 1) {
    stores.push(stack.use(await openFileStore(at, { dim: DIM, pollMs: 1000 })))
  }
  const told: Told[] = []
  let done = 0
  let elsewhere = 0
  for (let round = 0; round < 60; round += 1) {
    const lessons = newIds(`round ${round}`, 6).map((id): Told => ({ id, part: 'immediate' }))
    told.push(...lessons)
    const compactions = stores.map((store) => store.compact())
    await Promise.all(
      lessons.map((lesson, i) => stores[i % 3]!.reward(lesson.id, lessonOf(lesson))),
    )
    const kinds = (await Promise.all(compactions)).map(({ kind }) => kind)
    done += kinds.filter((kind) => kind === 'done').length
    elsewhere += kinds.filter((kind) => kind === 'elsewhere').length
    expect((await snapshotNumbers(at))[0]).toBe(done)
  }
  expect(elsewhere).toBeGreaterThan(0)
  for (const store of stores) await store.catchUp()
  const bits = bitsOf(expected(told))
  expect(stores.map((store) => bitsOf(learnedOf(store.read())))).toEqual(stores.map(() => bits))
  await using fresh = await openFileStore(at, { dim: DIM })
  expect(bitsOf(learnedOf(fresh.read()))).toBe(bits)
})
