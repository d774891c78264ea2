import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { LedgerFact } from './facts.ts'
import { filesIn } from './files.fixture.ts'
import { readHead } from './head.ts'
import { all, DAY_MS, decision, idsIn, ledgerAt, NOON_MS, outcome } from './lines.fixture.ts'
import { readLedger } from './read.ts'
import { verifyLedger } from './verify.ts'

const directory = scratch()
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1)

describe('a ledger that is written', () => {
  it('touches nothing before its first line', async () => {
    const at = join(directory(), 'deep', 'ledger')
    const { ledger } = ledgerAt(at)
    await ledger.flush()
    await ledger.close()
    await expect(verifyLedger(at)).rejects.toMatchObject({ code: 'LEDGER_READ' })
  })

  it('has a line on disk when append resolves, with every line given before it', async () => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    ledger.note(decision('a'))
    await ledger.append(outcome('a'))
    const [file = ''] = filesIn(at)
    expect(file).toMatch(/^2026-01-15\.[0-9a-f]{12}-0\.ndjson$/)
    const lines = linesOf(join(at, file)).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toEqual([
      { ...decision('a'), n: 1, h: expect.stringMatching(/^[0-9a-f]{32}$/) },
      { ...outcome('a'), n: 2, h: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ])
    await ledger.close()
  })

  it('never writes over a segment, though chance gives the name of an earlier one', async () => {
    const at = directory()
    for (const id of ['a', 'b', 'c']) {
      const { ledger } = ledgerAt(at)
      await ledger.append(decision(id))
      await ledger.close()
    }
    expect(await idsIn(at)).toEqual(['a', 'b', 'c'])
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 3 })
  })

  it('writes what was noted when it has lingered, without anybody waiting', async () => {
    const at = directory()
    const facts = recordedFacts<LedgerFact>()
    const { ledger, clock } = ledgerAt(at, { lingerMs: 20, observe: facts.observe })
    ledger.note(decision('a'))
    ledger.note(decision('b'))
    await clock.advance(19)
    expect(filesIn(at)).toEqual([])
    await clock.advance(1)
    await ledger.flush()
    expect(await idsIn(at)).toEqual(['a', 'b'])
    expect(facts.ofKind('ledger.written')).toMatchObject([{ lines: 2, directory: at }])
    await ledger.close()
  })

  it('brings many lines to disk at once', async () => {
    const at = directory()
    const facts = recordedFacts<LedgerFact>()
    const { ledger } = ledgerAt(at, { observe: facts.observe })
    const ids = Array.from({ length: 1000 }, (_, i) => `d-${i}`)
    await Promise.all(ids.map((id) => ledger.append(decision(id))))
    expect(facts.ofKind('ledger.written').length).toBeLessThan(5)
    await ledger.close()
    expect(await idsIn(at)).toEqual(ids.toSorted())
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 1000 })
  })

  it('has the head follow within headMs, and not before the lines', async () => {
    const at = directory()
    const { ledger, clock } = ledgerAt(at, { headMs: 100 })
    await ledger.append(decision('a'))
    const segment = filesIn(at)[0]!.replace('.ndjson', '')
    const headLines = async (): Promise<unknown> => {
      const found = await readHead(at, segment)
      return found.kind === 'found' ? found.head.lines : found.kind
    }
    expect(await headLines()).toBe(0)
    await clock.advance(100)
    await expect.poll(headLines).toBe(1)
    await ledger.append(decision('b', NOON_MS + 5))
    await ledger.close()
    expect(await readHead(at, segment)).toMatchObject({
      head: { lines: 2, isFinal: true, minMs: NOON_MS, maxMs: NOON_MS + 5 },
    })
  })

  it('seals its segment by a rename when it is closed', async () => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    await ledger.append(decision('a'))
    await ledger.close()
    await ledger.close()
    expect(filesIn(at)).toEqual([expect.stringMatching(/\.sealed\.ndjson$/)])
  })

  it('begins another segment with another day', async () => {
    const at = directory()
    const { ledger, clock } = ledgerAt(at)
    await ledger.append(decision('a'))
    clock.setWallMs(NOON_MS + DAY_MS)
    await ledger.append(decision('b', NOON_MS + DAY_MS))
    expect(filesIn(at)).toEqual([
      expect.stringMatching(/^2026-01-15\.\w+-0\.sealed\.ndjson$/),
      expect.stringMatching(/^2026-01-16\.\w+-1\.ndjson$/),
    ])
    await ledger.close()
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 2 })
  })

  it('stays whole when its clock jumps to and fro, and its lines are found by their own time', async () => {
    const at = directory()
    const { ledger, clock } = ledgerAt(at)
    const jumps = [0, 400 * DAY_MS, 0, -400 * DAY_MS, 36_500 * DAY_MS, 0]
    for (const [i, jumpMs] of jumps.entries()) {
      clock.setWallMs(NOON_MS + jumpMs)
      await ledger.append(decision(`d-${i}`, NOON_MS + i))
    }
    await ledger.close()
    expect(await idsIn(at, { fromMs: NOON_MS + 1, toMs: NOON_MS + 5 })).toEqual([
      'd-1',
      'd-2',
      'd-3',
      'd-4',
    ])
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 6 })
  })

  it('is one of several that write to one directory', async () => {
    const at = directory()
    const writers = ['x', 'y', 'z'].map((seed) => ledgerAt(at, { seed }).ledger)
    await Promise.all(
      writers.map(async (ledger, w) => {
        for (let i = 0; i < 5; i += 1) await ledger.append(decision(`${w}-${i}`))
      }),
    )
    // One decides, and another hears what came of it.
    await writers[0]!.append(outcome('2-3'))
    await Promise.all(writers.map((ledger) => ledger.close()))
    expect(filesIn(at)).toHaveLength(3)
    const rows = await all(readLedger(at))
    expect(rows).toHaveLength(15)
    expect(rows.filter(({ missing }) => !missing).map(({ id }) => id)).toEqual(['2-3'])
  })
})

