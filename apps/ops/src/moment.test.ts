import { describe, expect, it } from 'vitest'
import { momentText, readMoment, readUntil } from './moment.ts'

describe('a moment', () => {
  it('is read with its zone, and never without', () => {
    expect(readMoment('2026-11-20T09:00Z')).toBe(Date.UTC(2026, 10, 20, 9))
    expect(readMoment('2026-11-20T09:00:30+02:00')).toBe(Date.UTC(2026, 10, 20, 7, 0, 30))
    for (const text of ['2026-11-20T09:00', '2026-11-20', 'tomorrow', '2026-13-20T09:00Z', '']) {
      expect(() => readMoment(text)).toThrow('It must be a moment with its zone')
    }
  })
  it('may be told by how long it is until then', () => {
    expect(readUntil('12h')).toEqual({ kind: 'length', ms: 43_200_000 })
    expect(readUntil('2026-11-20T09:00Z').kind).toBe('moment')
    expect(() => readUntil('soon')).toThrow('a moment')
  })
  it('is shown to the minute, in UTC', () => {
    expect(momentText(Date.UTC(2026, 10, 20, 9, 5))).toBe('2026-11-20 09:05')
  })
})
