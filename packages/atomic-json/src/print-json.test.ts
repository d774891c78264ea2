import { describe, expect, it } from 'vitest'
import { DEEPEST_NESTING, printJson } from './print-json.ts'

const refused = (value: unknown): { jsonPath: string; reason: string } => {
  try {
    printJson(value)
  } catch (error) {
    return error as { jsonPath: string; reason: string }
  }
  throw new Error('it was printed')
}

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

describe('printing JSON', () => {
  it('puts keys in order of UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      '\u00f6': 7,
    }
    expect(Object.keys(JSON.parse(printJson(value)) as object)).toHaveLength(7)
    expect(printJson(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    )
  })

  it('prints numbers as ECMAScript does, and no minus before zero', () => {
    expect(printJson([-0, 1e21, 1e-7, 1 / 3, 4.5, 2e-3])).toBe(
      '[0,1e+21,1e-7,0.3333333333333333,4.5,0.002]',
    )
  })

  it('adds white space and nothing else when it prints for people', () => {
    const value = { b: [1, { c: {} }], a: [] }
    expect(printJson(value, { pretty: true })).toBe(
      '{\n  "a": [],\n  "b": [\n    1,\n    {\n      "c": {}\n    }\n  ]\n}',
    )
  })

  it('calls toJSON, with the key, and leaves out a member that is undefined', () => {
    const named = { toJSON: (key: string) => `at ${key}` }
    expect(printJson({ b: named, a: undefined, c: new Date(0) })).toBe(
      '{"b":"at b","c":"1970-01-01T00:00:00.000Z"}',
    )
  })

  it('keeps a member named __proto__', () => {
    expect(printJson(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}')
  })

  it('prints one object twice where it stands in two places', () => {
    const shared = { a: 1 }
    expect(printJson([shared, shared])).toBe('[{"a":1},{"a":1}]')
  })

  it.each<[string, unknown, string]>([
    ['NaN', { a: [0, Number.NaN] }, '$.a[1]'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, '$.a'],
    ['undefined in an array', { list: [1, undefined] }, '$.list[1]'],
    // oxlint-disable-next-line no-sparse-arrays
    ['a hole in an array', [1, , 2], '$[1]'],
    ['undefined itself', undefined, '$'],
    ['a BigInt', { n: 1n }, '$.n'],
    ['a function', { f: () => 1 }, '$.f'],
    ['a symbol', [Symbol('s')], '$[0]'],
    ['half of a surrogate pair', { 'odd key': ['\ud800'] }, '$["odd key"][0]'],
    ['half of a surrogate pair in a key', { a: { '\udc00': 1 } }, '$.a["\\udc00"]'],
    ['a Map', { m: new Map([[1, 2]]) }, '$.m'],
    ['a typed array', { m: new Float64Array(2) }, '$.m'],
    ['a Promise', [Promise.resolve(1)], '$[0]'],
  ])('refuses %s and names the place', (_, value, jsonPath) => {
    expect(refused(value)).toMatchObject({ code: 'JSON_VALUE', jsonPath })
  })

  it('refuses a cycle and names where it closes', () => {
    const value: Record<string, unknown> = { a: { b: [] } }
    ;(value['a'] as { b: unknown[] }).b.push(value)
    expect(refused(value)).toMatchObject({
      jsonPath: '$.a.b[0]',
      reason: expect.stringMatching('cycle'),
    })
  })

  it('refuses what is nested too deep before the stack runs out', () => {
    expect(printJson(nested(DEEPEST_NESTING))).toHaveLength(2 * DEEPEST_NESTING)
    expect(refused(nested(50_000)).reason).toBe(`nested deeper than ${DEEPEST_NESTING}`)
  })

  it('names the place of a toJSON or a getter that throws, with what it threw as the cause', () => {
    const boom = new Error('boom')
    const thrower = {
      get bad(): never {
        throw boom
      },
    }
    expect(refused({ a: thrower })).toMatchObject({ jsonPath: '$.a.bad', cause: boom })
    const converter = {
      toJSON() {
        throw boom
      },
    }
    expect(refused([converter])).toMatchObject({ jsonPath: '$[0]', cause: boom })
  })
})
