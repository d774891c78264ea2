import { lacking, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { badDisk } from './bad-disk.fixture.ts'
import { openFileStore } from './file/file-store.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newIds, type Told } from './lesson.fixture.ts'
import { startServant } from './process.fixture.ts'

const directory = scratch()
const reason = lacking({ programs: ['gcc'] })
const toldOf = (seed: string): Told[] => newIds(seed, 12).map((id) => ({ id, part: 'immediate' }))
const PLACES = ['stop-before-write', 'stop-after-write', 'stop-after-sync'] as const

describe.skipIf(reason !== '')(
  `a writer that is stopped in the middle of an append${reason}`,
  () => {
    it.each(PLACES.flatMap((place) => [1, 2, 3].map((count) => [place, count] as const)))(
      '%s, across %i snapshots: what it acknowledges after that is not lost, and counts once',
      async (place, count) => {
        const at = directory()
        const disk = badDisk(directory())
        await using bystander = await openFileStore(at, { dim: DIM })
        const told = toldOf('before')
        await using writer = await disk.start()
        await writer.have({ do: 'open', directory: at })
        await writer.have({ do: 'teach', told })

        const under = toldOf('under way')
        disk.turn(place, 'on')
        writer.tell({ do: 'teach', told: under })
        await disk.stopped(writer, place)
        for (let i = 0; i < count; i += 1) {
          const lessons = toldOf(`meanwhile ${i}`)
          for (const lesson of lessons) await bystander.reward(lesson.id, lessonOf(lesson))
          told.push(...lessons)
          expect(await bystander.compact()).toMatchObject({ kind: 'done' })
        }
        writer.signal('SIGCONT')
        expect(await writer.hear()).toMatchObject({ done: under.map(() => 'applied') })
        // Whatever happens to it now.
        await writer.kill()
        told.push(...under)

        const bits = bitsOf(expected(told))
        await bystander.catchUp()
        expect(bitsOf(learnedOf(bystander.read()))).toBe(bits)
        await bystander.compact()
        await bystander.compact()
        await using fresh = await openFileStore(at, { dim: DIM })
        expect(bitsOf(learnedOf(fresh.read()))).toBe(bits)
        expect(await fresh.verify()).toMatchObject({ problems: [] })
      },
    )

    it('and is then killed: what only some have read of it is forgotten by those', async () => {
      const at = directory()
      const disk = badDisk(directory())
      const told = toldOf('before')
      await using writer = await disk.start()
      await writer.have({ do: 'open', directory: at })
      await writer.have({ do: 'teach', told })
      await using other = await openFileStore(at, { dim: DIM })
      await using compactor = await startServant()
      await compactor.have({
        do: 'open',
        directory: at,
        at: { step: 'read', signal: 'SIGSTOP' },
      })

      disk.turn('stop-before-write', 'on')
      writer.tell({ do: 'teach', told: toldOf('under way') })
      await disk.stopped(writer, 'stop-before-write')
      compactor.tell({ do: 'compact' })
      await compactor.stopped()
      // The segment was read for the snapshot. Now it grows once more, and the other reads that.
      disk.turn('stop-after-write', 'on')
      writer.signal('SIGCONT')
      await disk.stopped(writer, 'stop-after-write')
      await other.catchUp()
      expect(other.read().decisions).toBeGreaterThan(told.length)
      await writer.kill()
      compactor.signal('SIGCONT')
      await compactor.hear()

      const bits = bitsOf(expected(told))
      expect(await compactor.have({ do: 'catch-up' })).toMatchObject({ bits })
      await other.catchUp()
      expect(bitsOf(learnedOf(other.read()))).toBe(bits)
      expect(await other.verify()).toMatchObject({ problems: [] })
    })

    it('as soon as it has published, and is then killed: nobody reads there what the snapshot lacks', async () => {
      const at = directory()
      const disk = badDisk(directory())
      const told = toldOf('before')
      await using compactor = await disk.start()
      await compactor.have({
        do: 'open',
        directory: at,
        at: { step: 'published', told: toldOf('after it') },
      })
      await compactor.have({ do: 'teach', told })
      await using other = await openFileStore(at, { dim: DIM })
      disk.turn('stop-after-write', 'on')
      compactor.tell({ do: 'compact' })
      await disk.stopped(compactor, 'stop-after-write')
      await compactor.kill()
      await other.catchUp()
      await using fresh = await openFileStore(at, { dim: DIM })
      expect(bitsOf(learnedOf(other.read()))).toBe(bitsOf(learnedOf(fresh.read())))
      expect(await other.verify()).toMatchObject({ problems: [] })
    })
  },
)
