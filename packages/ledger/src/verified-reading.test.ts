import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import type { Head } from './head.ts'
import { DAY_MS, decision, idsIn, ledgerAt, NOON_MS, outcome, write } from './lines.fixture.ts'
import { readSeedLedger } from './read.ts'
import { filesIn } from './files.fixture.ts'

const directory = scratch()

/** A ledger of one writer with a sealed segment of ten decisions for each of three days, and what lies where. */
async function threeDays() {
  const at = directory()
  const { ledger, clock } = ledgerAt(at)
  for (let day = 0; day < 3; day += 1) {
    clock.setWallMs(NOON_MS + day * DAY_MS)
    for (let i = 0; i < 10; i += 1) {
      await ledger.append(decision(`${day}-${i}`, NOON_MS + day * DAY_MS))
    }
  }
  await ledger.close()
  const files = filesIn(at)
  const pathOf = (day: number): string => join(at, files[day] ?? '')
  const headOf = (day: number): string =>
    join(at, 'heads', (files[day] ?? '').replace('.sealed.ndjson', '.json'))
  return { at, pathOf, headOf }
}

/** The decisions of the second day on, or how the reading ended. */
async function verified(at: string, fromMs = NOON_MS + DAY_MS): Promise<number | string[]> {
  try {
    return (await idsIn(at, { fromMs, toMs: NOON_MS + 3 * DAY_MS, isVerified: true })).length
  } catch (error) {
    const { code, problems } = error as { code: string; problems?: { kind: string }[] }
    return [code, ...(problems ?? []).map(({ kind }) => kind)]
  }
}

const changeLine = (path: string): void =>
  writeFileSync(path, readFileSync(path, 'utf8').replace('"route":"R2"', '"route":"R1"'))

function changeHead(path: string, change: (head: Head) => object): void {
  const head = JSON.parse(readFileSync(path, 'utf8')) as Head
  writeFileSync(path, JSON.stringify({ ...head, ...change(head) }))
}

describe('a reading that is verified', () => {
  it('has the rows of a ledger that is as it was written, live and archived', async () => {
    const { at } = await threeDays()
    expect(await verified(at)).toBe(20)
    await archiveLedger(at, { nowMs: NOON_MS + 2 * DAY_MS })
    expect(await verified(at)).toBe(20)
  })

  it('has no row of a window in which a line was changed, live and archived', async () => {
    const { at, pathOf } = await threeDays()
    changeLine(pathOf(1))
    expect(await verified(at)).toEqual(['LEDGER_TAMPERED', 'changed'])
    await archiveLedger(at, { nowMs: NOON_MS + 9 * DAY_MS })
    expect(await verified(at)).toEqual(['LEDGER_TAMPERED', 'changed'])
  })

  it('says of what was found first, how it is, and how much more there is', async () => {
    const { at, pathOf } = await threeDays()
    const lines = readFileSync(pathOf(1), 'utf8').replaceAll('"p":0.5', '"p":0.6')
    writeFileSync(pathOf(1), lines)
    await expect(idsIn(at, { isVerified: true })).rejects.toThrow(
      /it is not as it was written: line 1 of 2026-01-16\.[0-9a-f]+-1: changed; .* and 7 more$/,
    )
  })

  it.each<[string, (head: Head) => object]>([
    ['no time', () => ({ minMs: null, maxMs: null })],
    ['an earlier time', () => ({ minMs: 0, maxMs: 1 })],
    ['a later time', ({ minMs }) => ({ minMs: minMs! + 99 * DAY_MS, maxMs: minMs! + 99 * DAY_MS })],
  ])('opens a segment whose head was given %s, so that it would be passed over', async (_, to) => {
    const { at, headOf } = await threeDays()
    changeHead(headOf(1), to)
    const window = { fromMs: NOON_MS + DAY_MS, toMs: NOON_MS + 3 * DAY_MS }
    expect((await idsIn(at, window)).length).toBe(10)
    expect(await verified(at)).toEqual(['LEDGER_TAMPERED', 'head-changed'])
  })

  it('has no row where a segment is gone, with its head or without', async () => {
    const { at, pathOf, headOf } = await threeDays()
    unlinkSync(pathOf(1))
    expect(await verified(at)).toEqual(['LEDGER_TAMPERED', 'segment-missing'])
    unlinkSync(headOf(1))
    expect(await verified(at)).toEqual(['LEDGER_TAMPERED', 'segment-missing'])
  })

  it('has no row where lines were put there, behind the end or in a file of their own', async () => {
    const behind = await threeDays()
    appendFileSync(behind.pathOf(2), '{"v":1,"kind":"dec')
    expect(await verified(behind.at)).toEqual(['LEDGER_TAMPERED', 'added'])
    const { at, pathOf } = await threeDays()
    const forged = pathOf(2).replace('-2.sealed', '-3.sealed')
    writeFileSync(forged, readFileSync(pathOf(2)))
    expect(await verified(at)).toEqual(['LEDGER_TAMPERED', 'head-missing', 'changed'])
  })

  it('does not ask for what lies before its window', async () => {
    const { at, pathOf, headOf } = await threeDays()
    changeLine(pathOf(0))
    expect(await verified(at)).toBe(20)
    unlinkSync(pathOf(0))
    expect(await verified(at)).toBe(20)
    unlinkSync(headOf(0))
    expect(await verified(at, NOON_MS + 2 * DAY_MS)).toBe(10)
    expect(await verified(at, NOON_MS)).toEqual(['LEDGER_TAMPERED', 'segment-missing'])
  })

  it('has the rows of a segment that is being written, ahead of its head and torn at its end', async () => {
    const at = directory()
    await write(at, [decision('a'), outcome('a')], 'earlier')
    const { ledger } = ledgerAt(at, { headMs: 60_000 })
    await ledger.append(decision('b'))
    const open = readdirSync(at).find((file) => file.endsWith('-0.ndjson')) ?? ''
    appendFileSync(join(at, open), '{"v":1,"kind":"decision","id":"c"')
    expect(await verified(at, NOON_MS)).toBe(2)
    renameSync(join(at, open), join(at, open.replace('.ndjson', '.sealed.ndjson')))
    expect(await verified(at, NOON_MS)).toBe(2)
    await ledger.close()
  })

  it('has every row of a file, which has no chain', async () => {
    const path = join(directory(), 'rows.ndjson')
    writeFileSync(path, `${JSON.stringify(decision('a'))}\n`)
    let rows = 0
    for await (const _ of readSeedLedger(path, { isVerified: true })) rows += 1
    expect(rows).toBe(1)
  })
})
