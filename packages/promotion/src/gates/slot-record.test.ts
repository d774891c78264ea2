import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { recordedFacts, seededRandom, VirtualClock } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { PromotionFact } from '../facts.ts'
import { DAY_MS, HOUR_MS, NOON_MS } from '../rows.fixture.ts'
import { createSlotRecord, type SlotRecordOptions } from './slot-record.ts'
import { readSlotSamples } from './slot-samples.ts'
import { slotsOver } from './slots.ts'

const directory = scratch()
const MINUTE_MS = 60_000
const ALWAYS = { fromMs: NOON_MS - DAY_MS, toMs: NOON_MS + DAY_MS }

function recordAt(at: string, options: Partial<SlotRecordOptions> = {}, seed = 'one') {
  const clock = new VirtualClock(NOON_MS)
  const { all: facts, observe } = recordedFacts<PromotionFact>()
  const random = seededRandom(seed)
  const record = createSlotRecord({ directory: at, clock, random, observe, ...options })
  const say = (status: string): void => record.record([{ slot: 'slot04', status }])
  return { record, clock, facts, say }
}
const wordsOf = async (at: string): Promise<[number, string][]> =>
  (await readSlotSamples(at, ALWAYS)).map(({ atMs, status }) => [atMs - NOON_MS, status])

