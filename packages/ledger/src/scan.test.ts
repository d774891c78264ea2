import { describe, expect, it } from 'vitest'
import { chained } from './chain.ts'
import { lineReader } from './line-reader.fixture.ts'
import { lineText } from './line.ts'
import { decision, outcome, NOON_MS } from './lines.fixture.ts'

const read = lineReader()
const scan = (text: string) => read(Buffer.from(text))

const written = (line: Parameters<typeof lineText>[0]): string =>
  chained('before', 17, lineText(line).text).line
const t = '2026-01-15T12:00:00.000Z'

describe('a line that is looked at', () => {
  it('has kind, id and time, and its fields without its place in the chain', () => {
    const { v: _v, kind: _kind, id: _id, t: _t, ...fields } = decision('d-1')
    expect(scan(written(decision('d-1')))).toEqual({
      kind: 'decision',
      id: 'd-1',
      tMs: NOON_MS,
      fields,
    })
    expect(scan(written(outcome('ö-1')))).toMatchObject({
      kind: 'outcome',
      id: 'ö-1',
      fields: { part: 'later', reward: 0.25 },
    })
  })

  it.each([
    [`{"v":1,"kind":"reward","id":"a","t":"${t}"}`, 'outcome', {}],
    [`{"v":1,"kind":"reward","id":"a","t":"${t}","n":1,"h":"${'0'.repeat(32)}"}`, 'outcome', {}],
    [`{"id":"a","t":"${t}","live":{"route":"R1"}}`, 'decision', { live: { route: 'R1' } }],
    [`{"id": "a", "t": "${t}", "live": null}`, 'decision', { live: null }],
    [`{"t":"${t}","x":1,"id":"a"}`, 'decision', { x: 1 }],
    [` {"id":"a","t":"${t}","x":1} `, 'decision', { x: 1 }],
    [`{"id":"\\u0061","t":"${t}","x":1}`, 'decision', { x: 1 }],
    [`{"id":"a","t":"${t}","n":5,"h":"short"}`, 'decision', { n: 5, h: 'short' }],
    [`{"id":"a","t":"${t}","n":5}`, 'decision', { n: 5 }],
    [`{"id":"a","t":"${t}","idle":1}`, 'decision', { idle: 1 }],
    [
      `{"id":"a","t":"${t}","h":"${'0'.repeat(22)}","x":"${'1'.repeat(4)}"}`,
      'decision',
      { h: '0'.repeat(22), x: '1111' },
    ],
  ])('may be written in other ways: %s', (text, kind, fields) => {
    expect(scan(text)).toEqual({ kind, id: 'a', tMs: NOON_MS, fields })
  })

  it.each([
    ['42', 'malformed'],
    ['null', 'malformed'],
    ['"text"', 'malformed'],
    ['[1]', 'malformed'],
    ['{', 'malformed'],
    ['{"v":1,"kind":"dec', 'malformed'],
    [`{"t":"${t}"}`, 'malformed'],
    [`{"id":"","t":"${t}"}`, 'malformed'],
    [`{"id":7,"t":"${t}"}`, 'malformed'],
    [`{"v":2,"kind":"decision","id":"a","t":"${t}"}`, 'malformed'],
    [`{"v":12,"kind":"decision","id":"a","t":"${t}"}`, 'malformed'],
    [`{"v":1,"kind":"decisions","id":"a","t":"${t}"}`, 'malformed'],
  ])('is refused where it is none of ours: %s', (text, kind) => {
    expect(scan(text)).toMatchObject({ kind, reason: expect.any(String) })
  })

  it.each([
    '{"id":"a"}',
    '{"id":"a","t":"2026-01-15T12:00:00"}',
    '{"id":"a","t":1768478400000}',
    '{"id":"a","t":null}',
  ])('has no time where it says none that is certain: %s', (text) => {
    expect(scan(text)).toMatchObject({ id: 'a', tMs: Number.NaN })
  })
})
