import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDecisionId, timeOf } from './decision-id.ts'

describe('a decision id', () => {
  it('gives its bytes and its time, as in the example of RFC 9562, A.6', () => {
    const { bytes, atMs } = readDecisionId('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')
    expect(Buffer.from(bytes).toString('hex')).toBe('017f22e279b07cc398c4dc0c0c07398f')
    expect(atMs).toBe(Date.UTC(2022, 1, 22, 19, 22, 22))
  })

  it('is read digit for digit', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), fc.boolean(), (id, isUpper) => {
        const { bytes, atMs } = readDecisionId(isUpper ? id.toUpperCase() : id)
        const hex = id.replaceAll('-', '')
        expect(Buffer.from(bytes).toString('hex')).toBe(hex)
        expect(atMs).toBe(Number.parseInt(hex.slice(0, 12), 16))
      }),
    )
  })

  it('tells times up to the last that fits', () => {
    expect(timeOf(Buffer.from('00ffffffffffff', 'hex'), 1)).toBe(2 ** 48 - 1)
    expect(timeOf(Buffer.from('800000000000', 'hex'), 0)).toBe(2 ** 47)
  })

  it.each([
    ['nothing', undefined],
    ['a number', 17],
    ['empty', ''],
    ['without dashes', '017f22e279b07cc398c4dc0c0c07398f'],
    ['of version 4', '919108f7-52d1-4320-9bac-f847db4148a8'],
    ['of another variant', '017f22e2-79b0-7cc3-c8c4-dc0c0c07398f'],
    ['with something before', ' 017f22e2-79b0-7cc3-98c4-dc0c0c07398f'],
    ['with something after', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n'],
    ['with a digit that is none', '017f22e2-79b0-7cc3-98c4-dc0c0c07398g'],
  ])('is refused when it is %s', (_what, id) => {
    expect(() => readDecisionId(id)).toThrow(
      expect.objectContaining({ code: 'BANDIT_STORE_INPUT', field: 'decisionId' }),
    )
  })
})
