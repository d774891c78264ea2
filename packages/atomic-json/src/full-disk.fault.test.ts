import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, namesIn, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { startServant, type Servant } from './process.fixture.ts'
import { replaceJson, replaceJsonSync } from './replace.ts'

const directory = scratch()
/** Written in one call when synchronous or small, else on the thread pool. */
const SIZES = [30_000, 300_000]
const KINDS = ['replace', 'replace-sync'] as const

/** A child on whose temporary files so many bytes fit, so many at a time. */
async function starved(at: string, totalBytes: number, eachBytes: number): Promise<Servant> {
  const library = join(at, 'short-write.so')
  const source = join(import.meta.dirname, 'short-write.fixture.c')
  run('gcc', '-shared', '-fPIC', '-O1', '-o', library, source, '-ldl')
  const sizes = { SHORT_WRITE_TOTAL: String(totalBytes), SHORT_WRITE_EACH: String(eachBytes) }
  return await startServant({ env: { LD_PRELOAD: library, ...sizes } })
}

const shim = lacking({ programs: ['gcc'] })

describe.skipIf(shim !== '')(`a disk that takes a part and then no more${shim}`, () => {
  it.each(KINDS.flatMap((kind) => SIZES.map((size) => [kind, size] as const)))(
    '%s of %i bytes: leaves the old file and nothing else, and says that the disk is full',
    async (kind, size) => {
      const at = directory()
      mkdirSync(join(at, 'data'))
      const path = join(at, 'data', 'state.json')
      writeFileSync(path, '"old"\n')
      await using servant = await starved(at, size / 2, 1_000_000)
      const answer = await servant.ask({ do: kind, path, value: 'x'.repeat(size) })
      expect(answer).toMatchObject({ code: 'JSON_DISK_FULL' })
      expect(readFileSync(path, 'utf8')).toBe('"old"\n')
      expect(namesIn(join(at, 'data'))).toEqual(['state.json'])
    },
  )

  it.each(KINDS.flatMap((kind) => SIZES.map((size) => [kind, size] as const)))(
    '%s of %i bytes: goes on until all bytes are in when the system takes few at a time',
    async (kind, size) => {
      const at = directory()
      const path = join(at, 'state.json')
      await using servant = await starved(at, 1_000_000_000, 4093)
      const answer = await servant.ask({ do: kind, path, value: 'x'.repeat(size) })
      expect(answer).toMatchObject({ done: { kind: 'written', sizeBytes: size + 3 } })
      expect(readFileSync(path, 'utf8')).toBe(`"${'x'.repeat(size)}"\n`)
    },
  )
})

const mount = lacking({ programs: ['mount', 'umount'], root: true })

describe.skipIf(mount !== '')(`a file system of 1 MiB${mount}`, () => {
  it('keeps the old file when the new one does not fit, and takes a smaller one after that', async () => {
    const at = directory()
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at)
    try {
      const path = join(at, 'state.json')
      replaceJsonSync(path, 'x'.repeat(600_000))
      const old = readFileSync(path)
      const tooMuch = 'y'.repeat(600_000)
      expect(() => replaceJsonSync(path, tooMuch)).toThrow(
        expect.objectContaining({ code: 'JSON_DISK_FULL' }),
      )
      await expect(replaceJson(path, tooMuch)).rejects.toMatchObject({ code: 'JSON_DISK_FULL' })
      expect(readFileSync(path).equals(old)).toBe(true)
      expect(namesIn(at)).toEqual(['state.json'])
      await replaceJson(path, 'y'.repeat(300_000))
      expect(readFileSync(path, 'utf8')).toBe(`"${'y'.repeat(300_000)}"\n`)
    } finally {
      run('umount', at)
    }
  })
})
