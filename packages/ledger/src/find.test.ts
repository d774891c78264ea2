import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import { filesIn } from './files.fixture.ts'
import { findInLedger, findInSeedLedger } from './find.ts'
import {
  all,
  DAY_MS,
  decision,
  HOUR_MS,
  isoAt,
  ledgerAt,
  NOON_MS,
  outcome,
  write,
} from './lines.fixture.ts'
import { readLedger } from './read.ts'

const fresh = scratch()

/** What came of d, in a form of its own. */
const text = (more: object): string => `${JSON.stringify({ ...outcome('d'), ...more })}\n`

describe('a decision in a ledger', () => {
  it('is found as a reading has it, of every writer, open, sealed and archived', async () => {
    const directory = fresh()
    const archived = ['a1', 'a2'].flatMap((id) => [decision(id), outcome(id)])
    await write(directory, archived, 'archived')
    await archiveLedger(directory, { nowMs: NOON_MS + 2 * DAY_MS })
    await write(directory, [decision('b1'), outcome('a2', NOON_MS, { part: 'last' })], 'sealed')
    const { ledger } = ledgerAt(directory, { seed: 'open' })
    await ledger.append(decision('c1'))
    await ledger.append(outcome('b1', NOON_MS + 5, { part: 'immediate' }))
    await ledger.append(outcome('b1', NOON_MS + 9))
    const endings = filesIn(directory).map((path) => path.replace(/^.*-0/, ''))
    expect(endings.toSorted()).toEqual(['.ndjson', '.ndjson.zst', '.sealed.ndjson'])
    const rows = await all(readLedger(directory))
    expect(rows).toHaveLength(4)
    for (const { id, tMs, decision, outcomes } of rows) {
      const found = await findInLedger(directory, id, { fromMs: NOON_MS })
      expect(found).toEqual({ id, tMs, decision, outcomes })
    }
    expect(await findInLedger(directory, 'nobody')).toBeNull()
    // One id may begin another.
    expect(await findInLedger(directory, 'b')).toBeNull()
    await ledger.close()
  })

  it('is found where many lines of another time come after it', async () => {
    const directory = fresh()
    const old = Array.from({ length: 10_000 }, (_, i) => decision(`old-${i}`, NOON_MS - DAY_MS))
    const { ledger } = ledgerAt(directory)
    await ledger.append(decision('now'))
    await Promise.all(old.map((line) => ledger.append(line)))
    expect(await findInLedger(directory, 'now', { fromMs: NOON_MS })).toMatchObject({
      tMs: NOON_MS,
    })
    await ledger.close()
    expect(await findInLedger(directory, 'now', { fromMs: NOON_MS })).toMatchObject({
      tMs: NOON_MS,
    })
  })

  it('has no line that a reading would not use', async () => {
    const directory = fresh()
    await write(directory, [decision('d')])
    const path = join(directory, filesIn(directory)[0]!)
    appendFileSync(path, text({ part: 'version', v: 2 }) + text({ part: 'undated', t: 'noon' }))
    appendFileSync(path, Buffer.from(text({ part: 'bytes', text: 'é' }), 'latin1'))
    appendFileSync(path, text({ part: 'long', text: 'x'.repeat(1024 * 1024) }))
    appendFileSync(path, text({ part: 'torn' }).trimEnd())
    const [row] = await all(readLedger(directory))
    expect(row?.outcomes).toHaveLength(0)
    expect((await findInLedger(directory, 'd'))?.outcomes).toHaveLength(0)
  })

  it('is the first where there are two, and has each part once, as long as it came in time', async () => {
    const directory = fresh()
    await write(directory, [
      decision('d', NOON_MS, { route: 'R1' }),
      decision('d', NOON_MS, { route: 'R3' }),
      outcome('d', NOON_MS, { reward: 1 }),
      outcome('d', NOON_MS, { reward: 2 }),
      outcome('d', NOON_MS + HOUR_MS, { part: 'late' }),
      outcome('d', NOON_MS - HOUR_MS, { part: 'early' }),
    ])
    const found = await findInLedger(directory, 'd', { outcomesWithinMs: HOUR_MS })
    expect(found).toMatchObject({
      decision: { route: 'R1' },
      outcomes: [{ fields: { reward: 1 } }],
    })
    expect(found?.outcomes).toHaveLength(1)
    const ever = await findInLedger(directory, 'd', { outcomesWithinMs: Infinity })
    expect(ever?.outcomes.map(({ part }) => part)).toEqual(['later', 'late'])
  })

  it('has what came of it on later days, and is not looked for in days before it', async () => {
    const directory = fresh()
    const { ledger, clock } = ledgerAt(directory)
    for (let day = 0; day < 4; day += 1) {
      const nowMs = NOON_MS + day * DAY_MS
      await ledger.append(decision(`day ${day}`, nowMs))
      if (day > 0) await ledger.append(outcome(`day ${day - 1}`, nowMs))
      await clock.advance(DAY_MS)
    }
    await ledger.close()
    const found = await findInLedger(directory, 'day 1', { fromMs: NOON_MS + DAY_MS })
    expect(found?.outcomes).toMatchObject([{ tMs: NOON_MS + 2 * DAY_MS }])
    expect(await findInLedger(directory, 'day 1', { fromMs: NOON_MS + 2 * DAY_MS })).toBeNull()
    // Whatever ids say of time, lines of later days are found as well.
    expect(await findInLedger(directory, 'day 3', { fromMs: NOON_MS })).not.toBeNull()
  })

  it('is not looked for in segments that cannot have it, so that these may be broken', async () => {
    const directory = fresh()
    await write(directory, [decision('old', NOON_MS - HOUR_MS)], 'old')
    await write(directory, [decision('new')], 'new')
    const { ledger, clock } = ledgerAt(directory, { seed: 'later' })
    await clock.advance(10 * DAY_MS)
    await ledger.append(decision('later', NOON_MS + 10 * DAY_MS))
    await ledger.close()
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.ndjson'))) {
      const path = join(directory, file)
      if (readFileSync(path, 'utf8').includes('"new"')) continue
      renameSync(path, `${path}.gone`)
      mkdirSync(path)
    }
    expect(await findInLedger(directory, 'new', { fromMs: NOON_MS })).not.toBeNull()
    await expect(findInLedger(directory, 'new')).rejects.toMatchObject({ code: 'LEDGER_READ' })
    const all = { fromMs: NOON_MS, outcomesWithinMs: Infinity }
    await expect(findInLedger(directory, 'new', all)).rejects.toMatchObject({ code: 'LEDGER_READ' })
  })

  it('is nothing where there is no ledger, and an error where there is something else', async () => {
    const directory = fresh()
    expect(await findInLedger(join(directory, 'none'), 'd')).toBeNull()
    writeFileSync(join(directory, 'file'), '')
    await expect(findInLedger(join(directory, 'file'), 'd')).rejects.toMatchObject({
      code: 'LEDGER_READ',
    })
    await expect(findInLedger(directory, 'd', { fromMs: Number.NaN })).rejects.toThrow('fromMs')
  })
})

