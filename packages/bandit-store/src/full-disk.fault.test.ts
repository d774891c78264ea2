import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts } from '@holdfast/seams/testing'
import { lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { BanditStore } from './bandit-store.ts'
import type { BanditStoreFact } from './facts.ts'
import { badDisk } from './bad-disk.fixture.ts'
import { openFileStore } from './file/file-store.ts'
import { filesIn } from './files.fixture.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newIds, type Told } from './lesson.fixture.ts'
import { until, type Servant } from './process.fixture.ts'

const directory = scratch()
const toldOf = (seed: string): Told[] => newIds(seed, 10).map((id) => ({ id, part: 'immediate' }))
const bitsFor = (told: readonly Told[]): string => bitsOf(expected(told))
const bitsIn = (store: BanditStore): string => bitsOf(learnedOf(store.read()))
const options = { retryMs: 20 }
const shim = lacking({ programs: ['gcc'] })

/** Waits until a process has told that everything is saved. */
const recovered = (servant: Servant): Promise<void> =>
  until(async () => (await servant.ask({ do: 'health' })).facts?.['bandit-store.recovered'] === 1)

describe.skipIf(shim !== '')(`a disk that takes no more lessons${shim}`, () => {
  it.each(['full', 'unsure'] as const)(
    '(%s): learning goes on in memory, is told as unsaved, and is saved by itself when that works again',
    async (trouble) => {
      const at = directory()
      const disk = badDisk(directory())
      const told = toldOf('before')
      const more = toldOf('more')
      const later = toldOf('later')
      const all = [...told, ...more, ...later]
      await using servant = await disk.start()
      await servant.have({ do: 'open', directory: at, options })
      await servant.have({ do: 'teach', told })
      await using bystander = await openFileStore(at, { dim: DIM })

      disk.turn(trouble, 'on')
      const refused = more.map(() => 'BANDIT_STORE_WRITE')
      expect(await servant.have({ do: 'teach', told: more })).toEqual(refused)
      expect(await servant.have({ do: 'teach', told: later })).toEqual(refused)
      expect(await servant.have({ do: 'learned' })).toEqual({ decisions: 30, bits: bitsFor(all) })
      expect(await servant.have({ do: 'health' })).toMatchObject({
        status: 'critical',
        unsaved: 20,
        error: expect.stringMatching(trouble === 'full' ? /ENOSPC/ : /EIO/),
      })
      // Two snapshots of others, and it reads everything anew: that has none of these lessons.
      await bystander.compact()
      await bystander.compact()
      expect(await servant.ask({ do: 'catch-up' })).toMatchObject({
        done: { decisions: 30, bits: bitsFor(all) },
        facts: { 'bandit-store.reloaded': 1 },
      })
      // A snapshot would hold what no segment does.
      expect(await servant.ask({ do: 'compact' })).toMatchObject({
        code: trouble === 'full' ? 'ENOSPC' : 'EIO',
      })
      disk.turn(trouble, 'off')
      await recovered(servant)
      expect(await servant.have({ do: 'health' })).toMatchObject({
        status: 'ok',
        unsaved: 0,
        error: 'null',
      })
      await servant.kill()

      await bystander.catchUp()
      expect(bitsIn(bystander)).toBe(bitsFor(all))
      await bystander.compact()
      await using fresh = await openFileStore(at, { dim: DIM })
      expect(bitsIn(fresh)).toBe(bitsFor(all))
      for (const lesson of all) {
        expect(await fresh.reward(lesson.id, lessonOf(lesson))).toBe('duplicate')
      }
    },
  )

  it.each(['catchUp', 'compact'] as const)(
    'takes back what was never acknowledged: whoever has read it forgets it, but for what was told there too (%s)',
    async (how) => {
      const at = directory()
      const disk = badDisk(directory())
      const told = toldOf('before')
      const lost = toldOf('lost')
      await using servant = await disk.start()
      await servant.have({ do: 'open', directory: at, options })
      await servant.have({ do: 'teach', told })
      await using bystander = await openFileStore(at, { dim: DIM })
      disk.turn('unsure', 'on')
      await servant.have({ do: 'teach', told: lost })
      // It tries again with a new segment, and again.
      disk.turn('stop-after-write', 'on')
      await disk.stopped(servant, 'stop-after-write')
      await bystander.catchUp()
      expect(bystander.read().decisions).toBe(told.length + lost.length)
      // One of them is told here too. That it is known already is no reason to acknowledge it unwritten.
      expect(await bystander.reward(lost[5]!.id, lessonOf(lost[5]!))).toBe('duplicate')
      disk.turn('stop-before-write', 'on')
      servant.signal('SIGCONT')
      await disk.stopped(servant, 'stop-before-write')
      await servant.kill()
      await bystander[how]()
      // The first of the others was written to a segment that holds acknowledged ones too.
      expect(bitsIn(bystander)).toBe(bitsFor([...told, lost[0]!, lost[5]!]))
      await using fresh = await openFileStore(at, { dim: DIM })
      expect(bitsIn(fresh)).toBe(bitsIn(bystander))
      expect(await bystander.verify()).toMatchObject({ problems: [] })
    },
  )

  it('keeps the snapshot there is when the next one does not fit, and leaves nothing beside it', async () => {
    const at = directory()
    const disk = badDisk(directory())
    const told = toldOf('before')
    await using servant = await disk.start()
    await servant.have({ do: 'open', directory: at, options })
    await servant.have({ do: 'teach', told })
    await servant.have({ do: 'compact' })
    const more = toldOf('more')
    await servant.have({ do: 'teach', told: more })
    disk.turn('full-tmp', 'on')
    expect(await servant.ask({ do: 'compact' })).toMatchObject({ code: 'ENOSPC' })
    const snapshots = filesIn(at).filter((name) => name.startsWith('snapshot'))
    expect(snapshots).toEqual(['snapshot.1.bin'])
    await using fresh = await openFileStore(at, { dim: DIM })
    expect(bitsIn(fresh)).toBe(bitsFor([...told, ...more]))
    disk.turn('full-tmp', 'off')
    expect(await servant.have({ do: 'compact' })).toMatchObject({ kind: 'done', decisions: 20 })
    await fresh.catchUp()
    expect(bitsIn(fresh)).toBe(bitsFor([...told, ...more]))
  })
})

const mount = lacking({ programs: ['mount', 'umount'], root: true })

describe.skipIf(mount !== '')(`a file system of 1 MiB${mount}`, () => {
  it('learns on when it is full, and has everything on disk when there is room again', async () => {
    const at = directory()
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at)
    try {
      const told = newIds('many', 3000).map((id): Told => ({ id, part: 'immediate' }))
      const filler = join(at, 'filler')
      {
        await using store = await openFileStore(at, { dim: DIM, ...options })
        const results: PromiseSettledResult<string>[] = []
        for (const [index, lesson] of told.entries()) {
          if (index === 1000) fill(filler)
          results.push(...(await Promise.allSettled([store.reward(lesson.id, lessonOf(lesson))])))
        }
        const failed = results.filter(({ status }) => status === 'rejected')
        expect(failed.length).toBeGreaterThan(1000)
        expect(store.health()).toMatchObject({ status: 'critical', error: { code: 'ENOSPC' } })
        expect(bitsIn(store)).toBe(bitsFor(told))
        rmSync(filler)
        await until(() => store.health().status === 'ok')
      }
      await using fresh = await openFileStore(at, { dim: DIM })
      expect(bitsIn(fresh)).toBe(bitsFor(told))
      expect((await fresh.compact()).decisions).toBe(told.length)
      await fresh.close()
    } finally {
      run('umount', at)
    }
  })
})

