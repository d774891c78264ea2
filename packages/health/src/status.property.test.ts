import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWorse, wholeOf, type Part, type Status } from './status.ts'

const status = fc.constantFrom<Status>('ok', 'degraded', 'unknown', 'critical')
const part: fc.Arbitrary<Part> = fc.record({
  status,
  onFail: fc.constantFrom('critical', 'degraded'),
})
const parts = fc.array(part, { minLength: 1, maxLength: 12 })

const isVital = ({ status, onFail }: Part): boolean =>
  status === 'critical' && onFail === 'critical'

describe('the whole, whatever its parts', () => {
  it('does not depend on their order, and is that of a part', () => {
    fc.assert(
      fc.property(parts, fc.integer(), (parts, turn) => {
        const at = Math.abs(turn) % parts.length
        const turned = [...parts.slice(at), ...parts.slice(0, at)]
        expect(wholeOf(turned)).toBe(wholeOf(parts))
        expect(parts.map((part) => wholeOf([part]))).toContain(wholeOf(parts))
      }),
    )
  })

  it('never becomes better by another part', () => {
    fc.assert(
      fc.property(parts, part, (parts, another) => {
        expect(isWorse(wholeOf(parts), wholeOf([...parts, another]))).toBe(false)
      }),
    )
  })

  it('is ok only if every part is', () => {
    fc.assert(
      fc.property(parts, (parts) => {
        expect(wholeOf(parts) === 'ok').toBe(parts.every(({ status }) => status === 'ok'))
      }),
    )
  })

  it('is critical only if a vital part is', () => {
    fc.assert(
      fc.property(parts, (parts) => {
        expect(wholeOf(parts) === 'critical').toBe(parts.some(isVital))
      }),
    )
  })
})
