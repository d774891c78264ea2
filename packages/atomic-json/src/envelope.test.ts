import { describe, expect, it } from 'vitest'
import { openEnvelope, printEnvelope } from './envelope.ts'

const envelope = printEnvelope('{"a":1}', 7, false)

describe('an envelope', () => {
  it('carries checksum, generation, value and version, in the order of RFC 8785', () => {
    expect(envelope).toBe(
      '{"checksum":"crc32:333b2e96","generation":7,"value":{"a":1},"version":1}',
    )
  })

  it('opens to the value and its generation', () => {
    expect(openEnvelope(JSON.parse(envelope))).toEqual({
      kind: 'ok',
      value: { a: 1 },
      generation: 7,
    })
  })

  it.each([
    ['value', envelope.replace('{"a":1}', '{"a":2}')],
    ['generation', envelope.replace(':7,', ':8,')],
    ['checksum', envelope.replace('crc32:', 'crc32:0')],
  ])('shows that its %s was changed', (_, text) => {
    expect(openEnvelope(JSON.parse(text))).toMatchObject({ kind: 'checksum' })
  })

  it('is told from a plain value, and from an envelope of a version not known here', () => {
    expect(openEnvelope({ a: 1 })).toMatchObject({ kind: 'invalid' })
    expect(openEnvelope([1])).toMatchObject({ kind: 'invalid' })
    expect(openEnvelope({ ...(JSON.parse(envelope) as object), version: 2 })).toEqual({
      kind: 'invalid',
      reason: 'an envelope of unknown version 2',
    })
    expect(openEnvelope({ version: 1, checksum: 'x', generation: 0, value: 1 })).toMatchObject({
      kind: 'invalid',
    })
  })
})
