import { appendFileSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import type { LedgerFact } from './facts.ts'
import { filesIn } from './files.fixture.ts'
import {
  all,
  DAY_MS,
  decision,
  HOUR_MS,
  idsIn,
  isoAt,
  ledgerAt,
  NOON_MS,
  outcome,
  write,
} from './lines.fixture.ts'
import { readLedger, readSeedLedger, readStats } from './read.ts'

const directory = scratch()
const measures = { immediate: { tri_delta_norm: 0.1 } }
const deployed = { deployment: { slo_ok: 1, rollback: 0, error_rate: 0.01 } }
const rolledBack = (rollback: number) => ({ deployment: { rollback, slo_ok: 1 } })

describe('rows', () => {
  it('are decisions with all that came of them, wherever it lies', async () => {
    const at = directory()
    await write(at, [outcome('a', NOON_MS + 5, { part: 'immediate', rewards: measures })], 'first')
    await write(at, [decision('a'), decision('b')], 'second')
    await write(at, [outcome('a', NOON_MS + HOUR_MS, { rewards: deployed })], 'third')
    const reading = readLedger(at)
    const { v: _v, kind: _kind, id: _id, t: _t, ...fields } = decision('a')
    expect(await all(reading)).toEqual([
      {
        id: 'a',
        tMs: NOON_MS,
        decision: fields,
        outcomes: [
          {
            tMs: NOON_MS + 5,
            part: 'immediate',
            fields: { part: 'immediate', reward: 0.25, rewards: measures },
          },
          {
            tMs: NOON_MS + HOUR_MS,
            part: 'later',
            fields: { part: 'later', reward: 0.25, rewards: deployed },
          },
        ],
        rewards: { ...measures, ...deployed },
        missing: false,
      },
      { id: 'b', tMs: NOON_MS, decision: fields, outcomes: [], rewards: {}, missing: true },
    ])
    expect(reading.stats).toMatchObject({ segments: 3, lines: 4, rows: 2, outcomes: 2, missing: 1 })
  })

  it('have the later measure where two outcomes say one', async () => {
    const at = directory()
    await write(at, [
      outcome('a', NOON_MS + 9, { part: 'second', rewards: rolledBack(1) }),
      outcome('a', NOON_MS + 5, { part: 'first', rewards: rolledBack(0) }),
      decision('a', NOON_MS, { rewards: { deployment: { rollback: 7, error_rate: 0.5 } } }),
    ])
    const [row] = await all(readLedger(at))
    expect(row?.rewards).toEqual({ deployment: { rollback: 1, slo_ok: 1, error_rate: 0.5 } })
    expect(row?.outcomes.map(({ part }) => part)).toEqual(['first', 'second'])
  })

  it('are of a window that begins with its first moment and ends before its last', async () => {
    const at = directory()
    await write(
      at,
      [-1, 0, 1, 999, 1000, 1001].map((ms) => decision(`d${ms}`, NOON_MS + ms)),
    )
    const window = { fromMs: NOON_MS, toMs: NOON_MS + 1000 }
    expect(await idsIn(at, window)).toEqual(['d0', 'd1', 'd999'])
    expect(await readStats(at, window)).toMatchObject({ rows: 3, outside: 3 })
    expect(await idsIn(at, { fromMs: NOON_MS, toMs: NOON_MS })).toEqual([])
  })

  it('two windows side by side have every decision once', async () => {
    const at = directory()
    const ids = Array.from({ length: 50 }, (_, i) => `d-${i}`)
    await write(
      at,
      ids.map((id, i) => decision(id, NOON_MS + i * 1000)),
    )
    const middleMs = NOON_MS + 20_000
    const both = [
      ...(await idsIn(at, { toMs: middleMs })),
      ...(await idsIn(at, { fromMs: middleMs })),
    ]
    expect(both.toSorted()).toEqual(ids.toSorted())
  })

  it('have an outcome that comes after the window, as long as it counts', async () => {
    const at = directory()
    await write(at, [
      decision('a'),
      outcome('a', NOON_MS + 2 * DAY_MS, { part: 'in time' }),
      outcome('a', NOON_MS + 7 * DAY_MS, { part: 'too late' }),
      decision('b'),
      outcome('b', NOON_MS - 59_000, { part: 'by a clock that is behind' }),
      outcome('b', NOON_MS - 61_000, { part: 'too early' }),
    ])
    const reading = readLedger(at, { fromMs: NOON_MS, toMs: NOON_MS + 10 * DAY_MS })
    const rows = await all(reading)
    expect(rows.map(({ outcomes }) => outcomes.map(({ part }) => part))).toEqual([
      ['in time'],
      ['by a clock that is behind'],
    ])
    expect(reading.stats).toMatchObject({ late: 1, outside: 1 })
    const short = readLedger(at, { toMs: NOON_MS + 1, outcomesWithinMs: DAY_MS })
    expect((await all(short)).map(({ missing }) => missing)).toEqual([true, false])
  })

  it('come one by one and by the thousand alike', async () => {
    const at = directory()
    await write(at, [decision('a'), decision('b')])
    const batched: string[] = []
    for await (const rows of readLedger(at).batches()) batched.push(...rows.map(({ id }) => id))
    expect(batched.toSorted()).toEqual(['a', 'b'])
    for await (const { id } of readLedger(at)) {
      expect(id).toBe('a')
      break
    }
  })

  it('come anew with each iteration, and stats are of the last', async () => {
    const at = directory()
    const facts = recordedFacts<LedgerFact>()
    await write(at, [decision('a')])
    const reading = readLedger(at, { observe: facts.observe })
    expect(reading.stats.rows).toBe(0)
    await all(reading)
    await all(reading)
    expect(reading.stats.rows).toBe(1)
    expect(facts.ofKind('ledger.read')).toMatchObject([{ rows: 1, lines: 1, rejected: 0 }, {}])
  })

  it('of ids in any script and of any fields come back as they were', async () => {
    const at = directory()
    const note = 'größer 漢字 \u2028 "quoted" \\ \n'
    await write(at, [decision('ünïcode-漢字', NOON_MS, { note }), outcome('ünïcode-漢字')])
    const [row] = await all(readLedger(at))
    expect(row).toMatchObject({ id: 'ünïcode-漢字', decision: { note }, missing: false })
  })
})

describe('fields that are chosen', () => {
  interface Chosen {
    readonly route: string
    readonly live: { readonly route: string } | null
  }
  const more = { context: [1, 0.25], text: 'ö "x"', scores: { R1: 0.1 } }

  it('are all that rows have; the rest of a row is as if all had been', async () => {
    const at = directory()
    await write(at, [
      outcome('a', NOON_MS + 9, { part: 'second', rewards: rolledBack(1), ...more }),
      decision('a', NOON_MS, { ...more, rewards: { deployment: { error_rate: 0.5 } } }),
      outcome('a', NOON_MS + 5, { part: 'first', rewards: rolledBack(0) }),
      decision('b', NOON_MS, { live: null }),
      decision('c', NOON_MS, { rewards: measures }),
    ])
    const reading = readLedger<Chosen, { reward: number }>(at, {
      fields: { decision: ['route', 'live'], outcome: ['reward'] },
    })
    const full = await all(readLedger(at))
    expect(await all(reading)).toEqual(
      full.map((row) => ({
        ...row,
        decision: { route: row.decision['route'], live: row.decision['live'] },
        outcomes: row.outcomes.map(({ fields, ...outcome }) => ({
          ...outcome,
          fields: { reward: fields['reward'] },
        })),
      })),
    )
    expect(full[0]?.rewards).toEqual({ deployment: { error_rate: 0.5, rollback: 1, slo_ok: 1 } })
    expect(reading.stats).toMatchObject({ rows: 3, outcomes: 2, missing: 1 })
  })

  it('of one kind of lines leave the other as it is', async () => {
    const at = directory()
    await write(at, [decision('a'), outcome('a', NOON_MS, more)])
    const [row] = await all(readLedger(at, { fields: { decision: [] } }))
    expect(row?.decision).toEqual({})
    expect(row?.outcomes[0]?.fields).toEqual({ part: 'later', reward: 0.25, ...more })
  })

  it('may be absent, and then are', async () => {
    const at = directory()
    await write(at, [decision('a')])
    const [row] = await all(readLedger(at, { fields: { decision: ['p', 'none'] } }))
    expect(Object.keys(row?.decision ?? {})).toEqual(['p'])
  })

  it('excuse no line that is broken where nobody looks', async () => {
    const path = join(directory(), 'ledger.ndjson')
    const broken = JSON.stringify(decision('b', NOON_MS, { context: 7 })).replace(':7', ':07')
    writeFileSync(path, `${JSON.stringify(decision('a'))}\n${broken}\n`)
    const reading = readSeedLedger(path, { fields: { decision: ['route'] } })
    expect((await all(reading)).map(({ id }) => id)).toEqual(['a'])
    expect(reading.stats.rejects).toMatchObject([{ line: 2, kind: 'malformed' }])
  })
})

describe('a ledger that is not there or not whole', () => {
  it('is an error, and not an empty report', async () => {
    const at = directory()
    await expect(all(readLedger(join(at, 'none')))).rejects.toMatchObject({ code: 'LEDGER_READ' })
    await expect(all(readSeedLedger(join(at, 'none')))).rejects.toMatchObject({
      code: 'LEDGER_READ',
    })
  })

  it('names the segments that are missing', async () => {
    const at = directory()
    await write(at, [decision('a')], 'kept')
    await write(at, [decision('b')], 'lost')
    const [, lost = ''] = filesIn(at)
    unlinkSync(join(at, lost))
    const stats = await readStats(at)
    expect(stats.missingSegments).toEqual([lost.replace('.sealed.ndjson', '')])
  })

  it('is an error when an archived segment cannot be unpacked', async () => {
    const at = directory()
    await write(at, [decision('a')])
    await archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })
    const path = join(at, filesIn(at)[0]!)
    const bytes = readFileSync(path)
    bytes[bytes.length - 6]! ^= 1
    writeFileSync(path, bytes)
    await expect(all(readLedger(at))).rejects.toMatchObject({ code: 'LEDGER_READ', path })
  })

  it('is read without the files that are none of its own', async () => {
    const at = directory()
    await write(at, [decision('a')])
    writeFileSync(join(at, 'notes.ndjson'), `${JSON.stringify(decision('b'))}\n`)
    mkdirSync(join(at, 'archive', 'notes'), { recursive: true })
    writeFileSync(join(at, 'archive', 'README'), 'text')
    expect(await idsIn(at)).toEqual(['a'])
  })
})

