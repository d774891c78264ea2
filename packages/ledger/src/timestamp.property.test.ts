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

it('what is read is what JavaScript reads, however a moment is misprinted', () => {
  const moment = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
  const character = fc.constantFrom('', '0', '1', '9', '-', ':', '.', 'T', 'Z', '+', ' ', '05')
  fc.assert(
    fc.property(moment, fc.nat(24), character, (date, place, character) => {
      const text = date.toISOString()
      const misprinted = text.slice(0, place) + character + text.slice(place + 1)
      const atMs = timestampMs(misprinted)
      // What is refused here JavaScript may take for a time of its own zone, or for the next month.
      expect([Number.NaN, Math.floor(Date.parse(misprinted))]).toContainEqual(atMs)
    }),
    { numRuns: 2000 },
  )
})
