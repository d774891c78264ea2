import { expect, it } from 'vitest'
import { fileLockCounters } from './counters.ts'
import type { LockFact } from './facts.ts'

it('every kind of fact feeds a counter, and each counter is named for this package', () => {
  // A record, so that the compiler asks for a kind that is added later.
  const kinds: Record<LockFact['kind'], true> = {
    'lock.won': true,
    'lock.taken-over': true,
    'lock.timed-out': true,
    'lock.released': true,
    'lock.lost': true,
    'lock.broken': true,
    'lock.failed': true,
  }
  expect(new Set(fileLockCounters.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)))
  const names = fileLockCounters.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^holdfast_file_lock_[a-z_]+_total$/)
})