describe('a line that is of no use', () => {
  it('is counted, told with its place, and never used', async () => {
    const at = directory()
    const path = join(at, 'ledger.ndjson')
    const good = JSON.stringify(decision('good'))
    const lines = [
      '42',
      good,
      'null',
      '"text"',
      '[]',
      '',
      '{"half":',
      JSON.stringify({ ...decision('undated'), t: '2026-01-15T12:00:00' }),
      JSON.stringify({ ...decision('numbered'), t: NOON_MS }),
      good,
      `{"v":1,"kind":"decision","id":"broken","t":"${isoAt(NOON_MS)}","live":{"route":}}`,
      JSON.stringify(outcome('good')),
      JSON.stringify(outcome('good', NOON_MS + 1)),
      JSON.stringify(outcome('good', NOON_MS, { part: 7 })),
      JSON.stringify(outcome('nobody')),
      JSON.stringify(outcome('good', NOON_MS + 8 * DAY_MS, { part: 'x' })),
    ]
    writeFileSync(path, `${lines.join('\n')}\n`)
    appendFileSync(path, Buffer.from([0x7b, 0xff, 0x7d, 0x0a]))
    appendFileSync(path, '{"id":"torn","t":"2026-01-15T12:00:0')
    const told: string[] = []
    const reading = readSeedLedger(path, {
      toMs: NOON_MS + 9 * DAY_MS,
      onReject: ({ line, kind }) => told.push(`${line} ${kind}`),
    })
    expect((await all(reading)).map(({ id }) => id)).toEqual(['good'])
    expect(told.toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b))).toEqual([
      '1 malformed',
      '3 malformed',
      '4 malformed',
      '5 malformed',
      '7 malformed',
      '8 undated',
      '9 undated',
      '10 duplicate',
      '11 malformed',
      '13 duplicate',
      '14 malformed',
      '16 late',
      '17 malformed',
      '18 torn',
    ])
    expect(reading.stats).toMatchObject({
      lines: 16,
      rows: 1,
      outcomes: 1,
      malformed: 8,
      undated: 2,
      duplicate: 2,
      late: 1,
      unmatched: 1,
      torn: 1,
      tornBytes: 36,
    })
    expect(reading.stats.rejects).toHaveLength(14)
    expect(reading.stats.rejects[0]).toEqual({
      path,
      line: 1,
      kind: 'malformed',
      reason: 'it is no JSON object',
    })
  })

  it('is one that is longer than a MiB, and takes no more memory than that', async () => {
    const at = directory()
    const path = join(at, 'ledger.ndjson')
    const long = JSON.stringify(decision('long', NOON_MS, { text: 'x'.repeat(5_000_000) }))
    writeFileSync(
      path,
      `${JSON.stringify(decision('a'))}\n${long}\n${JSON.stringify(decision('b'))}\n`,
    )
    const reading = readSeedLedger(path)
    expect((await all(reading)).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(reading.stats.rejects).toMatchObject([{ line: 2, kind: 'malformed' }])
  })

  it('of two decisions of one id is the one that comes later in the ledger, whoever wrote it', async () => {
    const at = directory()
    await write(at, [decision('a', NOON_MS, { route: 'R1' })], 'x')
    await write(at, [decision('a', NOON_MS, { route: 'R3' })], 'y')
    const [first = ''] = filesIn(at)
    const expected = readFileSync(join(at, first), 'utf8').includes('"route":"R1"') ? 'R1' : 'R3'
    const reading = readLedger(at)
    expect((await all(reading)).map(({ decision }) => decision['route'])).toEqual([expected])
    expect(reading.stats.rejects).toMatchObject([
      { kind: 'duplicate', path: join(at, filesIn(at)[1]!) },
    ])
  })

  it('is the torn tail of a writer that was killed', async () => {
    const at = directory()
    const { ledger } = ledgerAt(at)
    await ledger.append(decision('a'))
    const path = join(at, filesIn(at)[0]!)
    const whole = readFileSync(path, 'utf8').trimEnd().replaceAll('"a"', '"b"')
    for (const tail of [whole, whole.slice(0, 80), '{']) {
      writeFileSync(path, `${readFileSync(path, 'utf8').split('\n')[0]}\n${tail}`)
      const stats = await readStats(at)
      expect(stats).toMatchObject({ rows: 1, torn: 1, tornBytes: tail.length, malformed: 0 })
    }
    await ledger.close()
  })
})

