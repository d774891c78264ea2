import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openLedger } from '@holdfast/ledger'
import { systemClock } from '@holdfast/seams'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { addTraffic, changeLine, HOUR_MS, segmentOf, SLOTS } from '../fixtures/evidence.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { asked, said } from '../fixtures/rollout-calls.fixture.ts'
import type { GatesChecked } from './gate-check.ts'
import type { DailyReported } from './report-daily.ts'
import type { StatusShown } from '../status/shown.ts'

const ROLLBACK = 'holdfast rollback --reason <text>'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

const report = (place: Place, ...more: string[]) =>
  asked<DailyReported>(['report daily', ...more].join(' '), place)
const check = (place: Place, ...more: string[]) =>
  asked<GatesChecked>(['gate check', ...more].join(' '), place)

/** More decisions in the window, some of them rolled back. */
const worse = async (place: Place, rollbacks: number): Promise<void> => {
  const nowMs = systemClock.wallMs()
  const [fromMs, toMs] = [nowMs - 20 * HOUR_MS, nowMs - 2 * HOUR_MS]
  await addTraffic(place, { count: 100, fromMs, toMs, prefix: 'bad', rollbacks })
}

const config = (place: Place, fields: object): void =>
  writeFileSync(join(place.folder, 'holdfast.json'), JSON.stringify({ version: 1, ...fields }))

