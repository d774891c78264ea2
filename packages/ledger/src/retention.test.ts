import { describe, expect, it } from 'vitest'
import { monthsToPrune } from './retention.ts'

const NOW = '2026-11'
const months = ['2025-09', '2025-10', '2025-11', '2026-10', '2026-11', 'notes']
const pruned = (...args: Parameters<typeof monthsToPrune>): readonly string[] =>
  monthsToPrune(...args).months

/** Each month from one to another. */
function monthsFrom(first: string, count: number): string[] {
  const [year = 0, month = 0] = first.split('-').map(Number)
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.UTC(year, month - 1 + i)).toISOString().slice(0, 7),
  )
}

describe('the months of an archive', () => {
  it('are kept for twelve whole months beside the newest', () => {
    expect(monthsToPrune(months, NOW, 12)).toEqual({
      months: ['2025-09', '2025-10'],
      before: '2025-11',
      doubted: null,
    })
    expect(pruned(months, NOW, 13)).toEqual(['2025-09'])
    expect(pruned(['2025-08', '2025-09', '2026-08'], NOW, 11)).toEqual(['2025-08'])
  })

  it('are all kept when the clock is years ahead of everything that was written', () => {
    expect(pruned(months, '2036-11', 13)).toEqual(['2025-09'])
    expect(pruned(months, '2027-11', 13)).toEqual(['2025-09'])
  })

  it('are all kept when a writer was a century ahead', () => {
    expect(pruned(['2026-01', '2126-01'], NOW, 12)).toEqual([])
  })

  it('are all kept when who writes and who archives are both ahead, which is told', () => {
    const written = ['2025-06', '2026-01', '2036-01', '2036-02']
    expect(monthsToPrune(written, '2036-02', 12)).toEqual({
      months: [],
      before: '2025-01',
      doubted: '2036-02',
    })
    expect(pruned(['2024-11', ...written], '2036-02', 12)).toEqual(['2024-11'])
  })

  it('are believed after a gap when there are more of them than are kept', () => {
    const old = ['2020-01', '2020-02']
    expect(pruned([...old, ...monthsFrom('2025-01', 12)], '2025-12', 12)).toEqual([])
    expect(pruned([...old, ...monthsFrom('2025-01', 13)], '2026-01', 12)).toEqual(old)
    // One line of a clock that began at 1970 does not keep everything for ever.
    expect(pruned(['1970-01', ...monthsFrom('2024-01', 24)], '2025-12', 12)).toHaveLength(12)
  })

  it('are none where nothing was written', () => {
    expect(pruned([], NOW, 12)).toEqual([])
    expect(pruned(['notes'], NOW, 12)).toEqual([])
  })
})