const idOf = (number: number): string => `id-${String(number).padStart(7, '0')}`

/** As long as a usual one. */
const decisionText = (number: number, ms: number): string =>
  `${JSON.stringify({ v: 1, kind: 'decision', id: idOf(number), t: isoAt(NOON_MS + ms), route: 'R1', filler: 'x'.repeat(200) })}\n`
const rewardText = (number: number, ms: number, part = 'immediate'): string =>
  `${JSON.stringify({ v: 1, kind: 'reward', id: idOf(number), t: isoAt(NOON_MS + ms), part })}\n`

function file() {
  const path = join(fresh(), 'ledger.ndjson')
  const find = (number: number, ms = 0) =>
    findInSeedLedger(path, idOf(number), { fromMs: NOON_MS + ms })
  return { path, find }
}

describe('a decision in one file', () => {
  it('is found with its rewards, in the order they came, wherever it lies in some MiB', async () => {
    const { path, find } = file()
    const count = 30_000
    const lines = Array.from({ length: count }, (_, i) => decisionText(i, i) + rewardText(i, i))
    // Its later part comes at the very end.
    const late = rewardText(0, count, 'later') + rewardText(17_000, count, 'later')
    writeFileSync(path, lines.join('') + late)
    for (const number of [0, 1, 4_321, 17_000, count - 1]) {
      const found = await find(number, number)
      expect(found?.tMs).toBe(NOON_MS + number)
      const isTwice = number === 0 || number === 17_000
      expect(found?.outcomes.map(({ part }) => part)).toEqual(
        isTwice ? ['immediate', 'later'] : ['immediate'],
      )
    }
  })

  it('is whole wherever a part that is read at once ends', async () => {
    const { path, find } = file()
    const target = decisionText(1, 0)
    for (let offset = 0; offset <= target.length + 1; offset += 1) {
      // What is before it is a MiB less than `offset`, so that the part ends within its line.
      const before = `${'y'.repeat(1024 * 1024 - 1 - offset)}\n`
      writeFileSync(path, before + target + decisionText(0, 0))
      expect((await find(1))?.decision).toMatchObject({ route: 'R1' })
    }
  })

  it('is found though lines are torn, or far too long, before, after and in the middle', async () => {
    const { path, find } = file()
    const torn = decisionText(1, 0).slice(0, 40)
    writeFileSync(path, `${torn}\n${decisionText(1, 0)}${'z'.repeat(7 * 1024 * 1024)}\n${torn}\n`)
    appendFileSync(path, `${rewardText(1, 5)}null\n7\n"${idOf(1)}"\n`)
    appendFileSync(path, rewardText(1, 6, 'later').slice(0, 30))
    const found = await find(1)
    expect(found?.decision).toMatchObject({ route: 'R1' })
    expect(found?.outcomes).toHaveLength(1)
  })

  it('has its rewards also where a quicker process wrote one before it', async () => {
    const { path, find } = file()
    const between = `${'y'.repeat(1023)}\n`.repeat(1024)
    writeFileSync(path, `${rewardText(1, 0)}${between}${decisionText(1, 1)}`)
    expect((await find(1))?.outcomes).toHaveLength(1)
  })

  it('is found whatever times the lines around it say', async () => {
    const { path, find } = file()
    const yesterday = Array.from({ length: 10_000 }, (_, i) => decisionText(i + 2, -DAY_MS)).join(
      '',
    )
    writeFileSync(path, yesterday + decisionText(1, 0) + yesterday)
    expect((await find(1))?.tMs).toBe(NOON_MS)
  })

  it('may be the last, and without a line feed if it is whole', async () => {
    const { path, find } = file()
    writeFileSync(path, decisionText(0, 0) + decisionText(1, 0).trimEnd())
    expect((await find(1))?.tMs).toBe(NOON_MS)
    writeFileSync(path, decisionText(0, 0) + decisionText(1, 0).trimEnd().slice(0, -1))
    expect(await find(1)).toBeNull()
  })

  it('that is not there is nothing', async () => {
    const { path, find } = file()
    expect(await find(1)).toBeNull()
    writeFileSync(path, '')
    expect(await find(1)).toBeNull()
    writeFileSync(path, decisionText(1, 0))
    expect(await find(2)).toBeNull()
  })

  it('of whole rows has what they say came of it among its own fields', async () => {
    const { path } = file()
    const rewards = { deployment: { slo_ok: true } }
    const row = { id: 'a', t: isoAt(NOON_MS), live: null, rewards }
    writeFileSync(path, JSON.stringify(row, null, 1).replaceAll('\n', ''))
    expect(await findInSeedLedger(path, 'a')).toEqual({
      id: 'a',
      tMs: NOON_MS,
      decision: { live: null, rewards },
      outcomes: [],
    })
  })
})
