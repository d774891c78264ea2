import { scratch } from '@holdfast/test-kit'
import { expect, it } from 'vitest'
import type { CompactionStep } from './file/compaction.ts'
import { openFileStore } from './file/file-store.ts'
import { filesIn } from './files.fixture.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newIds, type Told } from './lesson.fixture.ts'
import { startServant } from './process.fixture.ts'

const directory = scratch()
const STEPS: readonly CompactionStep[] = [
  'locked',
  'sealed',
  'read',
  'written',
  'published',
  'removed',
]

it.each(STEPS)(
  'a compaction killed when it has %s loses nothing, and leaves nothing for ever',
  async (step) => {
    const at = directory()
    const told: Told[] = newIds(step, 60).map((id) => ({ id, part: 'immediate' }))
    const bits = (): string => bitsOf(expected(told.slice(0, 60)))
    // What comes before it: two snapshots, and lessons of a process that lives and of one that does not.
    await using bystander = await openFileStore(at, { dim: DIM })
    const teach = async (from: number, to: number): Promise<void> => {
      for (const lesson of told.slice(from, to)) await bystander.reward(lesson.id, lessonOf(lesson))
    }
    for (const to of [10, 20]) {
      await teach(to - 10, to)
      await bystander.compact()
    }
    await teach(20, 30)
    {
      await using dead = await startServant()
      await dead.have({ do: 'open', directory: at })
      await dead.have({ do: 'teach', told: told.slice(30, 40) })
    }

    await using victim = await startServant()
    await victim.have({ do: 'open', directory: at, at: { step, signal: 'SIGKILL' } })
    await victim.have({ do: 'teach', told: told.slice(40, 60) })
    victim.tell({ do: 'compact' })
    await victim.ended

    await bystander.catchUp()
    expect(bitsOf(learnedOf(bystander.read()))).toBe(bits())
    {
      await using fresh = await openFileStore(at, { dim: DIM })
      expect(bitsOf(learnedOf(fresh.read()))).toBe(bits())
      expect(await fresh.verify()).toMatchObject({ problems: [] })
    }

    expect(await bystander.compact()).toMatchObject({ kind: 'done', decisions: 60 })
    await bystander.compact()
    expect(filesIn(at)).toEqual([
      expect.stringMatching(/^snapshot\.\d+\.bin$/),
      expect.stringMatching(/^snapshot\.\d+\.bin$/),
    ])
    await using fresh = await openFileStore(at, { dim: DIM })
    expect(bitsOf(learnedOf(fresh.read()))).toBe(bits())
  },
)
