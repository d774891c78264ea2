import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratchPlaces } from '../fixtures/scratch.fixture.ts'
import { copyState } from './copy-state.ts'

const place = scratchPlaces()

/** A directory with these files, each with its own name as bytes. */
function store(...files: readonly string[]): { from: string; to: string } {
  const { folder } = place()
  const from = join(folder, 'learned')
  for (const part of ['lessons', 'decisions']) mkdirSync(join(from, part), { recursive: true })
  for (const file of files) writeFileSync(join(from, file), file)
  return { from, to: join(folder, 'copy') }
}

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .toSorted()

/** Does something when the so-manieth file is being copied. */
function meanwhile(nth: number, work: () => void): AbortSignal {
  let count = 0
  const throwIfAborted = (): void => {
    count += 1
    if (count === nth) work()
  }
  return Object.assign(new AbortController().signal, { throwIfAborted })
}

describe('a copy of a store that changes meanwhile', () => {
  it('begins anew when the snapshot it goes by was replaced, since segments may be gone with it', async () => {
    const { from, to } = store('snapshot.1.bin', 'lessons/a.0.log')
    const signal = meanwhile(1, () => {
      writeFileSync(join(from, 'snapshot.3.bin'), 'three')
      rmSync(join(from, 'snapshot.1.bin'))
      rmSync(join(from, 'lessons', 'a.0.log'))
    })
    await copyState(from, to, signal)
    expect(filesIn(to)).toEqual(['snapshot.3.bin'])
  })

  it('begins anew when there was none, and two came', async () => {
    const { from, to } = store('lessons/a.0.log', 'lessons/b.0.log')
    const signal = meanwhile(1, () => {
      writeFileSync(join(from, 'snapshot.2.bin'), 'two')
      rmSync(join(from, 'lessons', 'b.0.log'), { force: true })
    })
    await copyState(from, to, signal)
    expect(filesIn(to)).toContain('snapshot.2.bin')
  })

  it('leaves out a spare whose segments may be gone by the time they are copied', async () => {
    const { from, to } = store('snapshot.1.bin', 'snapshot.2.bin', 'lessons/a.0.log')
    const signal = meanwhile(3, () => rmSync(join(from, 'snapshot.1.bin')))
    const copied = await copyState(from, to, signal)
    expect(filesIn(to)).toEqual(['a.0.log', 'snapshot.2.bin'])
    expect(copied.map(({ path }) => path)).toEqual(['snapshot.2.bin', 'lessons/a.0.log'])
  })

  it('finds a segment that is sealed while it is looked for', async () => {
    const { from, to } = store('snapshot.1.bin', 'lessons/a.0.log', 'lessons/b.0.log')
    const [first = ''] = readdirSync(join(from, 'lessons'))
    const other = first === 'a.0.log' ? 'b.0' : 'a.0'
    const lessons = join(from, 'lessons')
    const signal = meanwhile(2, () =>
      renameSync(join(lessons, `${other}.log`), join(lessons, `${other}.sealed`)),
    )
    await copyState(from, to, signal)
    expect(filesIn(to)).toContain(`${other}.sealed`)
  })

  it('is given up when that happens again and again, and leaves nothing', async () => {
    const { from, to } = store('snapshot.1.bin', 'lessons/a.0.log')
    let number = 1
    const throwIfAborted = (): void => {
      rmSync(join(from, `snapshot.${number}.bin`))
      number += 2
      writeFileSync(join(from, `snapshot.${number}.bin`), 'newer')
    }
    const signal = Object.assign(new AbortController().signal, { throwIfAborted })
    await expect(copyState(from, to, signal)).rejects.toMatchObject({ code: 'OPS_LOCKED' })
    expect(() => readdirSync(to)).toThrow('ENOENT')
  })
})
