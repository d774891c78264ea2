import { lacking, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { badDisk } from './bad-disk.fixture.ts'
import { openFileStore } from './file/file-store.ts'
import { bitsOf, DIM, expected, lessonOf, newIds, type Told } from './lesson.fixture.ts'

const directory = scratch()
const reason = lacking({ programs: ['gcc'] })
const toldOf = (seed: string): Told[] => newIds(seed, 12).map((id) => ({ id, part: 'immediate' }))

describe.skipIf(reason !== '')(`a reader that is stopped${reason}`, () => {
  it.each([1, 2, 3])(
    'between a snapshot and its segments, across %i snapshots, knows everything when it has read',
    async (count) => {
      const at = directory()
      const disk = badDisk(directory())
      await using bystander = await openFileStore(at, { dim: DIM })
      const told: Told[] = []
      const teach = async (seed: string): Promise<void> => {
        for (const lesson of toldOf(seed)) {
          await bystander.reward(lesson.id, lessonOf(lesson))
          told.push(lesson)
        }
      }
      await using reader = await disk.start()
      await reader.have({ do: 'open', directory: at, options: { pollMs: 1000 } })
      await teach('before')
      // Two snapshots at once are more than it can follow.
      await bystander.compact()
      await bystander.compact()
      disk.turn('stop-before-list', 'on')
      reader.tell({ do: 'catch-up' })
      await disk.stopped(reader, 'stop-before-list')
      for (let i = 0; i < count; i += 1) {
        await teach(`meanwhile ${i}`)
        await bystander.compact()
      }
      reader.signal('SIGCONT')
      expect(await reader.hear()).toMatchObject({ done: { bits: bitsOf(expected(told)) } })
    },
  )
})
