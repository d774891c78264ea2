import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import type { LedgerFact } from './facts.ts'
import {
  DAY_MS,
  decision,
  HOUR_MS,
  idsIn,
  ledgerAt,
  NOON_MS,
  outcome,
  write,
} from './lines.fixture.ts'
import { filesIn, scratch } from './scratch.fixture.ts'
import { verifyLedger } from './verify.ts'

const directory = scratch()
const MIDNIGHT_MS = NOON_MS + 12 * HOUR_MS
const LATER_MS = NOON_MS + 2 * DAY_MS

describe('a segment of a day gone by', () => {
  it('is packed byte for byte, and is read and verified as before', async () => {
    const at = directory()
    const facts = recordedFacts<LedgerFact>()
    await write(at, [decision('a'), outcome('a'), decision('b')])
    const [file = ''] = filesIn(at)
    const bytes = readFileSync(join(at, file))
    const segment = file.replace('.sealed.ndjson', '')
    expect(await archiveLedger(at, { nowMs: LATER_MS, observe: facts.observe })).toEqual({
      kind: 'done',
      archived: [segment],
      tampered: [],
      cutBytes: 0,
      pruned: [],
    })
    expect(filesIn(at)).toEqual([`archive/2026-01/${segment}.ndjson.zst`])
    expect(zstdDecompressSync(readFileSync(join(at, filesIn(at)[0]!)))).toEqual(bytes)
    expect(await idsIn(at)).toEqual(['a', 'b'])
    expect(await verifyLedger(at)).toMatchObject({
      isSound: true,
      lines: 3,
      segments: [{ state: 'whole' }],
    })
    expect(facts.ofKind('ledger.archived')).toMatchObject([{ segments: 1, cutBytes: 0, pruned: 0 }])
  })

  it('of many MB is packed byte for byte', async () => {
    const at = directory()
    const text = 'x'.repeat(1000)
    await write(
      at,
      Array.from({ length: 4000 }, (_, i) => decision(`d-${i}`, NOON_MS, { text, i })),
    )
    const bytes = readFileSync(join(at, filesIn(at)[0]!))
    await archiveLedger(at, { nowMs: LATER_MS })
    expect(zstdDecompressSync(readFileSync(join(at, filesIn(at)[0]!)))).toEqual(bytes)
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 4000 })
  })

  it('is left to its writer for a while after its day', async () => {
    const at = directory()
    await write(at, [decision('a')])
    for (const nowMs of [NOON_MS, MIDNIGHT_MS - 1, MIDNIGHT_MS + HOUR_MS - 1]) {
      expect(await archiveLedger(at, { nowMs })).toMatchObject({ archived: [] })
    }
    const sealAfterMs = 2 * HOUR_MS
    expect(await archiveLedger(at, { nowMs: MIDNIGHT_MS + HOUR_MS, sealAfterMs })).toMatchObject({
      archived: [],
    })
    expect(await archiveLedger(at, { nowMs: MIDNIGHT_MS + HOUR_MS })).toMatchObject({
      archived: [expect.stringMatching(/^2026-01-15/)],
    })
  })

  it('has its torn tail cut and counted, and its head brought up to its end', async () => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    await ledger.append(decision('a'))
    await ledger.append(decision('b'))
    appendFileSync(join(at, filesIn(at)[0]!), '{"v":1,"kind":"dec')
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toMatchObject({
      archived: [expect.any(String)],
      cutBytes: 18,
    })
    expect(await verifyLedger(at)).toMatchObject({
      isSound: true,
      segments: [{ state: 'whole', lines: 2 }],
    })
    expect(await idsIn(at)).toEqual(['a', 'b'])
    await ledger.close()
  })

  it('of nothing but a torn tail is removed, and its head with it', async () => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    await ledger.append(decision('a'))
    const file = filesIn(at)[0]!
    writeFileSync(join(at, file), '{"v":1')
    await archiveLedger(at, { nowMs: LATER_MS })
    // The line was acknowledged, but its head was not written yet: nothing is left that could tell.
    expect(readdirSync(join(at, 'heads'))).toEqual([])
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, segments: [] })
    await ledger.close()
  })

  it('that was tampered with is archived as it is, torn tail and all, and its head is not touched', async () => {
    const at = directory()
    await write(at, [decision('a'), decision('b')])
    const path = join(at, filesIn(at)[0]!)
    const text = `${readFileSync(path, 'utf8').replace('R2', 'R1')}{"torn`
    writeFileSync(path, text)
    const [head = ''] = readdirSync(join(at, 'heads'))
    const before = readFileSync(join(at, 'heads', head), 'utf8')
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toMatchObject({
      tampered: [expect.any(String)],
      cutBytes: 0,
    })
    expect(zstdDecompressSync(readFileSync(join(at, filesIn(at)[0]!))).toString()).toBe(text)
    expect(readFileSync(join(at, 'heads', head), 'utf8')).toBe(before)
  })

  it('is found by the time of its lines, and passed over where it has none of the window', async () => {
    const at = directory()
    await write(at, [decision('a'), decision('b', NOON_MS + HOUR_MS)])
    await archiveLedger(at, { nowMs: LATER_MS })
    expect(await idsIn(at, { fromMs: NOON_MS + 1 })).toEqual(['b'])
    // What is passed over is not even opened.
    writeFileSync(join(at, filesIn(at)[0]!), 'no zstd')
    expect(await idsIn(at, { fromMs: NOON_MS + 2 * HOUR_MS })).toEqual([])
    expect(await idsIn(at, { toMs: NOON_MS - 8 * DAY_MS })).toEqual([])
    await expect(idsIn(at, { fromMs: NOON_MS })).rejects.toMatchObject({ code: 'LEDGER_READ' })
  })

  it('is archived once more when an archiver was killed between packing and removing', async () => {
    const at = directory()
    await write(at, [decision('a')])
    const file = filesIn(at)[0]!
    copyFileSync(join(at, file), join(at, 'copy'))
    await archiveLedger(at, { nowMs: LATER_MS })
    renameSync(join(at, 'copy'), join(at, file))
    const stale = join(at, 'archive', '2026-01', '2026-01-15.0123456789ab-0.0123456789abcdef.tmp')
    writeFileSync(stale, 'half')
    expect(await idsIn(at)).toEqual(['a'])
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toMatchObject({
      archived: [expect.any(String)],
    })
    expect(filesIn(at)).toEqual([expect.stringMatching(/^archive.*\.ndjson\.zst$/)])
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 1 })
  })

  it('stays where it is when it cannot be packed', async () => {
    const at = directory()
    await write(at, [decision('a')])
    writeFileSync(join(at, 'archive'), 'a file where the archive belongs')
    await expect(archiveLedger(at, { nowMs: LATER_MS })).rejects.toMatchObject({
      code: 'LEDGER_ARCHIVE',
    })
    expect(await idsIn(at)).toEqual(['a'])
  })
})

