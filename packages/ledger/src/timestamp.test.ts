import { describe, expect, it } from 'vitest'
import { dayOf, endOfDay, timestampMs } from './timestamp.ts'

describe('a timestamp', () => {
  it.each([
    ['2026-01-15T12:00:00Z', Date.UTC(2026, 0, 15, 12)],
    ['2026-01-15T12:00:00.5Z', Date.UTC(2026, 0, 15, 12, 0, 0, 500)],
    ['2026-01-15T12:00:00.123456+00:00', Date.UTC(2026, 0, 15, 12, 0, 0, 123)],
    ['2024-02-29T23:59:59.999Z', Date.UTC(2024, 1, 29, 23, 59, 59, 999)],
    ['1969-12-31T23:59:59Z', -1000],
    ['0001-01-01T00:00:00Z', Date.parse('0001-01-01T00:00:00Z')],
  ])('%s is read', (text, atMs) => {
    expect(timestampMs(text)).toBe(atMs)
  })

  it('has its offset applied, not dropped', () => {
    expect(timestampMs('2026-01-15T12:00:00+02:00')).toBe(Date.UTC(2026, 0, 15, 10))
    expect(timestampMs('2026-01-15T12:00:00-05:30')).toBe(Date.UTC(2026, 0, 15, 17, 30))
    expect(timestampMs('2026-01-01T00:30:00+01:00')).toBe(Date.UTC(2025, 11, 31, 23, 30))
  })

  it.each([
    '',
    '2026-01-15',
    '2026-01-15T12:00:00',
    '2026-01-15T12:00:00.123',
    '2026-01-15 12:00:00Z',
    '2026-01-15T12:00Z',
    '2026-01-15T12:00:00z',
    '2026-01-15T12:00:00.Z',
    '2026-01-15T12:00:00+0200',
    '2026-01-15T12:00:00+02',
    '2026-01-15T12:00:00+24:00',
    '2026-01-15T12:00:00+02:60',
    '2026-01-15T24:00:00Z',
    '2026-01-15T23:60:00Z',
    '2026-01-15T23:59:60Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-15T12:00:00Z ',
    ' 2026-01-15T12:00:00Z',
    '2026-01-15T12:00:00ZZ',
    '+02026-01-15T12:00:00Z',
    '1768478400000',
    '２026-01-15T12:00:00Z',
  ])('%j is none', (text) => {
    expect(timestampMs(text)).toBeNaN()
  })
})

describe('a day', () => {
  it('is one of UTC and ends where the next begins', () => {
    expect(dayOf(Date.UTC(2026, 0, 15, 23, 59, 59, 999))).toBe('2026-01-15')
    expect(endOfDay('2026-01-15')).toBe(Date.UTC(2026, 0, 16))
    expect(endOfDay('2024-02-29')).toBe(Date.UTC(2024, 2, 1))
  })
})