describe('lines that do not fit in memory', () => {
  it('are put aside, and every decision finds what came of it', async () => {
    const at = directory()
    const path = join(at, 'ledger.ndjson')
    const text = 'x'.repeat(40_000)
    const ids = Array.from({ length: 1500 }, (_, i) => `d-${i}`)
    // Decisions first and then all outcomes, 60 MB between the two.
    writeFileSync(path, '')
    for (const id of ids) {
      appendFileSync(path, `${JSON.stringify(decision(id, NOON_MS, { text }))}\n`)
    }
    for (const id of ids) {
      appendFileSync(path, `${JSON.stringify(outcome(id, NOON_MS, { text }))}\n`)
    }
    const spill = directory()
    const seen = new Set<string>()
    const reading = readSeedLedger(path, { spillDirectory: spill })
    for await (const { id, outcomes, decision } of reading) {
      expect(outcomes).toHaveLength(1)
      expect(decision['text']).toHaveLength(40_000)
      seen.add(id)
      expect(filesIn(spill)).toEqual([])
    }
    expect(seen.size).toBe(1500)
    rmSync(spill, { recursive: true })
    await expect(all(readSeedLedger(path, { spillDirectory: spill }))).rejects.toMatchObject({
      code: 'LEDGER_READ',
    })
  })
})