/** A ledger of one archived segment for each of these months. */
async function archived(months: readonly string[]): Promise<string> {
  const at = directory()
  const { ledger, clock } = ledgerAt(at)
  for (const month of months) {
    const atMs = Date.parse(`${month}-10T12:00:00Z`)
    clock.setWallMs(atMs)
    await ledger.append(decision(month, atMs))
  }
  await ledger.close()
  await archiveLedger(at, { nowMs: Date.parse('2026-01-12T00:00:00Z') })
  return at
}
const monthsIn = (at: string): string[] => readdirSync(join(at, 'archive')).toSorted()

describe('months of the archive', () => {
  it('are removed when they are older than twelve, without a trace that looks like tampering', async () => {
    const at = await archived(['2024-12', '2025-01', '2026-01'])
    expect(monthsIn(at)).toEqual(['2025-01', '2026-01'])
    expect(readdirSync(join(at, 'heads'))).toHaveLength(2)
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 2 })
    expect(await archiveLedger(at, { nowMs: LATER_MS, keepMonths: 11 })).toMatchObject({
      pruned: [expect.stringMatching(/^2025-01-10/)],
    })
    expect(await idsIn(at)).toEqual(['2026-01'])
  })

  it('are kept when the clock of who archives is years ahead', async () => {
    const at = await archived(['2025-06', '2026-01'])
    const result = await archiveLedger(at, { nowMs: Date.parse('2036-01-12T00:00:00Z') })
    expect(result).toMatchObject({ pruned: [] })
    expect(await idsIn(at)).toEqual(['2025-06', '2026-01'])
  })

  it('stay when something of someone else lies in them', async () => {
    const at = await archived(['2025-01', '2026-01'])
    mkdirSync(join(at, 'archive', '2024-01'), { recursive: true })
    writeFileSync(join(at, 'archive', '2024-01', 'notes.txt'), 'mine')
    await archiveLedger(at, { nowMs: LATER_MS })
    expect(existsSync(join(at, 'archive', '2024-01', 'notes.txt'))).toBe(true)
  })
})
