import { renameSync, unlinkSync, writeFileSync, appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { idAt, record } from '../records.fixture.ts'
import { armFrame, headerFrame, lessonFrame, type Body } from './frame.ts'
import { openSegment, type SegmentReader } from './segment-reader.ts'

const directory = scratch()
const DIM = 2
const header = headerFrame({ version: 1, dim: DIM, epochMs: 3_600_000 })
const lessonOf = (n: number): Buffer => lessonFrame(record(idAt(1000, n), { reward: n }), 0)

/** The frames of a segment with `count` lessons: header, arm, lessons. */
const framesOf = (count: number): Buffer[] => [
  header,
  armFrame(0, 'R1'),
  ...Array.from({ length: count }, (_frame, n) => lessonOf(n)),
]

function segment(bytes: Buffer): string {
  const path = join(directory(), 'writer.0')
  writeFileSync(`${path}.log`, bytes)
  return path
}

async function reading<T>(path: string, work: (reader: SegmentReader) => Promise<T>): Promise<T> {
  const reader = await openSegment(path, DIM)
  if (reader === null) throw new Error(`${path} is gone`)
  try {
    return await work(reader)
  } finally {
    await reader.close()
  }
}

/** The rewards of the lessons that are heard. */
function ear(): { readonly hear: (body: Body) => void; readonly heard: number[] } {
  const heard: number[] = []
  const hear = (body: Body): void => {
    if (body.kind === 'lesson') heard.push(body.reward)
  }
  return { hear, heard }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_n, i) => i)

describe('reading a segment that grows', () => {
  it('takes each frame once, when it is whole', async () => {
    const frames = framesOf(3)
    const all = Buffer.concat(frames)
    const ends = frames.map((_frame, i) => Buffer.concat(frames.slice(0, i + 1)).length)
    const path = segment(all.subarray(0, 0))
    await reading(path, async (reader) => {
      const { hear, heard } = ear()
      for (let end = 1; end <= all.length; end += 1) {
        appendFileSync(`${path}.log`, all.subarray(end - 1, end))
        const left = await reader.read(hear)
        const wholeBytes = ends.findLast((at) => at <= end) ?? 0
        expect([reader.offset, left]).toEqual([wholeBytes, end - wholeBytes])
      }
      expect(heard).toEqual([0, 1, 2])
    })
  })

  it('goes on when it was sealed or removed meanwhile', async () => {
    const frames = framesOf(2)
    const path = segment(Buffer.concat(frames.slice(0, 3)))
    await reading(path, async (reader) => {
      const { hear, heard } = ear()
      await reader.read(hear)
      appendFileSync(`${path}.log`, frames[3]!)
      renameSync(`${path}.log`, `${path}.sealed`)
      await reader.read(hear)
      unlinkSync(`${path}.sealed`)
      await reader.read(hear)
      expect(heard).toEqual([0, 1])
    })
  })

  it('stops at bytes that are no frame, and says how many there are', async () => {
    const bytes = Buffer.concat([...framesOf(1), Buffer.from('nonsense'), lessonOf(1)])
    await reading(segment(bytes), async (reader) => {
      const { hear, heard } = ear()
      expect(await reader.read(hear)).toBe(8 + lessonOf(1).length)
      expect(heard).toEqual([0])
    })
  })

  it.each(['.log', '.sealed', '.damaged'])('finds it as %s', async (ending) => {
    const path = join(directory(), 'writer.0')
    writeFileSync(path + ending, Buffer.concat(framesOf(1)))
    await reading(path, async (reader) => {
      const { hear, heard } = ear()
      await reader.read(hear)
      expect(heard).toEqual([0])
    })
  })

  it('says when it is gone', async () => {
    expect(await openSegment(join(directory(), 'writer.0'), DIM)).toBeNull()
  })

  it('reads one of many parts', async () => {
    const bytes = Buffer.concat(framesOf(10_000))
    await reading(segment(bytes), async (reader) => {
      const { hear, heard } = ear()
      expect(await reader.read(hear)).toBe(0)
      expect(heard).toEqual(upTo(10_000))
    })
  })
})

describe('reading a segment to its end', () => {
  it('cuts the tail, wherever a crash tore it', async () => {
    const frames = framesOf(3)
    const all = Buffer.concat(frames)
    const path = segment(all)
    for (let end = 0; end <= all.length; end += 1) {
      writeFileSync(`${path}.log`, all.subarray(0, end))
      const { hear, heard } = ear()
      let wholeBytes = 0
      let whole = 0
      for (const frame of frames) {
        if (wholeBytes + frame.length > end) break
        wholeBytes += frame.length
        whole += 1
      }
      const found = await reading(path, async (reader) => await reader.readToEnd(hear))
      expect(found).toEqual({ cutBytes: end - wholeBytes, damagedBytes: 0 })
      expect(heard).toEqual(upTo(Math.max(0, whole - 2)))
    }
  })

  it('cuts a tail of zeros, as a power cut may leave', async () => {
    const bytes = Buffer.concat([...framesOf(2), Buffer.alloc(5000)])
    const { hear, heard } = ear()
    const found = await reading(segment(bytes), async (reader) => await reader.readToEnd(hear))
    expect(found).toEqual({ cutBytes: 5000, damagedBytes: 0 })
    expect(heard).toEqual([0, 1])
  })

  it('passes over damage in its middle, counts it, and loses nothing else', async () => {
    const frames = framesOf(5)
    const clean = Buffer.concat(frames)
    const path = segment(clean)
    const at = Buffer.concat(frames.slice(0, 4)).length
    for (let i = 0; i < frames[4]!.length; i += 1) {
      const bytes = Buffer.from(clean)
      bytes[at + i]! ^= 0x55
      writeFileSync(`${path}.log`, bytes)
      const { hear, heard } = ear()
      const found = await reading(path, async (reader) => await reader.readToEnd(hear))
      expect(found).toEqual({ cutBytes: 0, damagedBytes: frames[4]!.length })
      expect(heard).toEqual([0, 1, 3, 4])
    }
  })

  it('passes over damage of any length', async () => {
    const random = seededRandom('damage')
    for (const damagedBytes of [1, 100, 16_384, 65_536, 65_536 + 16_392, 300_000]) {
      const noise = Buffer.from(random.hex(2 * damagedBytes), 'hex')
      const bytes = Buffer.concat([...framesOf(1), noise, lessonOf(1), lessonOf(2), noise])
      const { hear, heard } = ear()
      const found = await reading(segment(bytes), async (reader) => await reader.readToEnd(hear))
      expect(found).toEqual({ cutBytes: damagedBytes, damagedBytes })
      expect(heard).toEqual([0, 1, 2])
    }
  })

  it('counts lessons whose arm lost its name as damage', async () => {
    const bytes = Buffer.concat([header, lessonOf(0), armFrame(0, 'R1'), lessonOf(1)])
    const { hear, heard } = ear()
    const found = await reading(segment(bytes), async (reader) => await reader.readToEnd(hear))
    expect(found).toEqual({ cutBytes: 0, damagedBytes: lessonOf(0).length })
    expect(heard).toEqual([1])
  })

  it('leaves what lies beyond a limit', async () => {
    const frames = framesOf(3)
    const limitBytes = Buffer.concat(frames.slice(0, 4)).length
    await reading(segment(Buffer.concat(frames)), async (reader) => {
      const { hear, heard } = ear()
      expect(await reader.readToEnd(hear, limitBytes)).toEqual({ cutBytes: 0, damagedBytes: 0 })
      expect([reader.offset, heard]).toEqual([limitBytes, [0, 1]])
    })
  })
})
