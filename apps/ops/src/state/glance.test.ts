import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFileStore } from '@holdfast/bandit-store'
import { teach } from '../fixtures/state.fixture.ts'
import { glanceAt, lossOf } from './glance.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-glance-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const learned = (): string => join(folder, 'learned')
const segment = (): string => {
  const lessons = join(learned(), 'lessons')
  return join(lessons, readdirSync(lessons)[0] ?? '')
}

const empty = { bytes: 0, madeAtMs: 1000, writtenAtMs: 1000, start: Buffer.alloc(0) }
const starting = (start: Buffer) => lossOf({ ...empty, bytes: start.length, start })

describe('a segment of lessons', () => {
  it('may be empty if nothing was ever written to it, and has lost its lessons otherwise', () => {
    expect(lossOf(empty)).toBeNull()
    expect(lossOf({ ...empty, writtenAtMs: 999 })).toBeNull()
    expect(lossOf({ ...empty, madeAtMs: 0 })).toBeNull()
    expect(lossOf({ ...empty, writtenAtMs: 1001 })).toContain('is empty')
  })

  it('may end anywhere, and may not begin with what no store wrote', async () => {
    await teach(folder, 3)
    const bytes = readFileSync(segment())
    const cuts = Array.from({ length: bytes.length }, (_none, end) => bytes.subarray(0, end + 1))
    expect(cuts.map(starting).filter((loss) => loss !== null)).toEqual([])
    expect(starting(Buffer.alloc(64, 'x'))).toContain('does not begin as lessons do')
    expect(starting(Buffer.alloc(5000))).toContain('does not begin as lessons do')
  })
})

describe('a glance at a state', () => {
  it('finds nothing wrong with one that is sound, or not there', async () => {
    expect(await glanceAt(learned())).toEqual([])
    await teach(folder, 3)
    await using store = await openFileStore(learned(), { dim: 3 })
    await store.compact()
    writeFileSync(join(learned(), 'lessons', 'just-opened.0.log'), '')
    expect(await glanceAt(learned())).toEqual([])
  })

  it('sees a snapshot and a segment that were emptied or overwritten', async () => {
    await teach(folder, 3)
    writeFileSync(join(learned(), 'snapshot.7.bin'), '')
    truncateSync(segment())
    // File systems tell times by ticks, and this may be the one in which it was made.
    utimesSync(segment(), 0, statSync(segment()).birthtimeMs / 1000 + 1)
    expect(await glanceAt(learned())).toEqual([
      `${join(learned(), 'snapshot.7.bin')} is empty`,
      expect.stringContaining(`${segment()} is empty`),
    ])
    writeFileSync(join(learned(), 'snapshot.7.bin'), 'no snapshot')
    expect((await glanceAt(learned()))[0]).toContain('does not begin as a snapshot does')
  })

  it('says of a file in the place of the directory that it cannot be read', async () => {
    writeFileSync(learned(), '')
    expect(await glanceAt(learned())).toEqual([expect.stringContaining('ENOTDIR')])
  })
})
