import { readdir } from 'node:fs/promises'
import { scratch } from '@holdfast/test-kit'
import { expect, it, vi } from 'vitest'
import { archiveLedger } from './archive.ts'
import { filesIn } from './files.fixture.ts'
import { readHead, type Head } from './head.ts'
import { DAY_MS, decision, ledgerAt, NOON_MS } from './lines.fixture.ts'

/** A disk that takes a thousand times as long for a head that is not final. */
const disk = vi.hoisted(() => ({
  isSlow: false,
  written: [] as Promise<void>[],
  hear: (_head: Head): void => {},
}))
vi.mock('./head.ts', async (original) => {
  const heads = await original<typeof import('./head.ts')>()
  return {
    ...heads,
    writeHead: (...args: Parameters<typeof heads.writeHead>): Promise<void> => {
      disk.hear(args[1])
      const write = async (): Promise<void> => {
        const trips = disk.isSlow && !args[1].isFinal ? 1000 : 0
        for (let i = 0; i < trips; i += 1) await readdir(args[0])
        await heads.writeHead(...args)
      }
      const written = write()
      disk.written.push(written)
      return written
    },
  }
})

const directory = scratch()

it('the last head of a segment comes after one that is being written when it is closed', async () => {
  const at = directory()
  const { ledger, clock } = ledgerAt(at, { headMs: 100 })
  await ledger.append(decision('a'))
  const segment = filesIn(at)[0]!.replace('.ndjson', '')
  disk.isSlow = true
  await clock.advance(100)
  await ledger.close()
  await Promise.all(disk.written)
  expect(await readHead(at, segment)).toMatchObject({ head: { lines: 1, isFinal: true } })
})

it('the last head of a segment that is archived comes when nobody can write to it any more', async () => {
  const at = directory()
  const { ledger } = ledgerAt(at)
  await ledger.append(decision('a'))
  const files: string[][] = []
  disk.hear = ({ isFinal }) => void (isFinal && files.push(filesIn(at)))
  await archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })
  expect(files).toEqual([[expect.stringMatching(/\.ndjson\.zst$/)]])
  await ledger.close()
})
