import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts } from '@holdfast/seams/testing'
import { lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import type { LedgerFact } from './facts.ts'
import { filesIn } from './files.fixture.ts'
import { DAY_MS, decision, idsIn, ledgerAt, NOON_MS } from './lines.fixture.ts'
import { readStats } from './read.ts'
import { verifyLedger } from './verify.ts'

const directory = scratch()
const mount = lacking({ programs: ['mount', 'umount'], root: true })
const text = 'x'.repeat(10_000)

/** Does something on a file system of 1 MiB. */
async function onSmallDisk(work: (at: string) => Promise<void>): Promise<void> {
  const at = directory()
  run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at)
  try {
    await work(at)
  } finally {
    run('umount', at)
  }
}

/** Leaves no page free. */
const fill = (path: string): void =>
  expect(() => writeFileSync(path, Buffer.alloc(2 * 1024 * 1024))).toThrow(/ENOSPC/)

describe.skipIf(mount !== '')(`a full disk${mount}`, () => {
  it('refuses lines, keeps all that was acknowledged, and takes lines again when there is room', async () => {
    await onSmallDisk(async (at) => {
      const facts = recordedFacts<LedgerFact>()
      const { ledger } = ledgerAt(at, { observe: facts.observe })
      const acknowledged: string[] = []
      const refused: string[] = []
      const filler = join(at, 'filler')
      for (let i = 0; i < 90; i += 1) {
        if (i === 30) fill(filler)
        if (i === 60) rmSync(filler)
        const id = `d-${String(i).padStart(3, '0')}`
        await ledger.append(decision(id, NOON_MS, { text })).then(
          () => acknowledged.push(id),
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'LEDGER_WRITE' })
            refused.push(id)
          },
        )
        expect((await verifyLedger(at)).isSound).toBe(true)
      }
      expect(refused.length).toBeGreaterThan(25)
      expect(acknowledged).toContain('d-000')
      expect(acknowledged).toContain('d-089')
      expect(facts.ofKind('ledger.write-failed').length).toBe(refused.length)
      expect(await idsIn(at)).toEqual(acknowledged)
      expect(await readStats(at)).toMatchObject({ torn: 0, duplicate: 0 })
      // No attempt has left anything of its own.
      expect(filesIn(at)).toHaveLength(2)
      await ledger.close()
      expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: acknowledged.length })
    })
  })

  it('leaves segments where they are when there is no room to pack them', async () => {
    await onSmallDisk(async (at) => {
      const { ledger } = ledgerAt(at)
      await ledger.append(decision('a', NOON_MS, { text }))
      await ledger.close()
      const filler = join(at, 'filler')
      fill(filler)
      await expect(archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })).rejects.toMatchObject({
        code: 'LEDGER_ARCHIVE',
      })
      expect(await idsIn(at)).toEqual(['a'])
      expect(filesIn(at).filter((file) => file.endsWith('.tmp'))).toEqual([])
      rmSync(filler)
      await archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })
      expect(filesIn(at)).toEqual([expect.stringMatching(/\.zst$/)])
      expect(await idsIn(at)).toEqual(['a'])
    })
  })
})