const made = (options: object) => () => recordAt('x', options)
const day = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 10)}.ndjson`
function daysAt(at: string, days: readonly number[]): void {
  for (const ago of days) writeFileSync(join(at, day(NOON_MS - ago * DAY_MS)), '')
}

/** Looks every 10 s for so many minutes. */
const look = async (
  { clock, say }: ReturnType<typeof recordAt>,
  minutes: number,
): Promise<void> => {
  for (let i = 0; i < minutes * 6; i += 1) {
    say('healthy')
    await clock.advance(10_000)
  }
}

describe('a slot record', () => {
  it('is not read for a window that has no beginning or no end', async () => {
    const at = directory()
    await expect(readSlotSamples(at, { fromMs: -Infinity, toMs: 0 })).rejects.toThrow(
      'fromMs must be finite, got -Infinity',
    )
    await expect(readSlotSamples(at, { fromMs: 0, toMs: Infinity })).rejects.toThrow(RangeError)
  })

  it('has a line for the first look, for each change at once, and otherwise one a minute', async () => {
    const at = directory()
    const { clock, say } = recordAt(at)
    for (const second of [0, 1, 30, 59, 60, 61, 119]) {
      await clock.advance(second * 1_000 - (clock.wallMs() - NOON_MS))
      say('healthy')
    }
    await clock.advance(500)
    say('critical')
    await clock.advance(500)
    say('healthy')
    expect(await wordsOf(at)).toEqual([
      [0, 'healthy'],
      [60_000, 'healthy'],
      [119_500, 'critical'],
      [120_000, 'healthy'],
    ])
  })

  it('has a file for each day by UTC, of lines that name their writer', async () => {
    const at = directory()
    const { clock, record, say } = recordAt(join(at, 'run', 'slots'))
    say('healthy')
    await clock.advance(DAY_MS)
    say('healthy')
    const files = readdirSync(join(at, 'run', 'slots'))
    expect(files).toEqual(['2026-11-20.ndjson', '2026-11-21.ndjson'])
    const text = readFileSync(join(at, 'run', 'slots', files[0] ?? ''), 'utf8')
    expect(JSON.parse(text)).toEqual({
      v: 1,
      writer: record.writer,
      atMs: NOON_MS,
      slots: { slot04: 'healthy' },
    })
  })

  it('notices that a slot is no longer among those looked at, or is new', async () => {
    const at = directory()
    const { record } = recordAt(at)
    const [one, two] = ['slot04', 'slot09'].map((slot) => ({ slot, status: 'healthy' }))
    if (one === undefined || two === undefined) throw new Error('unreachable')
    record.record([one])
    record.record([one, two])
    record.record([two])
    expect(await readSlotSamples(at, ALWAYS)).toHaveLength(4)
  })

  it('says at its end what it saw last, and nothing after it', async () => {
    const at = directory()
    const { clock, record, say } = recordAt(at)
    say('healthy')
    await clock.advance(30_000)
    say('healthy')
    await clock.advance(10_000)
    record.close()
    record.close()
    say('critical')
    const samples = await readSlotSamples(at, ALWAYS)
    expect(samples.map(({ atMs, isLast }) => [atMs - NOON_MS, isLast])).toEqual([
      [0, false],
      [30_000, true],
    ])
  })

  it('that never saw anything leaves nothing', () => {
    const at = directory()
    recordAt(join(at, 'slots')).record.close()
    expect(readdirSync(at)).toEqual([])
  })

  it('refuses an option that is wrong', () => {
    expect(made({ everyMs: -1 })).toThrow('everyMs must be finite and ≥ 0, got -1')
    expect(made({ keepDays: 0 })).toThrow('keepDays must be an integer ≥ 1, got 0')
    expect(made({ keepdays: 1 })).toThrow('it is written keepDays')
    expect(made({ directory: '' })).toThrow('directory must be text')
  })
})

describe('old days', () => {
  it('are removed when they are more than keepDays ago, and nothing else is', () => {
    const at = directory()
    daysAt(at, [1, 2, 40, 41, 42])
    writeFileSync(join(at, 'notes.ndjson'), '')
    recordAt(at).say('healthy')
    const kept = [0, 1, 2, 40].map((ago) => day(NOON_MS - ago * DAY_MS))
    expect(readdirSync(at).toSorted()).toEqual([...kept, 'notes.ndjson'].toSorted())
  })

  it('are looked for once a day', async () => {
    const at = directory()
    const { clock, say } = recordAt(at, { keepDays: 1 })
    say('healthy')
    daysAt(at, [1, 2])
    await clock.advance(MINUTE_MS)
    say('healthy')
    expect(readdirSync(at)).toHaveLength(3)
    await clock.advance(DAY_MS)
    say('healthy')
    expect(readdirSync(at)).toEqual([day(NOON_MS), day(NOON_MS + DAY_MS)])
  })

  it('are kept when a clock is far ahead', () => {
    const at = directory()
    daysAt(at, [1, 2, 3])
    const clock = new VirtualClock(NOON_MS + 1_000 * DAY_MS)
    recordAt(at, { clock }).say('healthy')
    expect(readdirSync(at)).toHaveLength(4)
  })
})

describe('what cannot be written', () => {
  it('is told once, waits, and is written when it can be, so that no red look is lost', async () => {
    const at = join(directory(), 'slots')
    writeFileSync(at, 'a file where the directory is to be')
    const { clock, facts, say } = recordAt(at)
    for (const status of ['healthy', 'critical', 'healthy', 'healthy']) {
      say(status)
      await clock.advance(1_000)
    }
    expect(facts).toEqual([
      { kind: 'promotion.slot-record-failed', path: expect.any(String), error: expect.any(Error) },
    ])
    rmSync(at)
    say('healthy')
    expect(await wordsOf(at)).toEqual([
      [0, 'healthy'],
      [1_000, 'critical'],
      [2_000, 'healthy'],
    ])
    expect(facts).toHaveLength(1)
  })

  it('does not fill the memory', async () => {
    const at = join(directory(), 'slots')
    writeFileSync(at, '')
    const { clock, say } = recordAt(at)
    for (let i = 0; i < 1_100; i += 1) {
      say(`look ${i}`)
      await clock.advance(1)
    }
    rmSync(at)
    say('healthy')
    const words = await wordsOf(at)
    expect(words).toHaveLength(1_000)
    expect(words.at(-1)).toEqual([1_100, 'healthy'])
  })
})

describe('the samples of a window', () => {
  it('are those from its first moment to before its last, and the last word of each process before it', async () => {
    const at = directory()
    const [one, two] = [recordAt(at), recordAt(at, {}, 'two')]
    for (const { clock, say } of [one, two]) {
      for (const status of ['critical', 'degraded', 'healthy', 'unknown', 'healthy']) {
        say(status)
        await clock.advance(MINUTE_MS)
      }
    }
    const fromMs = NOON_MS + 2 * MINUTE_MS
    const samples = await readSlotSamples(at, { fromMs, toMs: fromMs + 2 * MINUTE_MS })
    const said = (status: string, atMs: number): object[] =>
      [one, two].map(({ record: { writer } }) => ({
        slot: 'slot04',
        status,
        atMs,
        writer,
        isLast: false,
      }))
    expect(samples).toHaveLength(6)
    expect(samples).toEqual(
      expect.arrayContaining([
        ...said('degraded', fromMs - MINUTE_MS),
        ...said('healthy', fromMs),
        ...said('unknown', fromMs + MINUTE_MS),
      ]),
    )
  })

  it('reach over midnight, and back for a day', async () => {
    const at = directory()
    const { clock, say } = recordAt(at)
    say('healthy')
    await clock.advance(20 * HOUR_MS)
    say('critical')
    const nowMs = clock.wallMs()
    expect(await readSlotSamples(at, { fromMs: NOON_MS, toMs: nowMs + 1 })).toHaveLength(2)
    const later = (fromMs: number): Promise<unknown[]> =>
      readSlotSamples(at, { fromMs, toMs: fromMs + 1 })
    expect(await later(nowMs + DAY_MS)).toMatchObject([{ status: 'critical' }])
    expect(await later(nowMs + DAY_MS + 1)).toEqual([])
  })

  it('are none without a record', async () => {
    expect(await readSlotSamples(join(directory(), 'nowhere'), ALWAYS)).toEqual([])
  })

  it('leave out lines that are torn or malformed, and tell how many', async () => {
    const at = directory()
    const { clock, say } = recordAt(at)
    say('healthy')
    const [file = ''] = readdirSync(at)
    const path = join(at, file)
    const good = { v: 1, writer: 'w', atMs: NOON_MS, slots: { slot04: 'healthy' } }
    const bad = [
      { ...good, v: 2 },
      { ...good, writer: 7 },
      { ...good, atMs: '0' },
      { ...good, atMs: 1e300 },
      { ...good, slots: { slot04: 1 } },
      { ...good, slots: [] },
      { ...good, isLast: 'yes' },
      42,
      null,
      [],
      'text',
    ]
    appendFileSync(path, bad.map((one) => `${JSON.stringify(one)}\n`).join(''))
    // A process was stopped in the middle of a line; the next one appends all the same.
    appendFileSync(path, JSON.stringify(good).slice(0, 30))
    await clock.advance(MINUTE_MS)
    say('healthy')
    const { all: facts, observe } = recordedFacts<PromotionFact>()
    const samples = await readSlotSamples(at, ALWAYS, { observe })
    expect(samples.map(({ atMs }) => atMs)).toEqual([NOON_MS, NOON_MS + MINUTE_MS])
    expect(facts).toEqual([{ kind: 'promotion.slot-lines-malformed', path, lines: bad.length + 1 }])
  })

  it('are not said to be none when a day cannot be read', async () => {
    const at = directory()
    mkdirSync(join(at, '2026-11-20.ndjson'))
    await expect(readSlotSamples(at, ALWAYS)).rejects.toThrow('EISDIR')
  })
})

describe('a record that is judged', () => {
  const window = { fromMs: NOON_MS, toMs: NOON_MS + HOUR_MS }
  const isGreen = async (at: string): Promise<boolean | undefined> =>
    slotsOver(await readSlotSamples(at, window), ['slot04'], window, 2 * MINUTE_MS)[0]?.isGreen

  it('is green when one process looked all the time', async () => {
    const at = directory()
    await look(recordAt(at), 60)
    expect(await isGreen(at)).toBe(true)
  })

  it('is green over a restart that takes less than the gap', async () => {
    const at = directory()
    const first = recordAt(at)
    await look(first, 30)
    first.record.close()
    const second = recordAt(at, {}, 'two')
    await second.clock.advance(31 * MINUTE_MS)
    await look(second, 29)
    expect(await isGreen(at)).toBe(true)
  })

  it('is red over a time in which nobody looked, also after an end in good order', async () => {
    const at = directory()
    const first = recordAt(at)
    await look(first, 30)
    first.record.close()
    const second = recordAt(at, {}, 'two')
    await second.clock.advance(33 * MINUTE_MS)
    await look(second, 27)
    expect(await isGreen(at)).toBe(false)
  })
})
