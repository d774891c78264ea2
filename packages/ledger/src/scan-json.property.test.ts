import { isUtf8 } from 'node:buffer'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choiceOf } from './choice.ts'
import { lineReader, type Found } from './line-reader.fixture.ts'
import type { Refused } from './scan-whole.ts'
import { timestampMs } from './timestamp.ts'

const OWN = ['v', 'kind', 'id', 't']
const WANTED = ['route', 'rewards', 'a', 'b"c', 'größer', '', '__proto__', 'part']

const all = lineReader()
const some = lineReader(choiceOf(WANTED, WANTED))

/** What `JSON.parse` says of a line: its fields, or null if it is none of ours. */
function parsed(line: Buffer): Record<string, unknown> | null {
  let value: unknown
  try {
    value = JSON.parse(line.toString())
  } catch {
    return null // It is no JSON, which is what is asked here.
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject) return null
  const { v = 1, kind = 'decision', id } = value as Record<string, unknown>
  const isKnown = v === 1 && ['decision', 'outcome', 'reward'].includes(kind as string)
  return isKnown && typeof id === 'string' && id !== '' ? (value as Record<string, unknown>) : null
}

/** Own fields of an object that may be called anything. */
const picked = (value: object, isWanted: (name: string) => boolean): unknown =>
  Object.fromEntries(Object.entries(value).filter(([name]) => isWanted(name)))

/** Says where a line is read otherwise than `JSON.parse` reads it; null where it is not. */
function difference(line: Buffer): string | null {
  if (!isUtf8(line)) return null
  const expected = parsed(line)
  const found: readonly (Found | Refused)[] = [all(line), some(line)]
  for (const [i, one] of found.entries()) {
    if ('reason' in one) {
      if (expected !== null) return `refused: ${one.reason}`
      continue
    }
    if (expected === null) return 'accepted'
    const { id, t, kind = 'decision', n, h } = expected
    const hasPlace = Number.isInteger(n) && typeof h === 'string' && Buffer.byteLength(h) === 32
    const own = hasPlace ? [...OWN, 'n', 'h'] : OWN
    const isWanted = (name: string): boolean =>
      !own.includes(name) && (i === 0 || WANTED.includes(name))
    const wanted = {
      kind: kind === 'decision' ? kind : 'outcome',
      id: Buffer.from(id as string).toString(),
      tMs: typeof t === 'string' ? timestampMs(t) : Number.NaN,
      fields: picked(expected, isWanted),
    }
    if (!isDeepStrictEqual(one, wanted)) return 'read otherwise'
  }
  return null
}

const space = fc.constantFrom('', '', '', ' ', '\t', ' \r ')
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
  fc.double({ min: 0, max: 1, noNaN: true }).map(String),
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?$/),
  fc.constantFrom('-0', '-0.0', '1e400', '-1e400', '5e-324', '2.5e-324', '9007199254740993'),
  fc.constantFrom('0.500000000000000166533453694', '8.5', '128', '-128', '127', '-129'),
)
const anyText = fc.string({ maxLength: 12, unit: 'binary' })
const escaped = (text: string): string =>
  `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
const stringText = fc.oneof(
  anyText.map((text) => JSON.stringify(text)),
  anyText.map(escaped),
  fc.constantFrom('"R1"', '"\\/\\b"', '"\\ud800"', `"${'x'.repeat(40)}"`, '"ö漢😀"'),
)
const nameText = fc.oneof(
  // Few, so that they meet in every order.
  { weight: 2, arbitrary: fc.constantFrom('"a"', '"x"', '"y"') },
  fc.constantFrom(...WANTED, 'x', 'y', 'R1', 'immediate', '1').map((name) => JSON.stringify(name)),
  fc.constantFrom('"\\u0061"', '"\\u005f_proto__"', '"n"', '"h"', '"id"', '"t"', '"v"', '"kind"'),
  stringText,
)
const { members } = fc.letrec<{ value: string; members: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('true', 'false', 'null', '{}', '[]'),
    numberText,
    stringText,
    fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(',')}]`),
    tie('members').map((text) => `{${text}}`),
  ),
  members: fc
    .array(fc.tuple(space, nameText, space, space, tie('value'), space), { maxLength: 4 })
    .map((all) =>
      all.map(([a, name, b, c, value, d]) => a + name + b + ':' + c + value + d).join(','),
    ),
}))
const front = fc.constantFrom(
  '"v":1,"kind":"decision","id":"d-1","t":"2026-01-15T12:00:00.000Z"',
  '"v":1,"kind":"outcome","id":"d-1","t":"2026-01-15T12:00:00.001Z"',
  '"id":"d-1","t":"2026-01-15T12:00:00+02:00"',
  '"t": "2026-02-30T12:00:00.000Z", "id": "ö"',
  '"v":1,"kind":"reward","id":"\\u0061","t":7',
)
const place = fc.constantFrom('', '', `,"n":12,"h":"${'0a'.repeat(16)}"`)
const line = fc
  .tuple(front, fc.option(members, { nil: '' }), place)
  .map(([front, members, place]) => `{${front}${members === '' ? '' : `,${members}`}${place}}`)

