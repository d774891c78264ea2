import { describe, expect, it } from 'vitest'
import { monthsToPrune } from './retention.ts'

const NOW_MS = Date.UTC(2026, 10, 21)
const months = ['2025-09', '2025-10', '2025-11', '2026-10', '2026-11', 'notes']

describe('the months of an archive', () => {
  it('are kept for twelve whole months beside the current one', () => {
    expect(monthsToPrune(months, ['2026-11-20'], NOW_MS, 12)).toEqual(['2025-09', '2025-10'])
    expect(monthsToPrune(months, ['2026-11-20'], NOW_MS, 13)).toEqual(['2025-09'])
    expect(monthsToPrune(months, ['2026-11-20'], NOW_MS, 1)).toEqual([
      '2025-09',
      '2025-10',
      '2025-11',
    ])
  })

  it('are all kept when the clock is a year ahead of everything that was written', () => {
    expect(monthsToPrune(months, ['2025-12-31'], NOW_MS + 3e10, 12)).toEqual([])
  })

  it('are all kept when a writer was a century ahead', () => {
    expect(monthsToPrune(['2026-01'], ['2126-01-01'], NOW_MS, 12)).toEqual([])
  })

  it('are none where nothing was written', () => {
    expect(monthsToPrune([], [], NOW_MS, 12)).toEqual([])
    expect(monthsToPrune(['2025-01'], [], NOW_MS, 12)).toEqual([])
  })
})
