import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import { all, DAY_MS, decision, HOUR_MS, idsIn, ledgerAt, NOON_MS } from './lines.fixture.ts'
import { readSeedLedger } from './read.ts'

const directory = scratch()

function fileOf(...lines: readonly string[]): string {
  const path = join(directory(), 'ledger.ndjson')
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

/** A row as the seed system describes it. */
function seedRow(id: string, t: string, more: object = {}): string {
  return JSON.stringify({
    id,
    t,
    shadow: { route: 'R2', argmax: 'R2' },
    live: { route: 'R2', pilot: 0.1 },
    rewards: {
      immediate: { tri_delta_norm: 0.02 },
      deployment: { slo_ok: 1, rollback: 0, error_rate: 0.001 },
    },
    ...more,
  })
}

describe("the seed system's ledger", () => {
  it('is read row by row, with what came of each', async () => {
    const path = fileOf(seedRow('r-1', '2026-01-15T12:00:00Z'))
    expect(await all(readSeedLedger(path))).toEqual([
      {
        id: 'r-1',
        tMs: NOON_MS,
        decision: {
          shadow: { route: 'R2', argmax: 'R2' },
          live: { route: 'R2', pilot: 0.1 },
          rewards: expect.any(Object),
        },
        outcomes: [],
        rewards: {
          immediate: { tri_delta_norm: 0.02 },
          deployment: { slo_ok: 1, rollback: 0, error_rate: 0.001 },
        },
        missing: false,
      },
    ])
  })

  it.each([
    [{ rewards: {} }],
    [{ rewards: undefined }],
    [{ rewards: null }],
    [{ rewards: { immediate: {}, deployment: { rollback: null } } }],
  ])('has a row of which nothing is known yet: %j', async (more) => {
    const [row] = await all(readSeedLedger(fileOf(seedRow('a', '2026-01-15T12:00:00Z', more))))
    expect(row).toMatchObject({ missing: true })
  })

  it('may be printed with spaces, have a byte order mark, CRLF, empty lines and no end of its last line', async () => {
    const spaced = seedRow('a', '2026-01-15T12:00:00+00:00')
      .replaceAll('":', '": ')
      .replaceAll(',"', ', "')
    const path = fileOf('')
    writeFileSync(path, `\uFEFF${spaced}\r\n\r\n\n${seedRow('b', '2026-01-15T12:00:00.5Z')}`)
    const reading = readSeedLedger(path)
    expect((await all(reading)).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(reading.stats).toMatchObject({ lines: 2, malformed: 0, torn: 0 })
  })

  it('has its window kept to the moment: offsets applied, undated and malformed rows refused, nothing from the future', async () => {
    // Of these six, the seed counted five, four of them wrongly, and dropped the one that is right.
    const path = fileOf(
      seedRow('right', '2026-01-15T01:30:00-11:00'),
      seedRow('before', '2026-01-15T12:30:00+02:00'),
      seedRow('future', '2027-01-15T12:30:00Z'),
      seedRow('undated', 'yesterday'),
      seedRow('local', '2026-01-15T12:30:00'),
      '{"id": "malformed", "t": "2026-01-15T12:30:00Z"',
    )
    const reading = readSeedLedger(path, { fromMs: NOON_MS, toMs: NOON_MS + HOUR_MS })
    expect((await all(reading)).map(({ id }) => id)).toEqual(['right'])
    expect(reading.stats).toMatchObject({ rows: 1, outside: 2, undated: 2, malformed: 1 })
  })

  it('does not crash a report by a line that is a scalar', async () => {
    const path = fileOf('42', 'true', '"row"', 'null', seedRow('a', '2026-01-15T12:00:00Z'))
    const reading = readSeedLedger(path)
    expect(await all(reading)).toHaveLength(1)
    expect(reading.stats.malformed).toBe(4)
  })
})

describe('a report on a ledger that was just rotated', () => {
  it('has every row of its window, from archives and from what is written now', async () => {
    const at = directory()
    const { ledger, clock } = ledgerAt(at)
    await ledger.append(decision('yesterday', NOON_MS))
    clock.setWallMs(NOON_MS + DAY_MS)
    await ledger.append(decision('today', NOON_MS + DAY_MS))
    const nowMs = NOON_MS + DAY_MS + 1
    await archiveLedger(at, { nowMs })
    expect(await idsIn(at, { fromMs: nowMs - 2 * DAY_MS, toMs: nowMs })).toEqual([
      'today',
      'yesterday',
    ])
    await ledger.append(decision('later', NOON_MS + DAY_MS))
    expect(await idsIn(at)).toEqual(['later', 'today', 'yesterday'])
    await ledger.close()
  })
})

const line = (more: object): string => JSON.stringify({ v: 1, ...more })

describe("the router's ledger", () => {
  it('is read with the two parts of its rewards', async () => {
    const t = '2026-01-15T12:00:00.000Z'
    const path = fileOf(
      line({
        kind: 'decision',
        id: '019bc1a4-3c00-7000-8000-000000000001',
        t,
        route: 'R2',
        p: 0.85,
        probabilities: { R1: 0.05, R2: 0.85, R3: 0.05, R4: 0.05 },
        scores: {},
        bounds: {},
        caps: {},
        context: [1, 0],
        shadow: { argmax: 'R2' },
        live: null,
        named: false,
        why: 'policy',
        model: 'm',
        status: 200,
        tokens: { input: 10, output: 20 },
        costUsd: 0.001,
        latencyMs: 12.5,
      }),
      line({
        kind: 'reward',
        id: '019bc1a4-3c00-7000-8000-000000000001',
        t,
        route: 'R2',
        part: 'immediate',
        reward: 0.3,
        update: 1,
      }),
      // A line that was torn by a crash, and ended by the next writer.
      '{"v":1,"kind":"decision","id":"019b',
      line({
        kind: 'reward',
        id: '019bc1a4-3c00-7000-8000-000000000001',
        t,
        route: 'R2',
        part: 'later',
        reward: 0.4,
        update: 2,
      }),
    )
    const reading = readSeedLedger(path)
    const [row] = await all(reading)
    expect(row).toMatchObject({
      decision: { route: 'R2', p: 0.85, live: null, latencyMs: 12.5 },
      outcomes: [
        { part: 'immediate', fields: { reward: 0.3, update: 1 } },
        { part: 'later', fields: { reward: 0.4, update: 2 } },
      ],
      rewards: {},
      missing: false,
    })
    expect(reading.stats).toMatchObject({ lines: 4, rows: 1, malformed: 1 })
  })
})
