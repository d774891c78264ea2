import { expect, it, vi } from 'vitest'
import { readHead } from './head.ts'
import { decision, ledgerAt } from './lines.fixture.ts'
import { filesIn, scratch } from './scratch.fixture.ts'

/** A disk that takes its time for a head that is not final. */
const disk = vi.hoisted(() => ({ isSlow: false, go: () => {}, asked: 0 }))
vi.mock('./head.ts', async (original) => {
  const heads = await original<typeof import('./head.ts')>()
  return {
    ...heads,
    writeHead: async (...args: Parameters<typeof heads.writeHead>): Promise<void> => {
      disk.asked += 1
      if (disk.isSlow && !args[1].isFinal) {
        await new Promise<void>((resolve) => {
          disk.go = resolve
        })
      }
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
  const before = disk.asked
  const closed = ledger.close()
  // A turn of the event loop in which the last head would be asked for.
  await new Promise((resolve) => setImmediate(resolve))
  expect(disk.asked).toBe(before)
  disk.go()
  await closed
  expect(await readHead(at, segment)).toMatchObject({ head: { lines: 2, isFinal: true } })
})