describe('holdfast report daily', () => {
  it('has the figures of the last 24 hours by the names that operators know', async () => {
    const { code, data, warnings } = await report(places.fresh())
    expect([code, warnings]).toEqual([0, []])
    expect(data.report).toMatchObject({
      window_minutes: 1440,
      decisions: 3000,
      live_decisions: 300,
      live_rate: 0.1,
      rsi: 0.9,
      rollbacks: 0,
      rollbacks_per_1k: 0,
      tri_median: 0.05,
      fast_cap: { breaches: 0, anomalous: 300 },
    })
    expect(data.ledger).toMatchObject({ lines: 6000, decisions: 3000, malformed: 0 })
  })

  it('is written as JSON, Markdown and CSV, whichever of them is named', async () => {
    const place = places.fresh()
    const { data } = await report(place, '--out', 'kept/day.csv')
    const kept = (ending: string): string =>
      readFileSync(join(place.folder, 'kept', `day.${ending}`), 'utf8')
    expect(data.files.map((file) => file.split('.').at(-1))).toEqual(['json', 'md', 'csv'])
    expect(JSON.parse(kept('json'))).toEqual(data.report)
    expect(kept('md')).toContain('Verdict: **go**')
    expect(kept('csv').split('\n')).toHaveLength(3000 + 2)
    await said('report daily --out', place)
    expect(existsSync(join(place.dataDir, 'ops', 'report.md'))).toBe(true)
  })

  it('prints the report itself where it is asked for, and nothing beside it', async () => {
    const place = places.fresh()
    const { out } = await said('report daily --format json', place)
    expect(JSON.parse(out)).toMatchObject({ version: 1, decisions: 3000 })
    expect((await said('report daily --format md', place)).out).toMatch(/^# Routing, /)
  })

  it('is of the window that the gates judge, where none is named', async () => {
    const place = places.fresh()
    config(place, { gates: { windowMinutes: 720 } })
    expect((await report(place)).data.report.window_minutes).toBe(720)
    expect((await report(place, '--window', '24h')).data.report.window_minutes).toBe(1440)
    expect((await check(place)).data.gates[0]).toMatchObject({ gate: 'freshness', verdict: 'go' })
  })

  it('is kept where status looks only if it is of the usual window and ledger', async () => {
    const place = places.fresh()
    const path = join(place.dataDir, 'ops', 'report.json')
    const before = readFileSync(path, 'utf8')
    const until = new Date(systemClock.wallMs() - 13 * HOUR_MS).toISOString()
    for (const flag of ['--window 7d', `--until ${until}`, '--ledger run/ledger']) {
      const { code, error } = await report(place, flag, '--out')
      expect([code, error.code, error.message]).toEqual([
        2,
        'OPS_USAGE',
        expect.stringContaining('--out needs a name'),
      ])
    }
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect((await report(place, '--window', '7d', '--out', 'week')).code).toBe(0)
    expect((await report(place, '--out')).code).toBe(0)
    expect(readFileSync(path, 'utf8')).not.toBe(before)
  })

  it('takes another window, and another moment for its end', async () => {
    const place = places.fresh()
    const until = new Date(systemClock.wallMs() - 13 * HOUR_MS).toISOString()
    const { data } = await report(place, '--window', '12h', '--until', until)
    expect(data.report.window_minutes).toBe(720)
    expect(data.report.window.to).toBe(until)
    expect(data.report.decisions).toBeGreaterThan(1_400)
    expect(data.report.decisions).toBeLessThan(1_600)
  })

  it('reads a file of whole rows, as the pilot scripts left them', async () => {
    const place = places.fresh()
    const t = new Date(systemClock.wallMs() - 2 * HOUR_MS).toISOString()
    const rows = [1, 2, 3, 4].map((i) => ({
      id: `r${i}`,
      t,
      shadow: { route: 'R1', argmax: i === 4 ? 'R2' : 'R1' },
      live: { route: 'R1', pilot: 0.1 },
      rewards: {
        immediate: { tri_delta_norm: i / 10 },
        deployment: { slo_ok: 1, rollback: i === 1 ? 1 : 0, error_rate: 0 },
      },
    }))
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    writeFileSync(join(place.folder, 'anr_ledger.ndjson'), `${lines}{"half`)
    const { code, data, warnings } = await report(place, '--ledger', 'anr_ledger.ndjson')
    expect(code).toBe(0)
    expect(data.report).toMatchObject({
      decisions: 4,
      live_decisions: 4,
      rsi: 0.75,
      rollbacks: 1,
      rollbacks_per_1k: 250,
      tri_median: 0.25,
    })
    expect(data.ledger).toMatchObject({ kind: 'file', torn: 1 })
    expect(warnings.join()).toContain('lines that are not counted: 1 torn')
  })

  it('is none of a ledger that is not as it was written: 8, with the line', async () => {
    const place = places.fresh()
    changeLine(place)
    const { code, error } = await report(place)
    expect([code, error.code]).toEqual([8, 'OPS_INTEGRITY'])
    expect(error.message).toMatch(/not as it was written: line \d+ of \d{4}-.*: changed; nothing/)
    expect(error.next).toContain('holdfast ledger verify')
  })

  it('is none of a ledger that has lost a segment of the window', async () => {
    const place = places.fresh()
    rmSync(segmentOf(place))
    const { code, error } = await report(place)
    expect([code, error.code]).toEqual([8, 'OPS_INTEGRITY'])
    expect(error.message).toContain('segment-missing')
  })

  it('is none without a ledger: the error is JSON with the exit code inside', async () => {
    const place = places.fresh()
    rmSync(join(place.dataDir, 'ledger'), { recursive: true })
    const { code, error } = await report(place)
    expect([code, error.code]).toEqual([5, 'OPS_NO_EVIDENCE'])
    expect(error.message).toContain(join(place.dataDir, 'ledger'))
    expect(error.next.length).toBeGreaterThan(0)
    expect((await report(place, '--ledger', 'nowhere.ndjson')).code).toBe(5)
  })
})

describe('holdfast gate check', () => {
  it('is go with 0 when all gates are green, each with value, threshold, samples and source', async () => {
    const { code, data } = await check(places.fresh())
    expect([code, data.verdict, data.stage, data.lacking]).toEqual([0, 'go', 10, []])
    expect(data.gates.find(({ gate }) => gate === 'rsi')).toMatchObject({
      value: 0.9,
      threshold: 0.85,
      samples: 300,
      source: 'report.rsi',
    })
    expect(Date.parse(data.window.to) - Date.parse(data.window.from)).toBe(24 * HOUR_MS)
  })

  it('is no-go with 4 on rollbacks, and names the gate and what stands against it', async () => {
    const place = places.fresh()
    await worse(place, 3)
    const { code, data } = await check(place)
    expect([code, data.verdict, data.isMeasured]).toEqual([4, 'no-go', true])
    const { code: again, out, err } = await said('gate check', place)
    expect(again).toBe(4)
    expect(out).toMatch(/^NO-GO/)
    expect(out).toMatch(/^ {2}- rollbacks: 3 rollbacks over 310 live decisions/m)
    expect(err).toContain('next: holdfast rollback --reason')
  })

  it('is inconclusive with 5 where the numbers do not prove it, and never go', async () => {
    const { code, data } = await check(places.fresh(), '--mode', 'statistical')
    expect([code, data.verdict, data.mode]).toEqual([5, 'inconclusive', 'statistical'])
  })

  it('gives TRI a say with --require-tri, whatever the configuration says', async () => {
    const place = places.fresh()
    rmSync(join(place.dataDir, 'ledger'), { recursive: true })
    const nowMs = systemClock.wallMs()
    const [fromMs, toMs] = [nowMs - 24 * HOUR_MS, nowMs - 2 * HOUR_MS]
    await addTraffic(place, { count: 3_000, fromMs, toMs, triDelta: null })
    config(place, { gates: { requireTri: false } })
    expect((await check(place)).code).toBe(0)
    const { code, data } = await check(place, '--require-tri')
    expect([code, data.isMeasured]).toEqual([4, false])
  })

  it('is no-go when a critical slot was red, or nobody looked', async () => {
    const place = places.fresh()
    rmSync(join(place.dataDir, 'slots'), { recursive: true })
    const { code, data } = await check(place)
    expect(code).toBe(4)
    expect(data.slots.map(({ slot }) => slot)).toEqual([...SLOTS])
    const { out } = await said('gate check', place)
    expect(out).toContain('- slot08_lock was never looked at')
  })

  it('judges a report that was kept, and refuses what is none', async () => {
    const place = places.fresh()
    await said('report daily --out kept.json', place)
    rmSync(join(place.dataDir, 'ledger'), { recursive: true })
    const { code, data } = await check(place, '--report', 'kept.json')
    expect([code, data.verdict, data.report]).toEqual([0, 'go', join(place.folder, 'kept.json')])
    const kept = JSON.parse(readFileSync(join(place.folder, 'kept.json'), 'utf8')) as object
    const hollow = JSON.stringify({ ...kept, quality: {}, fast_cap: {}, tri: {} })
    writeFileSync(join(place.folder, 'hollow.json'), hollow)
    writeFileSync(join(place.folder, 'text.json'), 'no JSON')
    for (const file of ['hollow.json', 'text.json']) {
      const { code: exit, error } = await check(place, '--report', file)
      expect([exit, error.code]).toEqual([5, 'OPS_NO_EVIDENCE'])
    }
    const nowhere = await check(place, '--report', 'nowhere.json')
    expect([nowhere.code, nowhere.error.code]).toEqual([3, 'OPS_NOT_FOUND'])
    expect(nowhere.error.next).toEqual(['holdfast report daily --out'])
    writeFileSync(join(place.dataDir, 'ops', 'report.json'), hollow)
    const { code: shown, data: status } = await asked<StatusShown>('status', place)
    expect([shown, status.report]).toEqual([0, null])
  })

  it('takes an old report for no evidence', async () => {
    const place = places.fresh()
    const { code, data } = await check(place, '--report', join(place.dataDir, 'ops', 'report.json'))
    expect(code).toBe(4)
    expect(data.gates.find(({ gate }) => gate === 'freshness')?.verdict).toBe('no-go')
  })

  it('refuses settings that do not go together', async () => {
    const place = places.fresh()
    config(place, { gates: { tri: 0.1 } })
    const { code, error } = await check(place, '--mode', 'statistical')
    expect([code, error.code]).toEqual([2, 'OPS_CONFIG'])
  })

  it('says of a young router what is not counted yet, and when to ask again', async () => {
    const place = places.fresh()
    for (const folder of ['ledger', 'slots']) {
      rmSync(join(place.dataDir, folder), { recursive: true })
    }
    const nowMs = systemClock.wallMs()
    const fromMs = nowMs - 30 * 60_000
    await addTraffic(place, { count: 40, fromMs, toMs: nowMs - 60_000 })
    const { code, data } = await check(place)
    const askAtMs = Math.ceil((fromMs + 1 + HOUR_MS) / 60_000) * 60_000
    expect([code, data.young]).toEqual([4, { decisions: 40, live: 10, older: 0, askAtMs }])
    const { out, err } = await said('gate check', place)
    const when = new Date(askAtMs).toISOString().slice(0, 16).replace('T', ' ')
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`40 decisions, 10 live, are too young`)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`ask again at ${when} UTC.`)
    expect(err).not.toContain('holdfast rollback')
    const daily = await report(place)
    expect(daily.data.young).toEqual(data.young)
    expect((await said('report daily', place)).out).toContain('ask again at')
  })

  it('advises to roll nothing back for what came before the rollout', async () => {
    const place = places.fresh()
    await worse(place, 3)
    await said('rollback --reason bad', place)
    await said('promote to 10 --reason mended --yes', place)
    const { data } = await check(place)
    expect([data.verdict, data.isMeasured, data.isOfThisRollout]).toEqual(['no-go', true, false])
    expect((await said('gate check', place)).err).not.toContain('holdfast rollback')
    await said('report daily --out', place)
    const { data: status } = await asked<StatusShown>('status', place)
    expect([status.verdict, status.next]).toEqual([null, expect.not.arrayContaining([ROLLBACK])])
    expect(status.askAtMs).toBe((status.rollout.epochSinceMs ?? 0) + HOUR_MS)
    expect(status.missing.map(({ what }) => what).join()).toContain(
      'no report of this rollout until',
    )
  })

  it('is never go on a ledger that was changed: 8, and no table of gates', async () => {
    const place = places.fresh()
    changeLine(place)
    const { code, error, data } = await check(place)
    expect([code, error.code, data]).toEqual([8, 'OPS_INTEGRITY', undefined])
    expect((await said('gate check', place)).out).toBe('')
  })

  it('needs no lock: a ledger that is being written is judged as it is', async () => {
    const place = places.fresh()
    const ledger = openLedger(join(place.dataDir, 'ledger'))
    ledger.note({
      v: 1,
      kind: 'decision',
      id: 'now',
      t: new Date(systemClock.wallMs()).toISOString(),
      route: 'R4',
      p: 1,
    })
    expect((await check(place)).code).toBe(0)
    await ledger.close()
  })
})
