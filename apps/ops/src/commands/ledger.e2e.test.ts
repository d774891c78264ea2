import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../fixtures/cli.fixture.ts'
import { hashesOf, makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { decide, DAY_MS } from '../fixtures/ledger.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { scratchPlaces } from '../fixtures/scratch.fixture.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

const empty = scratchPlaces()

async function ledger(
  place: Place,
  ...args: string[]
): Promise<{ code: number | null; data: Data; message: string; warnings: string[] }> {
  const { code, out, err } = await runCli(['ledger', ...args, '--json'], place)
  const { data, error, warnings } = JSON.parse(out === '' ? err : out) as {
    data: Data
    warnings: string[]
    error?: { message: string }
  }
  return { code, data, message: error?.message ?? '', warnings }
}

interface Data {
  readonly rows: readonly {
    readonly id: string
    readonly tMs: number
    readonly outcomes: readonly unknown[]
  }[]
  readonly found: number
  readonly days: readonly Readonly<Record<string, number | string>>[]
  readonly total: Readonly<Record<string, number>>
  readonly archived: readonly string[]
  readonly pruned: readonly string[]
  readonly doubted: string | null
  readonly problems: readonly {
    readonly file: string
    readonly line: number
    readonly kind: string
  }[]
}

const pathOf = ({ dataDir }: Place): string => join(dataDir, 'ledger')

/** The file of the only segment. */
function segmentOf(place: Place): string {
  const name = readdirSync(pathOf(place)).find((file) => file.endsWith('.ndjson'))
  return join(pathOf(place), name ?? '')
}

describe('holdfast ledger show', () => {
  it('shows the newest first, as many as are asked for, whole in JSON', async () => {
    const { data } = await ledger(places.fresh(), 'show', '--limit', '3')
    expect(data.rows).toHaveLength(3)
    const times = data.rows.map(({ tMs }) => tMs)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    expect(data.rows[0]).toMatchObject({ id: 'd2999', outcomes: [{ fields: { reward: 0.6 } }] })
  })

  it('looks back as far as it takes, or as far as it is told', async () => {
    const place = empty()
    const nowMs = systemClock.wallMs()
    await decide(place, 2, nowMs - 40 * DAY_MS, 'old')
    await decide(place, 2, nowMs - 2 * DAY_MS, 'new')
    const ids = async (...args: string[]) =>
      (await ledger(place, 'show', ...args)).data.rows.map(({ id }) => id)
    expect(await ids()).toEqual(['new-1', 'new-0', 'old-1', 'old-0'])
    expect(await ids('--since', '3d')).toEqual(['new-1', 'new-0'])
    expect(await ids('--limit', '1')).toEqual(['new-1'])
    expect(await ids('--since', new Date(nowMs - DAY_MS).toISOString())).toEqual([])
  })

  it('shows one with all that came of it, also one that is packed', async () => {
    const place = places.fresh()
    expect((await ledger(place, 'show', '--id', 'old-0')).data.rows).toMatchObject([
      { id: 'old-0', outcomes: [{ fields: { reward: 0.25 } }] },
    ])
    expect(await ledger(place, 'show', '--id', 'nobody')).toMatchObject({ code: 3 })
  })
})

describe('holdfast ledger stats', () => {
  it('counts by day what was decided, heard of and missed, and what it takes, live and packed', async () => {
    const { data } = await ledger(places.fresh(), 'stats', '--since', '500d')
    expect(data.days[0]).toMatchObject({
      decisions: 6,
      outcomes: 3,
      missing: 3,
      live: 0,
      archived: 1,
    })
    expect(data.days[2]).toMatchObject({
      decisions: 10,
      outcomes: 5,
      missing: 5,
      live: 1,
      archived: 0,
    })
    expect(data.days.reduce((sum, { decisions }) => sum + Number(decisions), 0)).toBe(3018)
  })

  it('counts lines that were not used by their kind and day, and names their places', async () => {
    const place = empty()
    await decide(place, 4, systemClock.wallMs(), 'd')
    const path = segmentOf(place)
    const [first = ''] = readFileSync(path, 'utf8').split('\n')
    const undated = first.replace(/"t":"[^"]*"/, '"t":"yesterday"').replace('d-0', 'u-0')
    writeFileSync(path, `${readFileSync(path, 'utf8')}no line\n${undated}\n${first}\n{"torn`)
    const { data } = await ledger(place, 'stats')
    const counts = { malformed: 1, undated: 1, duplicate: 1, torn: 1 }
    expect(data.days).toMatchObject([{ decisions: 4, ...counts }])
    expect(data.total).toMatchObject(counts)
    const { out } = await runCli(['ledger', 'stats'], place)
    expect(out).toContain(`${basename(path)}:7: malformed`)
  })
})

describe('holdfast ledger verify', () => {
  it('names the file and the line of what was changed, and exits with 8', async () => {
    const place = empty()
    await decide(place, 4, systemClock.wallMs(), 'd')
    expect(await ledger(place, 'verify')).toMatchObject({
      code: 0,
      data: { isSound: true, lines: 6 },
    })
    const path = segmentOf(place)
    writeFileSync(path, readFileSync(path, 'utf8').replace('"p":0.5', '"p":0.9'))
    expect(await ledger(place, 'verify')).toMatchObject({
      code: 8,
      data: { isSound: false, problems: [{ file: path, line: 1, kind: 'changed' }] },
    })
    rmSync(path)
    expect(await ledger(place, 'verify')).toMatchObject({
      code: 8,
      data: { problems: [{ file: null, kind: 'segment-missing' }] },
    })
  })
})

describe('holdfast ledger archive', () => {
  it('does what it said that it would, and asks because something is removed', async () => {
    const place = places.fresh()
    const before = hashesOf(place.dataDir)
    const planned = await ledger(place, 'archive', '--dry-run')
    expect(hashesOf(place.dataDir)).toEqual(before)
    expect([planned.data.archived.length, planned.data.pruned.length]).toEqual([1, 1])
    expect(await ledger(place, 'archive')).toMatchObject({ code: 9 })
    const done = await ledger(place, 'archive', '--yes')
    expect([done.data.archived, done.data.pruned]).toEqual([
      planned.data.archived,
      planned.data.pruned,
    ])
    expect(await ledger(place, 'verify')).toMatchObject({ code: 0 })
    // A second time there is nothing to ask about.
    expect(await ledger(place, 'archive')).toMatchObject({
      code: 0,
      data: { archived: [], pruned: [] },
    })
  })

  it('plans by the months that are kept, and by the newest segment where the clock is ahead', async () => {
    const place = empty()
    const nowMs = systemClock.wallMs()
    // Several months, so that the newest is not doubted for the gap before it.
    for (const days of [160, 130, 100, 70, 40, 2]) {
      await decide(place, 1, nowMs - days * DAY_MS, `d${days}`)
      await ledger(place, 'archive')
    }
    writeFileSync(join(place.folder, 'holdfast.json'), '{"version":1,"keep":{"ledgerMonths":1}}')
    const planned = await ledger(place, 'archive', '--dry-run')
    const done = await ledger(place, 'archive', '--yes')
    expect(planned.data.pruned.length).toBeGreaterThan(0)
    expect(done.data.pruned).toEqual(planned.data.pruned)
  })

  it('warns of a month that is not believed, and of what to do, in a dry run as well', async () => {
    const place = empty()
    const nowMs = systemClock.wallMs()
    await decide(place, 1, nowMs - 900 * DAY_MS, 'old')
    await decide(place, 1, nowMs - 2 * DAY_MS, 'young')
    for (const flag of ['--dry-run', '--yes']) {
      const { data, warnings } = await ledger(place, 'archive', flag)
      const { doubted } = data
      expect([doubted, data.pruned]).toEqual([expect.stringMatching(/^\d{4}-\d\d$/), []])
      expect(warnings).toEqual([
        expect.stringContaining(
          `nothing is removed because of ${doubted}: it comes more than 12 months`,
        ),
      ])
    }
    const { err } = await runCli(['ledger', 'archive'], place)
    expect(err).toContain('set the clock of this machine right')
    expect(err).toContain('next: holdfast ledger stats')
  })

  it('says so where there is no ledger', async () => {
    for (const args of [['show'], ['stats'], ['verify'], ['archive']]) {
      expect(await ledger(empty(), ...args)).toMatchObject({ code: 3 })
    }
  })
})
