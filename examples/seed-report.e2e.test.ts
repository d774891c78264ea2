/** From lines in a ledger to a report: what one package reads the other counts, without either knowing the other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLedger, readLedger, readSeedLedger, type LedgerReading } from '@holdfast/ledger'
import { evidenceOf, reportOf, type DailyReport, type EvidenceOptions } from '@holdfast/promotion'
import { v7 as newId } from 'uuid'
import { afterEach, expect, describe, it } from 'vitest'

const DAY_MS = 86_400_000
const NOON_MS = Date.UTC(2026, 0, 15, 12)
const WINDOW = { fromMs: NOON_MS - DAY_MS, toMs: NOON_MS }
const made: string[] = []
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true })
})

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-example-'))
  made.push(path)
  return path
}

function seedLedger(rows: readonly unknown[]): string {
  const path = join(directory(), 'anr_ledger.ndjson')
  writeFileSync(
    path,
    rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''),
  )
  return path
}

async function report(reading: LedgerReading, options: EvidenceOptions = {}): Promise<DailyReport> {
  const rows = async function* () {
    for await (const row of reading) {
      const evidence = evidenceOf(row, options)
      if (evidence !== null) yield evidence
    }
  }
  return (await reportOf(rows(), { ...WINDOW, nowMs: NOON_MS })).report
}

/** A row as the documents describe it. */
const whole = (id: string, t: string, change: object = {}): object => ({
  id,
  t,
  shadow: { route: 'R2', argmax: 'R2' },
  live: { route: 'R2', pilot: 0.1 },
  rewards: {
    immediate: { tri_delta_norm: 0.02 },
    deployment: { slo_ok: 1, rollback: 0, error_rate: 0.001 },
  },
  ...change,
})
const AT = '2026-01-15T11:00:00Z'

describe("the seed's ledger", () => {
  it('makes a report of one row with its figures', async () => {
    expect(await report(readSeedLedger(seedLedger([whole('r-1', AT)]), WINDOW))).toMatchObject({
      window_minutes: 1440,
      decisions: 1,
      live_decisions: 1,
      live_rate: 1,
      rsi: 1,
      rollbacks: 0,
      rollbacks_per_1k: 0,
      tri_median: 0.02,
      rejected: { undated: 0, outside: 0, malformed: 0 },
      routes: [{ route: 'R2', slo_ok_rate: 1, mean_error_rate: 0.001 }],
    })
  })

  it('has an RSI of .85 with 17 of 20 live rows that agree, a live rate of .5, and 50 rollbacks per 1k with one', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => {
      if (i >= 20) return whole(`r-${i}`, AT, { live: null })
      const live = { route: i < 17 ? 'R2' : 'R1', pilot: 0.1 }
      const deployment = { slo_ok: 1, rollback: i === 3 ? 1 : 0, error_rate: 0 }
      const immediate = i < 4 ? { tri_delta_norm: (i - 1) / 10 } : {}
      return whole(`r-${i}`, AT, { live, rewards: { immediate, deployment } })
    })
    for (const row of rows.slice(20)) Object.assign(row, { rewards: {} })
    expect(await report(readSeedLedger(seedLedger(rows), WINDOW))).toMatchObject({
      decisions: 40,
      live_rate: 0.5,
      rsi: 0.85,
      rollbacks: 1,
      rollbacks_per_1k: 50,
      // Of −.1, 0, .1 and .2: the mean of the two in the middle.
      tri_median: 0.05,
    })
  })

  it('counts, of six candidates of which five used to be counted and four of these wrongly, the one that is right', async () => {
    const path = seedLedger([
      whole('right', '2026-01-15T00:30:00-11:00'),
      whole('before', '2026-01-14T12:30:00+02:00'),
      whole('future', '2027-01-15T12:30:00Z'),
      whole('undated', 'yesterday'),
      whole('local', '2026-01-15T11:30:00'),
      '{"id": "malformed", "t": "2026-01-15T11:30:00Z"',
      '42',
    ])
    const reading = readSeedLedger(path, WINDOW)
    expect(await report(reading)).toMatchObject({ decisions: 1, rsi: 1 })
    expect(reading.stats).toMatchObject({ rows: 1, outside: 2, undated: 2, malformed: 2 })
  })

  it('makes a report of nulls, and no decision, when it is empty', async () => {
    expect(await report(readSeedLedger(seedLedger([]), WINDOW))).toMatchObject({
      decisions: 0,
      live_rate: null,
      rsi: null,
      rollbacks_per_1k: null,
      tri_median: null,
    })
  })
})

describe("a router's ledger", () => {
  it('is joined, counted and compared: 900 by the guardrail, 100 live, and none that was named or stood in', async () => {
    const at = directory()
    const ledger = openLedger(at)
    for (let i = 0; i < 1_020; i += 1) {
      const id = newId()
      const t = new Date(NOON_MS - DAY_MS + i * 1_000).toISOString()
      const [isLive, named, after] = [
        i % 10 === 0,
        i >= 1_000 && i < 1_010,
        i >= 1_010 ? 'd' : null,
      ]
      const route = isLive ? 'R1' : 'R4'
      const decision = {
        v: 1,
        kind: 'decision',
        id,
        t,
        route,
        p: isLive ? 0.1 : 0.9,
        probabilities: { R1: 1, R3: 0, R4: 0 },
        scores: { R1: 1, R3: 0, R4: 0.75 },
        bounds: { R1: 0.25, R3: 0, R4: 0.25 },
        reasons: [],
        shadow: { argmax: 'R1' },
        live: isLive && !named && after === null ? { route, pilot: 0.1 } : null,
        pilot: 0.1,
        subject: String(i),
        named,
        after,
      } as const
      const reward = { v: 1, kind: 'reward', id, t } as const
      const atOnce = {
        ...reward,
        part: 'immediate',
        reward: 0.75,
        quality: 0.5,
        rewards: { immediate: { tri_delta_norm: 0.1 } },
      }
      const later = {
        ...reward,
        part: 'later',
        reward: -0.25,
        quality: null,
        rewards: { deployment: { slo_ok: 1, rollback: 0 } },
      }
      for (const line of [decision, atOnce, later]) ledger.note(line)
    }
    await ledger.close()
    const found = await report(readLedger(at, WINDOW))
    expect(found).toMatchObject({
      decisions: 1_000,
      live_decisions: 100,
      rsi: 1,
      rollbacks_per_1k: 0,
      tri_median: 0.1,
      missing_outcomes: { reward: 0, deployment: 0, tri: 0 },
      rejected: { malformed: 0 },
      stage_split: { subjects: 1_000, live: 100 },
      policy_value: { n: 1_000, mean_weight: 1 },
      quality: { compared: 1_000, missing: 0, unusable: 0, impossible: 0 },
    })
    expect(found.stage_split.expected).toBeCloseTo(100)
    expect(found.routes.map(({ mean_reward }) => mean_reward)).toEqual([0.5, 0.5])
  })
})
