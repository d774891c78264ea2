import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it, vi } from 'vitest'
import type { BanditStoreFact } from './facts.ts'
import { openFileStore } from './file/file-store.ts'
import { filesIn } from './files.fixture.ts'
import { bitsOf, DIM, expected, learnedOf, lessonOf, newIds, type Told } from './lesson.fixture.ts'

const directory = scratch()
const LESSONS = 7

/** A segment of seven lessons, with the place where each ends. */
async function segmentIn(at: string): Promise<{ file: string; bytes: Buffer; told: Told[] }> {
  const store = await openFileStore(at, { dim: DIM })
  const told: Told[] = newIds('cut', LESSONS).map((id) => ({ id, part: 'immediate' }))
  for (const lesson of told) await store.reward(lesson.id, lessonOf(lesson))
  await store.close()
  const [name = ''] = readdirSync(join(at, 'lessons'))
  const file = join('lessons', name)
  return { file, bytes: readFileSync(join(at, file)), told }
}

interface Frame {
  readonly end: number
  /** 1 names an arm, 2 is a lesson. */
  readonly type: number
  readonly armIndex: number
}

/** The frames of a segment, by the format alone. */
function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at + 8]!
    const armIndex = bytes.readUInt16LE(type === 1 ? at + 9 : at + 10)
    at += 8 + bytes.readUInt32LE(at)
    frames.push({ end: at, type, armIndex })
  }
  return frames
}

const isLesson = ({ type }: Frame): boolean => type === 2

/** A store whose only segment holds these bytes. */
function storeOf(file: string, bytes: Buffer): string {
  const at = directory()
  mkdirSync(join(at, 'lessons'))
  writeFileSync(join(at, file), bytes)
  return at
}

const bitsFor = (told: readonly Told[]): string => bitsOf(expected(told))

describe('a segment that was cut', () => {
  it('holds at every byte what was whole before it, and the store goes on', async () => {
    const { file, bytes, told } = await segmentIn(directory())
    const ends = framesOf(bytes)
      .filter(isLesson)
      .map(({ end }) => end)
    expect(ends).toHaveLength(LESSONS)
    expect(ends.at(-1)).toBe(bytes.length)
    const more: Told[] = newIds('more', 1).map((id) => ({ id, part: 'immediate' }))
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const at = storeOf(file, bytes.subarray(0, cut))
      const whole = told.slice(0, ends.filter((end) => end <= cut).length)
      const facts = recordedFacts<BanditStoreFact>()
      {
        await using store = await openFileStore(at, { dim: DIM, observe: facts.observe })
        expect(bitsOf(learnedOf(store.read()))).toBe(bitsFor(whole))
        expect(await store.reward(more[0]!.id, lessonOf(more[0]!))).toBe('applied')
        await store.compact()
        expect(await store.verify()).toMatchObject({ problems: [] })
        expect(facts.ofKind('bandit-store.segment-damaged')).toEqual([])
      }
      await using store = await openFileStore(at, { dim: DIM })
      expect(bitsOf(learnedOf(store.read()))).toBe(bitsFor([...whole, ...more]))
    }
  })
})

describe('a segment with a wrong byte in its middle', () => {
  it('loses at every byte only what lies there, tells it at the next start, and is kept', async () => {
    const { file, bytes, told } = await segmentIn(directory())
    const frames = framesOf(bytes)
    const lessons = frames.filter(isLesson)
    // What lies before the first lesson is of no lesson, and a wrong byte in the last is a cut.
    for (let at = lessons[0]!.end; at < lessons.at(-2)!.end; at += 1) {
      const broken = Buffer.from(bytes)
      broken[at]! ^= 0x41
      const path = storeOf(file, broken)
      const facts = recordedFacts<BanditStoreFact>()
      const hit = frames.find(({ end }) => at < end)!
      // With the name of an arm go all its lessons in this segment.
      const isLost = (frame: Frame): boolean =>
        isLesson(hit) ? frame === hit : frame.armIndex === hit.armIndex
      const left = told.filter((_, index) => !isLost(lessons[index]!))
      const lostBytes = (isLesson(hit) ? 0 : 13) + 42 * (LESSONS - left.length)
      {
        await using store = await openFileStore(path, { dim: DIM, observe: facts.observe })
        expect(bitsOf(learnedOf(store.read())), `byte ${at}`).toBe(bitsFor(left))
      }
      const damaged = file.replace('.log', '.damaged')
      expect(facts.ofKind('bandit-store.segment-damaged')).toMatchObject([
        { path: join(path, damaged), bytes: lostBytes },
      ])
      await using store = await openFileStore(path, { dim: DIM })
      expect(bitsOf(learnedOf(store.read()))).toBe(bitsFor(left))
      await store.compact()
      await store.compact()
      expect(filesIn(path)).toContain(damaged)
      expect(readFileSync(join(path, damaged)).equals(broken)).toBe(true)
    }
  })

  it('is passed over by another process as by the one that makes the snapshot', async () => {
    const { file, bytes, told } = await segmentIn(directory())
    const second = framesOf(bytes).filter(isLesson)[1]!
    const broken = Buffer.from(bytes)
    broken[second.end - 1]! ^= 1
    const path = storeOf(file, broken)
    await using one = await openFileStore(path, { dim: DIM })
    await using other = await openFileStore(path, { dim: DIM })
    expect((await one.compact()).decisions).toBe(LESSONS - 1)
    await other.catchUp()
    const left = bitsFor(told.filter((_, index) => index !== 1))
    expect([one, other].map((store) => bitsOf(learnedOf(store.read())))).toEqual([left, left])
  })
})

describe('a snapshot that cannot be made', () => {
  it('is not tried again at once, since it takes room that lessons need', async () => {
    const { file, bytes } = await segmentIn(directory())
    const at = storeOf(file, bytes.subarray(0, -1))
    // Where its lock is to be, something else is.
    writeFileSync(join(at, 'compaction.lock'), '')
    const facts = recordedFacts<BanditStoreFact>()
    const failures = (): number => facts.ofKind('bandit-store.compaction-failed').length
    const clock = new VirtualClock(systemClock.wallMs())
    await using store = await openFileStore(at, { dim: DIM, clock, observe: facts.observe })
    expect(failures()).toBe(1)
    for (let polls = 0; polls < 20; polls += 1) {
      await clock.advance(200)
      await store.catchUp()
    }
    expect(failures()).toBe(1)
    await clock.advance(30_000)
    await vi.waitFor(() => expect(failures()).toBe(2), { timeout: 20_000 })
  })
})