describe.skipIf(mount !== '')(`a decision of another process${mount}`, () => {
  it('is not called unknown while nothing can be written down, and is found when there is room again', async () => {
    const at = directory()
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at)
    try {
      const filler = join(at, 'filler')
      const facts = recordedFacts<BanditStoreFact>()
      const { observe } = facts
      await using one = await openFileStore(at, { dim: DIM, ...options, observe })
      await using other = await openFileStore(at, { dim: DIM, ...options, observe })
      const [never = '', ...ids] = newIds('shared', 201)
      const decided = { arm: 'R1', context: new Float64Array(DIM), note: 'x'.repeat(100) }
      expect((await other.recall(never)).kind).toBe('unknown')
      fill(filler)
      // More than what the last pages of two files may still have.
      for (const [i, id] of ids.entries()) (i % 2 === 0 ? one : other).remember(id, decided)
      await until(() => facts.ofKind('bandit-store.decisions-not-shared').length >= 2)
      expect((await other.recall(ids.at(-2)!)).kind).toBe('unavailable')
      expect((await one.recall(ids.at(-2)!)).kind).toBe('found')
      rmSync(filler)
      await until(async () => (await other.recall(ids.at(-2)!)).kind === 'found')
      expect((await other.recall(never)).kind).toBe('unknown')
    } finally {
      run('umount', at)
    }
  })
})

/** Leaves no page free. */
const fill = (path: string): void =>
  expect(() => writeFileSync(path, Buffer.alloc(2 * 1024 * 1024))).toThrow(/ENOSPC/)
