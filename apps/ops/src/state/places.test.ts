import { describe, expect, it } from 'vitest'
import { backupIdAt, isBackupId, newestFirst } from './places.ts'

const atMs = Date.UTC(2026, 10, 21, 9, 5, 7)

describe('the name of a backup', () => {
  it('is its moment in UTC, with a count where the second has one already', () => {
    const first = backupIdAt(atMs, [])
    expect(first).toBe('anr_state_20261121_090507')
    expect(backupIdAt(atMs, [first])).toBe('anr_state_20261121_090507_2')
    expect(backupIdAt(atMs, [first, `${first}_2`])).toBe('anr_state_20261121_090507_3')
  })

  it('comes after one of a later time, which a clock that was ahead has given', () => {
    const later = 'anr_state_20991231_000000'
    expect(backupIdAt(atMs, [later, 'anr_state_20261121_090506', '.00ff.tmp'])).toBe(`${later}_2`)
    expect(backupIdAt(atMs, [`${later}_9`, later])).toBe(`${later}_10`)
  })

  it('is no other file’s, and not that of one under way', () => {
    expect(isBackupId('anr_state_20261121_090507_12')).toBe(true)
    for (const name of ['.00ff.tmp', 'anr_state_20261121', 'anr_state_20261121_090507.tmp']) {
      expect([name, isBackupId(name)]).toEqual([name, false])
    }
  })

  it('tells which is newer, also by a count of two digits', () => {
    const names = ['_2', '_10', '', '_9'].map((count) => `anr_state_20261121_090507${count}`)
    const older = 'anr_state_20261121_090506_99'
    expect([older, ...names].toSorted(newestFirst)).toEqual([
      ...['_10', '_9', '_2', ''].map((count) => `anr_state_20261121_090507${count}`),
      older,
    ])
  })
})
