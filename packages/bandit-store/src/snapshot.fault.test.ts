import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { BanditStoreFact } from './facts.ts'
import { openFileStore } from './file/file-store.ts'
import { filesIn } from './files.fixture.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newIds, type Told } from './lesson.fixture.ts'

const directory = scratch()
const bitsFor = (told: readonly Told[]): string => bitsOf(expected(told))

const teach = async (at: string, seed: string): Promise<Told[]> => {
  await using store = await openFileStore(at, { dim: DIM })
  const told: Told[] = newIds(seed, 5).map((id) => ({ id, part: 'immediate' }))
  for (const lesson of told) await store.reward(lesson.id, lessonOf(lesson))
  await store.compact()
  return told
}
/** Two snapshots, and all that is in them. */
const twoIn = async (at: string): Promise<{ told: Told[]; names: string[] }> => {
  const told = [...(await teach(at, 'first')), ...(await teach(at, 'second'))]
  const names = readdirSync(at).filter((name) => name.endsWith('.bin'))
  return { told, names: names.toSorted() }
}

describe('a snapshot', () => {
  it.each(['removed', 'cut', 'with a wrong byte'])(
    'that was %s gives way to the one before, and nothing is lost',
    async (how) => {
      const at = directory()
      const { told, names } = await twoIn(at)
      expect(names).toHaveLength(2)
      const [older = '', newer = ''] = names
      const bytes = readFileSync(join(at, newer))
      if (how === 'removed') rmSync(join(at, newer))
      if (how === 'cut') writeFileSync(join(at, newer), bytes.subarray(0, -9))
      if (how === 'with a wrong byte') {
        bytes[bytes.length - 30]! ^= 1
        writeFileSync(join(at, newer), bytes)
      }
      const facts = recordedFacts<BanditStoreFact>()
      {
        await using store = await openFileStore(at, { dim: DIM, observe: facts.observe })
        expect(bitsOf(learnedOf(store.read()))).toBe(bitsFor(told))
        expect(facts.ofKind('bandit-store.snapshot-broken')).toHaveLength(how === 'removed' ? 0 : 1)
        const more = await teach(at, 'third')
        await store.catchUp()
        expect(bitsOf(learnedOf(store.read()))).toBe(bitsFor([...told, ...more]))
        told.push(...more)
        expect(await store.verify()).toMatchObject({ problems: [] })
      }
      await using store = await openFileStore(at, { dim: DIM })
      expect(bitsOf(learnedOf(store.read()))).toBe(bitsFor(told))
      await store.compact()
      await store.compact()
      expect(readdirSync(at)).not.toContain(older)
    },
  )

  it('that breaks under a process which knows it is replaced by the next', async () => {
    const at = directory()
    const { told, names } = await twoIn(at)
    const facts = recordedFacts<BanditStoreFact>()
    await using store = await openFileStore(at, { dim: DIM, observe: facts.observe })
    writeFileSync(join(at, names[1]!), 'nonsense')
    await store.catchUp()
    expect(facts.all.at(-1)).toMatchObject({ kind: 'bandit-store.snapshot-broken' })
    expect((await store.verify()).isSound).toBe(false)
    await store.compact()
    expect(await store.verify()).toMatchObject({ problems: [] })
    await using other = await openFileStore(at, { dim: DIM })
    expect(bitsOf(learnedOf(other.read()))).toBe(bitsFor(told))
  })

  it('that is broken, like the one before, is BANDIT_STORE_BROKEN, and nothing is touched', async () => {
    const at = directory()
    const { names } = await twoIn(at)
    for (const name of names) {
      const bytes = readFileSync(join(at, name))
      bytes[bytes.length - 30]! ^= 1
      writeFileSync(join(at, name), bytes)
    }
    const copy = directory()
    for (const part of ['lessons', 'decisions']) mkdirSync(join(copy, part))
    for (const name of filesIn(at)) copyFileSync(join(at, name), join(copy, name))
    const before = filesIn(at)
    await expect(openFileStore(at, { dim: DIM })).rejects.toMatchObject({
      code: 'BANDIT_STORE_BROKEN',
      path: join(at, names[1]!),
    })
    expect(filesIn(at)).toEqual(before)
    for (const name of before) {
      expect(readFileSync(join(at, name)).equals(readFileSync(join(copy, name)))).toBe(true)
    }
  })
})
