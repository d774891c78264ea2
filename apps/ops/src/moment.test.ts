import { describe, expect, it } from 'vitest'
import { momentBefore, momentText, readMoment, readSince, readUntil } from './moment.ts'

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
  it('that is past may be told as journalctl is told it', () => {
    const nowMs = Date.UTC(2026, 10, 20, 9, 30)
    const back = (text: string): number => nowMs - momentBefore(nowMs, readSince(text))
    expect(
      ['2h', '2h ago', '1 hour ago', '90 minutes ago', '30 min', '7 days ago'].map(back),
    ).toEqual([2, 2, 1, 1.5, 0.5, 168].map((hours) => hours * 3_600_000))
    expect([back('2026-11-20T09:00Z'), back('500ms')]).toEqual([30 * 60_000, 500])
    // Days begin in UTC, as those of the ledger do.
    expect(momentText(nowMs - back('today'))).toBe('2026-11-20 00:00')
    expect(momentText(nowMs - back('yesterday'))).toBe('2026-11-19 00:00')
    for (const text of ['ago', 'last week', '1 fortnight ago', '']) {
      expect(() => readSince(text)).toThrow('a moment')
    }
  })
  it('is shown to the minute, in UTC', () => {
    expect(momentText(Date.UTC(2026, 10, 20, 9, 5))).toBe('2026-11-20 09:05')
  })
})
