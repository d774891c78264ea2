import { readdir } from 'node:fs/promises'
import { expect, it, vi } from 'vitest'
import { readHead } from './head.ts'
import { decision, ledgerAt } from './lines.fixture.ts'
import { filesIn, scratch } from './scratch.fixture.ts'

/** A disk that takes a hundred times as long for a head that is not final. */
const disk = vi.hoisted(() => ({ isSlow: false }))
vi.mock('./head.ts', async (original) => {
  const heads = await original<typeof import('./head.ts')>()
  return {
    ...heads,
    writeHead: async (...args: Parameters<typeof heads.writeHead>): Promise<void> => {
      const trips = disk.isSlow && !args[1].isFinal ? 100 : 0
      for (let i = 0; i < trips; i += 1) await readdir(args[0])
      await heads.writeHead(...args)
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
  await ledger.append(decision('b'))
  await ledger.close()
  expect(await readHead(at, segment)).toMatchObject({ head: { lines: 2, isFinal: true } })
})
