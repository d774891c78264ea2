import { expect, it } from 'vitest'
import { ledgerCounters } from './counters.ts'

it('every counter has a name of its own, and counts a fact of this package', () => {
  const names = ledgerCounters.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, kind } of ledgerCounters) {
    expect(name).toMatch(/^holdfast_ledger_\w+_total$/)
    expect(kind).toMatch(/^ledger\./)
  }
})
