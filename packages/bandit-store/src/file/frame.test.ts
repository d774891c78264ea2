import { describe, expect, it } from 'vitest'
import { idAt, keyOf, record } from '../records.fixture.ts'
import {
  armFrame,
  bodyAt,
  decisionFrame,
  frameBytes,
  headerFrame,
  lessonFrame,
  LONGEST_BODY_BYTES,
  readBody,
} from './frame.ts'

const DIM = 2
const id = idAt(1_764_000_000_123, 17)
const arms = new Map([
  [0, 'R1'],
  [7, 'größer'],
])
const context = Int16Array.from([-32_768, 32_767])

const read = (frame: Buffer, dim = DIM) => {
  const body = bodyAt(frame, 0)
  return body === null ? null : readBody(body, dim, arms)
}

const lesson = record(id, { arm: 'größer', part: 'later', context, reward: -4_096_000 })
const frames = {
  header: headerFrame({ version: 1, dim: DIM, epochMs: 3_600_000 }),
  arm: armFrame(65_535, 'größer'),
  lesson: lessonFrame(lesson, 7),
  decision: decisionFrame(keyOf(id), 0, context, 'für später'),
}

describe('a frame', () => {
  it('comes back as a header', () => {
    const header = { version: 1, dim: DIM, epochMs: 3_600_000 }
    expect(read(frames.header)).toEqual({ kind: 'header', header })
  })

  it('comes back as an arm', () => {
    expect(read(frames.arm)).toEqual({ kind: 'arm', index: 65_535, arm: 'größer' })
    expect(read(armFrame(0, 'a'))).toEqual({ kind: 'arm', index: 0, arm: 'a' })
  })

  it('comes back as a lesson, of either part', () => {
    const { atMs, arm, reward } = lesson
    const body = read(frames.lesson)
    expect(body).toMatchObject({ kind: 'lesson', atMs, arm, part: 'later', context, reward })
    if (body?.kind !== 'lesson') throw new Error('no lesson')
    expect(Buffer.from(body.bytes.subarray(body.offset, body.offset + 16))).toEqual(
      Buffer.from(keyOf(id)),
    )
    expect(read(lessonFrame(record(id), 0))).toMatchObject({ part: 'immediate', arm: 'R1' })
  })

  it('is of a lesson whose id lies in the middle of other bytes', () => {
    const bytes = Buffer.concat([Buffer.from('xyz'), keyOf(id)])
    expect(lessonFrame({ ...lesson, bytes, offset: 3 }, 7)).toEqual(frames.lesson)
  })

  it('comes back as a decision, with a note or without', () => {
    const decision = { kind: 'decision', key: Buffer.from(keyOf(id)), arm: 'R1', context }
    expect(read(frames.decision)).toEqual({ ...decision, note: 'für später' })
    expect(read(decisionFrame(keyOf(id), 0, context, ''))).toEqual({ ...decision, note: '' })
  })

  it('is as long as it says', () => {
    for (const frame of Object.values(frames))
      expect(frameBytes(bodyAt(frame, 0)!)).toBe(frame.length)
  })

  it('may be as large as a decision of 4096 features with its note', () => {
    const large = decisionFrame(keyOf(id), 0, new Int16Array(4096), 'n'.repeat(4096))
    expect(large.length).toBeLessThan(LONGEST_BODY_BYTES)
    expect(read(large, 4096)).toMatchObject({ kind: 'decision' })
  })

  it.each(Object.entries(frames))('is none when it is cut anywhere: %s', (_kind, frame) => {
    for (let end = 0; end < frame.length; end += 1) {
      expect(bodyAt(frame.subarray(0, end), 0)).toBeNull()
    }
  })

  it.each(Object.entries(frames))('is none when one bit is turned: %s', (_kind, frame) => {
    for (let bit = 0; bit < frame.length * 8; bit += 1) {
      const turned = Buffer.from(frame)
      turned[bit >> 3]! ^= 1 << (bit & 7)
      expect(bodyAt(turned, 0)).toBeNull()
    }
  })

  it('is none among zeros', () => {
    expect(bodyAt(Buffer.alloc(64), 0)).toBeNull()
  })

  it('is none of ours when it is of another dimension, or of an arm that has no name', () => {
    expect(read(frames.lesson, 3)).toBeNull()
    expect(read(lessonFrame(lesson, 8))).toBeNull()
    expect(read(decisionFrame(keyOf(id), 8, context, ''))).toBeNull()
    expect(read(frames.decision, 300)).toBeNull()
  })

  it.each([['no JSON'], ['{"dim":2}'], ['{"version":"1","dim":2,"epochMs":1}']])(
    'is no header when it says %s',
    (text) => {
      expect(readBody(Buffer.from(`\0${text}`), DIM, arms)).toBeNull()
    },
  )

  it('of a kind yet unknown is passed over', () => {
    expect(readBody(Buffer.from([99, 1, 2]), DIM, arms)).toEqual({ kind: 'other' })
  })
})