describe('a line that cannot be written', () => {
  it('is refused by the name of its field, and nothing else suffers', async () => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    const good = ledger.append(decision('a'))
    await expect(ledger.append(decision(''))).rejects.toMatchObject({ code: 'LEDGER_LINE' })
    expect(() => ledger.note(decision(''))).toThrow(expect.objectContaining({ field: 'id' }))
    await good
    await ledger.close()
    expect(await idsIn(at)).toEqual(['a'])
  })

  it('is told to who waits for it and to flush and as a fact, and the next line tries again', async () => {
    const at = directory()
    const facts = recordedFacts<LedgerFact>()
    const { ledger } = ledgerAt(join(at, 'ledger'), { observe: facts.observe })
    // A file stands where the directory belongs.
    writeFileSync(join(at, 'ledger'), '')
    await expect(ledger.append(decision('a'))).rejects.toMatchObject({
      code: 'LEDGER_WRITE',
      cause: { code: expect.any(String) },
    })
    ledger.note(decision('b'))
    await expect(ledger.flush()).rejects.toMatchObject({ code: 'LEDGER_WRITE' })
    expect(facts.ofKind('ledger.write-failed')).toMatchObject([{ lines: 1 }, { lines: 1 }])
    rmSync(join(at, 'ledger'))
    await ledger.append(decision('c'))
    await ledger.close()
    expect(await idsIn(join(at, 'ledger'))).toEqual(['c'])
  })

  it('takes no number from the segments of its writer, so that none is missing', async () => {
    const at = directory()
    const { ledger, clock } = ledgerAt(at)
    // There is no place for heads, so that no segment can be made.
    writeFileSync(join(at, 'heads'), '')
    await expect(ledger.append(decision('a'))).rejects.toMatchObject({ code: 'LEDGER_WRITE' })
    rmSync(join(at, 'heads'))
    await ledger.append(decision('b'))
    clock.setWallMs(NOON_MS + DAY_MS)
    await ledger.append(decision('c', NOON_MS + DAY_MS))
    await ledger.close()
    expect(filesIn(at)).toEqual([
      expect.stringMatching(/^2026-01-15\.\w+-0\./),
      expect.stringMatching(/^2026-01-16\.\w+-1\./),
    ])
    expect(await verifyLedger(at)).toMatchObject({ isSound: true, lines: 2 })
  })

  it('is refused when too much waits, and dropped and told where nobody waits for it', async () => {
    const at = directory()
    const facts = recordedFacts<LedgerFact>()
    const { ledger } = ledgerAt(at, { waitingLimitBytes: 1024 * 1024, observe: facts.observe })
    const big = 'x'.repeat(600_000)
    const first = ledger.append(decision('a', NOON_MS, { big }))
    await expect(ledger.append(decision('b', NOON_MS, { big }))).rejects.toMatchObject({
      code: 'LEDGER_FULL',
    })
    ledger.note(decision('c', NOON_MS, { big }))
    expect(facts.ofKind('ledger.dropped')).toMatchObject([{ lines: 1 }])
    await first
    await ledger.append(decision('d', NOON_MS, { big }))
    await ledger.close()
    expect(await idsIn(at)).toEqual(['a', 'd'])
  })

  it('is refused when the ledger is closed', async () => {
    const { ledger } = ledgerAt(directory())
    await ledger.close()
    await expect(ledger.append(decision('a'))).rejects.toMatchObject({ code: 'LEDGER_CLOSED' })
    expect(() => ledger.note(decision('a'))).toThrow(
      expect.objectContaining({ code: 'LEDGER_CLOSED' }),
    )
  })

  it('is written once more, elsewhere, when its segment was sealed under it', async () => {
    const at = directory()
    const facts = recordedFacts<LedgerFact>()
    const { ledger } = ledgerAt(at, { observe: facts.observe })
    await ledger.append(decision('a'))
    const [file = ''] = filesIn(at)
    renameSync(join(at, file), join(at, file.replace('.ndjson', '.sealed.ndjson')))
    await ledger.append(decision('b'))
    await ledger.append(decision('c'))
    await ledger.close()
    expect(facts.ofKind('ledger.segment-taken')).toMatchObject([{ lines: 1 }])
    const reading = readLedger(at)
    expect((await all(reading)).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(reading.stats).toMatchObject({ duplicate: 1 })
    expect(await verifyLedger(at)).toMatchObject({ isSound: true })
  })

  it('is safe although its head cannot be written, which is told', async () => {
    const at = directory()
    const facts = recordedFacts<LedgerFact>()
    const { ledger } = ledgerAt(at, { observe: facts.observe })
    await ledger.append(decision('a'))
    rmSync(join(at, 'heads'), { recursive: true })
    writeFileSync(join(at, 'heads'), '')
    await ledger.append(decision('b'))
    await ledger.close()
    expect(facts.ofKind('ledger.head-failed')).toHaveLength(1)
    rmSync(join(at, 'heads'))
    mkdirSync(join(at, 'heads'))
    expect(await idsIn(at)).toEqual(['a', 'b'])
    expect(await verifyLedger(at)).toMatchObject({ problems: [{ kind: 'head-missing' }] })
  })
})
