import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { recordedFacts } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import { chained } from './chain.ts'
import type { LedgerFact } from './facts.ts'
import { filesIn } from './files.fixture.ts'
import { readHead } from './head.ts'
import { lineText } from './line.ts'
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
import { readStats } from './read.ts'
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

  it('of nothing but a torn tail is archived as empty, so that its number is not missing', async () => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    await ledger.append(decision('a'))
    // The line was acknowledged, but its head was not written yet: nothing is left that could tell.
    writeFileSync(join(at, filesIn(at)[0]!), '{"v":1')
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toMatchObject({ cutBytes: 6 })
    await ledger.append(decision('b'))
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 1 })
    await ledger.close()
  })

  it('that has a line of 3 MiB is archived with every line before and after it', async () => {
    const at = directory()
    await write(at, [decision('a'), decision('b')])
    const path = join(at, filesIn(at)[0]!)
    const [first = '', second = ''] = readFileSync(path, 'utf8').split('\n')
    const text = `${first}\n${'x'.repeat(3 * 1024 * 1024)}\n${second}\n`
    writeFileSync(path, text)
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toMatchObject({
      tampered: [expect.any(String)],
      cutBytes: 0,
    })
    expect(zstdDecompressSync(readFileSync(join(at, filesIn(at)[0]!))).toString()).toBe(text)
    expect(await idsIn(at)).toEqual(['a', 'b'])
  })

  it.each([
    ['a head', (head: string) => rmSync(head)],
    ['a head that is one', (head: string) => writeFileSync(head, '{}')],
  ])('without %s is archived with its torn tail, and gets no head', async (_what, spoil) => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    await ledger.append(decision('a'))
    const path = join(at, filesIn(at)[0]!)
    appendFileSync(path, '{"v":1')
    const text = readFileSync(path, 'utf8')
    const head = join(at, 'heads', readdirSync(join(at, 'heads'))[0]!)
    spoil(head)
    const before = existsSync(head) && readFileSync(head, 'utf8')
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toMatchObject({
      tampered: [expect.any(String)],
      cutBytes: 0,
    })
    expect(zstdDecompressSync(readFileSync(join(at, filesIn(at)[0]!))).toString()).toBe(text)
    expect(existsSync(head) && readFileSync(head, 'utf8')).toBe(before)
    expect((await verifyLedger(at)).isSound).toBe(false)
    await ledger.close()
  })

  it('that is sealed has nothing added to it unseen, and its head is not brought up to that', async () => {
    const at = directory()
    await write(at, [decision('a')])
    const path = join(at, filesIn(at)[0]!)
    const [, hash = ''] = /"h":"(.*)"/.exec(readFileSync(path, 'utf8'))!
    appendFileSync(path, `${chained(hash, 2, lineText(decision('forged')).text).line}\n`)
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toMatchObject({
      tampered: [expect.any(String)],
    })
    expect((await verifyLedger(at)).problems).toMatchObject([{ kind: 'added', line: 2 }])
  })

  it('is left alone by its writer when it was archived under it', async () => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    await ledger.append(decision('a'))
    await archiveLedger(at, { nowMs: LATER_MS })
    const [segment = ''] = readdirSync(join(at, 'heads')).map((file) => file.replace('.json', ''))
    await ledger.append(decision('b'))
    expect(await readHead(at, segment)).toMatchObject({ head: { lines: 1, isFinal: true } })
    await ledger.close()
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 2 })
  })

  it('gets its last head from the next archiver when one was killed before it wrote it', async () => {
    const at = directory()
    await write(at, [decision('a'), decision('b')])
    await archiveLedger(at, { nowMs: LATER_MS })
    const head = join(at, 'heads', readdirSync(join(at, 'heads'))[0]!)
    const text = readFileSync(head, 'utf8')
    writeFileSync(head, text.replace('"isFinal":true', '"isFinal":false'))
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toMatchObject({ archived: [] })
    expect(readFileSync(head, 'utf8')).toBe(text)
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

  it('is not replaced by a part of it that was put back, nor by another, and nothing is touched', async () => {
    const at = directory()
    await write(
      at,
      Array.from({ length: 10 }, (_, i) => decision(`d-${i}`)),
    )
    const sealed = join(at, filesIn(at)[0]!)
    const open = sealed.replace('.sealed.ndjson', '.ndjson')
    const lines = readFileSync(sealed, 'utf8').split('\n')
    const part = lines
      .slice(0, 4)
      .map((line) => `${line}\n`)
      .join('')
    const other = `${part.replace('R2', 'R1')}${lines.slice(4).join('\n')}`
    const refused = async (stray: string, there: string, text: string): Promise<void> => {
      const before = readFileSync(there)
      writeFileSync(stray, text)
      await expect(archiveLedger(at, { nowMs: LATER_MS })).rejects.toMatchObject({
        code: 'LEDGER_ARCHIVE',
        message: expect.stringContaining(there),
        path: stray,
      })
      expect(readFileSync(stray, 'utf8')).toBe(text)
      expect(readFileSync(there)).toEqual(before)
      rmSync(stray)
    }
    await refused(open, sealed, part)
    await refused(open, sealed, other)
    await archiveLedger(at, { nowMs: LATER_MS })
    const [archived = ''] = filesIn(at)
    await refused(open, join(at, archived), part)
    await refused(sealed, join(at, archived), part)
    await refused(sealed, join(at, archived), other)
    expect(filesIn(at)).toEqual([archived])
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 10 })
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

describe('a ledger', () => {
  it('that was never written has nothing to archive', async () => {
    const at = join(directory(), 'none')
    expect(await archiveLedger(at, { nowMs: LATER_MS })).toEqual({
      kind: 'done',
      archived: [],
      tampered: [],
      cutBytes: 0,
      pruned: [],
    })
    expect(existsSync(at)).toBe(false)
  })

  it('of which is asked what would be archived is answered that, and is not touched', async () => {
    const at = await archived(['2024-12', '2025-12'])
    const { ledger } = ledgerAt(at, { seed: 'open' })
    await ledger.append(decision('a'))
    appendFileSync(join(at, filesIn(at)[0]!), '{"v":1')
    await write(at, [decision('b')], 'sealed')
    await write(at, [decision('c')], 'tampered')
    for (const file of filesIn(at)) {
      const path = join(at, file)
      const text = readFileSync(path, 'utf8')
      if (text.includes('"id":"c"')) writeFileSync(path, text.replace('R2', 'R1'))
    }
    const everything = (): string[] =>
      readdirSync(at, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .map((path) => `${path} ${readFileSync(path).toString('hex')}`)
        .toSorted()
    const before = everything()
    const facts = recordedFacts<LedgerFact>()
    const options = { nowMs: LATER_MS, observe: facts.observe }
    const would = await archiveLedger(at, { ...options, isDryRun: true })
    expect(everything()).toEqual(before)
    expect(facts.all).toEqual([])
    expect(would).toMatchObject({ cutBytes: 6, pruned: [expect.stringMatching(/^2024-12/)] })
    expect(await archiveLedger(at, options)).toEqual(would)
    expect(would).toMatchObject({ tampered: [expect.any(String)] })
    await ledger.close()
  })
})

/** A ledger of one archived segment for each of these months. */
async function archived(months: readonly string[], keepMonths = 12): Promise<string> {
  const at = directory()
  const { ledger, clock } = ledgerAt(at)
  for (const month of months) {
    const atMs = Date.parse(`${month}-10T12:00:00Z`)
    clock.setWallMs(atMs)
    await ledger.append(decision(month, atMs))
  }
  await ledger.close()
  await archiveLedger(at, { nowMs: Date.parse('2026-01-12T00:00:00Z'), keepMonths })
  return at
}
const monthsIn = (at: string): string[] => readdirSync(join(at, 'archive')).toSorted()

describe('months of the archive', () => {
  it('are removed when they are older than twelve, without a trace that looks like tampering', async () => {
    const at = await archived(['2024-12', '2025-01', '2026-01'])
    expect(monthsIn(at)).toEqual(['2025-01', '2026-01'])
    expect(readdirSync(join(at, 'heads')).filter((file) => file !== 'pruned.json')).toHaveLength(2)
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 2 })
    expect(await readStats(at)).toMatchObject({ missingSegments: [] })
  })

  it('are written down before the first of them is removed', async () => {
    const at = await archived(['2024-12', '2025-06', '2026-01'], 24)
    const old = filesIn(at).find((file) => file.includes('2024-12'))!
    const head = join(at, 'heads', basename(old).replace('.ndjson.zst', '.json'))
    const text = readFileSync(head, 'utf8')
    // The second of two cannot be removed, so that the work is left half done.
    const stuck = join(at, 'archive', '2024-12', '2024-12-31.ffffffffffff-0.ndjson.zst')
    mkdirSync(stuck)
    await expect(archiveLedger(at, { nowMs: LATER_MS })).rejects.toMatchObject({
      code: 'LEDGER_ARCHIVE',
    })
    rmSync(stuck, { recursive: true })
    expect(existsSync(join(at, old))).toBe(false)
    // As if the end had come between the segment and its head.
    writeFileSync(head, text)
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 2 })
    expect(await readStats(at)).toMatchObject({ missingSegments: [] })
  })

  it('are kept when the clock of who archives is years ahead', async () => {
    const at = await archived(['2025-06', '2026-01'])
    const result = await archiveLedger(at, { nowMs: Date.parse('2036-01-12T00:00:00Z') })
    expect(result).toMatchObject({ pruned: [] })
    expect(await idsIn(at)).toEqual(['2025-06', '2026-01'])
  })

  it('are kept when the machine that writes and archives is years ahead, which is told', async () => {
    const at = await archived(['2025-06', '2026-01'])
    const facts = recordedFacts<LedgerFact>()
    const aheadMs = Date.parse('2036-01-12T00:00:00Z')
    for (const atMs of [aheadMs, aheadMs + 2 * DAY_MS]) {
      const { ledger, clock } = ledgerAt(at, { seed: 'ahead' })
      clock.setWallMs(atMs)
      await ledger.append(decision(String(atMs), atMs))
      await ledger.close()
      const result = await archiveLedger(at, { nowMs: atMs, observe: facts.observe })
      expect(result).toMatchObject({ pruned: [] })
    }
    expect(await idsIn(at)).toEqual(
      ['2025-06', '2026-01', `${aheadMs}`, `${aheadMs + 2 * DAY_MS}`].toSorted(),
    )
    const planned = recordedFacts<LedgerFact>()
    await archiveLedger(at, { nowMs: aheadMs, observe: planned.observe, isDryRun: true })
    expect(planned.ofKind('ledger.month-doubted')).toHaveLength(1)
    expect(facts.ofKind('ledger.month-doubted')[0]).toEqual({
      kind: 'ledger.month-doubted',
      directory: at,
      month: '2036-01',
    })
  })

  it('stay when something of someone else lies in them', async () => {
    const at = await archived(['2025-01', '2026-01'])
    mkdirSync(join(at, 'archive', '2024-01'), { recursive: true })
    writeFileSync(join(at, 'archive', '2024-01', 'notes.txt'), 'mine')
    await archiveLedger(at, { nowMs: LATER_MS })
    expect(existsSync(join(at, 'archive', '2024-01', 'notes.txt'))).toBe(true)
  })
})
