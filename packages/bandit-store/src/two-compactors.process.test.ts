import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { expect, it } from 'vitest'
import type { CompactionStep } from './file/compaction.ts'
import { openFileStore } from './file/file-store.ts'
import { snapshotNumbers } from './file/snapshot-file.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newIds, type Told } from './lesson.fixture.ts'
import { startServant, type Servant } from './process.fixture.ts'

const directory = scratch()
const toldOf = (seed: string): Told[] => newIds(seed, 20).map((id) => ({ id, part: 'immediate' }))

it('two compactors at once agree to the last bit, and one of them at least gets through', async () => {
  const at = directory()
  const servants: Servant[] = []
  await using stack = new AsyncDisposableStack()
  for (let i = 0; i < 2; i += 1) {
    const servant = stack.use(await startServant())
    await servant.have({ do: 'open', directory: at })
    servants.push(servant)
  }
  const told: Told[] = []
  for (let round = 0; round < 20; round += 1) {
    const lessons = toldOf(`round ${round}`)
    told.push(...lessons)
    await servants[round % 2]!.have({ do: 'teach', told: lessons })
    const results = await Promise.all(servants.map((servant) => servant.ask({ do: 'compact' })))
    expect(results.map(({ code }) => code)).toEqual([undefined, undefined])
    const kinds = results.map(({ done }) => (done as { readonly kind: string }).kind)
    expect(kinds).toContain('done')
    for (const servant of servants) {
      expect(await servant.have({ do: 'catch-up' })).toMatchObject({
        decisions: told.length,
        bits: bitsOf(expected(told)),
      })
    }
  }
})

const STEPS: readonly CompactionStep[] = ['locked', 'sealed', 'read', 'written', 'published']

it.each(STEPS.flatMap((step) => [1, 2, 3].map((others) => [step, others] as const)))(
  'one that is stopped when it has %s, and its lock taken away, harms no other that makes %i snapshots meanwhile',
  async (step, others) => {
    const at = directory()
    const told = toldOf('before')
    await using bystander = await openFileStore(at, { dim: DIM })
    const teach = async (lessons: readonly Told[]): Promise<void> => {
      for (const lesson of lessons) {
        expect(await bystander.reward(lesson.id, lessonOf(lesson))).toBe('applied')
      }
    }
    await teach(told)
    await bystander.compact()

    await using stopped = await startServant()
    await stopped.have({ do: 'open', directory: at, at: { step, signal: 'SIGSTOP' } })
    const own = toldOf('own')
    told.push(...own)
    await stopped.have({ do: 'teach', told: own })
    stopped.tell({ do: 'compact' })
    await stopped.stopped()

    for (let i = 0; i < others; i += 1) {
      for (const name of readdirSync(at)) {
        if (name.startsWith('compaction')) rmSync(join(at, name), { recursive: true })
      }
      const lessons = toldOf(`other ${i}`)
      told.push(...lessons)
      await teach(lessons)
      expect(await bystander.compact()).toMatchObject({ kind: 'done' })
    }
    stopped.signal('SIGCONT')
    await stopped.hear()
    // There is the newest, and its spare.
    const [newest = 0, ...spares] = await snapshotNumbers(at)
    expect(spares).toEqual([newest - 1])

    const late = toldOf('late')
    told.push(...late)
    await stopped.have({ do: 'teach', told: late })
    await stopped.ask({ do: 'compact' })
    await bystander.catchUp()
    const bits = bitsOf(expected(told))
    expect(bitsOf(learnedOf(bystander.read()))).toBe(bits)
    expect(await stopped.have({ do: 'catch-up' })).toMatchObject({ bits })
    await using fresh = await openFileStore(at, { dim: DIM })
    expect(bitsOf(learnedOf(fresh.read()))).toBe(bits)
    expect(await fresh.verify()).toMatchObject({ problems: [] })
  },
)
