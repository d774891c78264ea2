import { describe, expect, it } from 'vitest'
import { lineText, LONGEST_LINE, type LedgerLine } from './line.ts'
import { decision, NOON_MS, outcome } from './lines.fixture.ts'

const refused =
  (line: unknown): (() => unknown) =>
  () =>
    lineText(line as LedgerLine)

describe('a line to be written', () => {
  it('has the fields that every line has in front, whatever order it came in', () => {
    const { id, t, ...rest } = decision('d-1')
    expect(lineText({ ...rest, t, id })).toEqual({
      text: `{"v":1,"kind":"decision","id":"d-1","t":"${t}","route":"R2","p":0.5,"shadow":{"route":"R2","argmax":"R2"},"live":{"route":"R2","pilot":0.1}`,
      tMs: NOON_MS,
    })
    expect(lineText({ v: 1, kind: 'reward', id, t }).text).toBe(
      `{"v":1,"kind":"reward","id":"d-1","t":"${t}"`,
    )
  })

  it.each([
    ['line', null],
    ['line', 'text'],
    ['v', { ...decision('a'), v: 2 }],
    ['kind', { ...decision('a'), kind: 'note' }],
    ['id', decision('')],
    ['id', decision('x'.repeat(201))],
    ['id', { ...decision('a'), id: 7 }],
    ['t', { ...decision('a'), t: '2026-01-15T12:00:00' }],
    ['t', { ...decision('a'), t: NOON_MS }],
    ['route', decision('a', NOON_MS, { route: '' })],
    ['p', decision('a', NOON_MS, { p: 1.1 })],
    ['p', decision('a', NOON_MS, { p: Number.NaN })],
    ['part', outcome('a', NOON_MS, { part: 1 })],
    ['reward', outcome('a', NOON_MS, { reward: Infinity })],
    ['line', decision('a', NOON_MS, { n: 1 })],
    ['line', decision('a', NOON_MS, { h: 'x' })],
    ['line', decision('a', NOON_MS, { big: 1n })],
    ['line', decision('a', NOON_MS, { text: 'x'.repeat(LONGEST_LINE) })],
    ['line', decision('a', NOON_MS, { text: 'ö'.repeat(LONGEST_LINE / 2) })],
  ])('is refused by the name of the field that is wrong: %s', (field, line) => {
    expect(refused(line)).toThrow(expect.objectContaining({ code: 'LEDGER_LINE', field }))
  })
})
