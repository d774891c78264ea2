import { expect, it } from 'vitest'
import { atomicJsonCounters } from './counters.ts'
import type { JsonFact } from './facts.ts'

it('every kind of fact feeds a counter, and each counter is named for this package', () => {
  // A record, so that the compiler asks for a kind that is added later.
  const kinds: Record<JsonFact['kind'], true> = {
    'json.replaced': true,
    'json.overtaken': true,
    'json.write-failed': true,
    'json.owner-changed': true,
    'json.generation-skipped': true,
    'json.swept': true,
    'json.corrupt': true,
    'json.aside-failed': true,
    'json.recovered': true,
    'json.defaulted': true,
  }
  expect(new Set(atomicJsonCounters.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)))
  const names = atomicJsonCounters.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^holdfast_atomic_json_[a-z_]+_total$/)
})
