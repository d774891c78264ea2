import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openEnvelope, printEnvelope } from './envelope.ts'
import { printJson } from './print-json.ts'

// fast-check prints the seed with every failure.
const anyJson = fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 })

describe('printing any JSON value', () => {
  it('gives what the reference implementation of RFC 8785 gives', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(printJson(value)).toBe(canonicalize(value))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives text that parses to the value, compact or pretty', () => {
    fc.assert(
      fc.property(anyJson, fc.boolean(), (value, pretty) => {
        const text = printJson(value, { pretty })
        expect(printJson(JSON.parse(text))).toBe(printJson(value))
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 500 },
    )
  })

  it('gives equal text whatever the order in which members were added', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyJson), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed())
        expect(printJson(reversed)).toBe(printJson({ ...value }))
      }),
    )
  })

  it('opens every envelope it makes, also when it was printed anew', () => {
    fc.assert(
      fc.property(anyJson, fc.integer({ min: 1 }), fc.boolean(), (value, generation, pretty) => {
        const text = printEnvelope(printJson(value), generation, pretty)
        const opened = openEnvelope(JSON.parse(JSON.stringify(JSON.parse(text), null, 4)))
        expect(opened).toEqual({
          kind: 'ok',
          value: JSON.parse(printJson(value)) as unknown,
          generation,
        })
      }),
    )
  })
})
