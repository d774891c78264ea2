import fc from 'fast-check'
import { expect, it } from 'vitest'
import { timestampMs } from './timestamp.ts'

it('every moment of the years 0 to 9999 is read as JavaScript prints it', () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date('0000-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59.999Z'),
        noInvalidDate: true,
      }),
      (date) => {
        expect(timestampMs(date.toISOString())).toBe(date.getTime())
      },
    ),
    { numRuns: 2000 },
  )
})

it('what is read is what JavaScript reads, whatever the text', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789-:.TZ+ '), maxLength: 30 })
  fc.assert(
    fc.property(text, (text) => {
      const atMs = timestampMs(text)
      if (!Number.isNaN(atMs)) expect(atMs).toBe(Math.floor(Date.parse(text)))
    }),
  )
})
