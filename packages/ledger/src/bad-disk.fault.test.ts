import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { expect, it, vi } from 'vitest'
import { packFile } from './packed-file.ts'

/** A disk that gives back other bytes than it was given. */
const disk = vi.hoisted(() => ({ isBad: true }))
vi.mock('./blocks.ts', async (original) => {
  const blocks = await original<typeof import('./blocks.ts')>()
  return {
    ...blocks,
    async *partsOfZstd(path: string): AsyncGenerator<Buffer> {
      for await (const part of blocks.partsOfZstd(path)) {
        if (disk.isBad) part[0]! ^= 1
        yield part
      }
    },
  }
})

const directory = scratch()

it('a file that was packed is there when it has been unpacked and compared, and not before', async () => {
  const at = directory()
  const from = join(at, 'segment.ndjson')
  const to = join(at, 'archive', 'segment.ndjson.zst')
  writeFileSync(from, 'one\ntwo\n')
  await expect(packFile(from, to, Infinity, 'chance')).rejects.toMatchObject({
    code: 'LEDGER_ARCHIVE',
    path: from,
  })
  expect(readdirSync(join(at, 'archive'))).toEqual([])
  expect(readFileSync(from, 'utf8')).toBe('one\ntwo\n')
  disk.isBad = false
  await packFile(from, to, Infinity, 'chance')
  expect(existsSync(to)).toBe(true)
})