const objectOf = (length: number, from = 0): string =>
  `{${Array.from({ length }, (_, i) => `"name-${from + i}":${i}`).join(',')}}`
const withA = (value: string): string => `{"id":"a","t":"2026-01-15T12:00:00Z","a":${value}}`

describe('every line is read as JSON.parse reads it', () => {
  it('whatever it holds', () => {
    fc.assert(
      fc.property(line, (text) => {
        expect(difference(Buffer.from(text))).toBeNull()
      }),
      { numRuns: 3000 },
    )
  })

  it('and refused where JSON.parse refuses it: cut off, or with any byte changed, removed or added', () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true })
    const byte = fc.oneof(
      fc.constantFrom(...Array.from('{}[],:"\\.-+eE0123456789 tfnu\u0001', (c) => c.charCodeAt(0))),
      fc.integer({ min: 0, max: 255 }),
    )
    const change = fc.tuple(fc.constantFrom('cut', 'set', 'remove', 'insert'), place, byte)
    fc.assert(
      fc.property(line, fc.array(change, { minLength: 1, maxLength: 2 }), (text, changes) => {
        let bytes = Buffer.from(text)
        for (const [kind, place, byte] of changes) {
          const at = Math.floor(place * bytes.length)
          // A line feed would make two lines of it.
          const added = kind === 'set' || kind === 'insert' ? [byte === 10 ? 13 : byte] : []
          const rest = kind === 'cut' ? [] : bytes.subarray(kind === 'insert' ? at : at + 1)
          bytes = Buffer.from([...bytes.subarray(0, at), ...added, ...rest])
        }
        expect(difference(bytes)).toBeNull()
      }),
      { numRuns: 6000 },
    )
  })

  it('and a number is the double that Number makes of it', () => {
    fc.assert(
      fc.property(fc.array(numberText, { minLength: 20, maxLength: 20 }), (numbers) => {
        const found = all(Buffer.from(`{"id":"a","t":"","a":[${numbers.join(',')}]}`)) as Found
        expect((found.fields as { a: number[] }).a).toEqual(numbers.map(Number))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('so is a line', () => {
  it.each([
    ['nested deeper than is usual', `${'['.repeat(200)}1${']'.repeat(200)}`],
    ['with more names than an object mostly has', objectOf(500)],
    ['with a name that is very long', `{"${'n'.repeat(300)}":1}`],
    ['with a text that is very long', JSON.stringify('x"'.repeat(50_000))],
    ['that leaves an array open', '[1,2'],
    ['with a comma too many', '[1,]'],
    ['with a comma too many in an object', '{"b":1,}'],
    ['with a comma and nothing else', '{,}'],
    ['with two commas', '{"b":1,,"c":2}'],
    ['with a name and no value', '{"b"}'],
    ['with a zero in front', '01'],
    ['with a control character', '"\u0001"'],
    ['with an escape that there is not', '"\\x"'],
  ])('%s', (_what, value) => {
    expect(difference(Buffer.from(withA(value)))).toBeNull()
  })

  it('with a name inside that comes after it, too', () => {
    for (const value of ['1', '{"b":1}', '{"b":{"b":1},"c":2}', '[{"b":1},{"c":2}]', '1']) {
      const line = `{"id":"a","t":"","a":${value},"b":{"c":1},"c":${value}}`
      expect(difference(Buffer.from(line))).toBeNull()
      expect(difference(Buffer.from(line))).toBeNull()
    }
  })

  it('with a number in the middle of two doubles', () => {
    // Next to 2^k doubles are 2^(k - 52) apart.
    const numbers = ['562949953421312.0625', '562949953421312.1875', '281474976710656.03125']
      .concat(['281474976710656.09375', '70368744177664.0078125', '70368744177664.0234375'])
      .concat(['0.500000000000000055511151231257827', '562949953421312.062500', '8.5'])
      .flatMap((number) => [number, `${number}1`, `-${number}`, number.replace(/5$/, '49')])
    const { fields } = all(Buffer.from(withA(`[${numbers.join(',')}]`))) as Found
    expect((fields as { a: number[] }).a).toEqual(numbers.map(Number))
  })

  it('nested so deep that recursion would overflow', () => {
    const { fields } = all(Buffer.from(withA('['.repeat(200_000) + ']'.repeat(200_000)))) as Found
    let depth = 0
    for (let value = (fields as { a: unknown }).a; Array.isArray(value); value = value[0])
      depth += 1
    expect(depth).toBe(200_000)
  })

  it('that comes after thousands of other texts and names', () => {
    for (let i = 0; i < 6000; i += 1) {
      const line = withA(`{"text":"text-${i}","of":{"name-${i}":[${i},"${i}"]}}`)
      expect(difference(Buffer.from(line))).toBeNull()
    }
    for (let i = 0; i < 100; i += 1) {
      expect(difference(Buffer.from(withA(objectOf(90, i * 90))))).toBeNull()
    }
  })
})
