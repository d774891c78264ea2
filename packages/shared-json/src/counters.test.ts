import { describe, expect, it } from 'vitest'
import { sharedJsonCounters } from './counters.ts'
import type { SharedJsonOwnFact } from './facts.ts'

const KINDS: Record<SharedJsonOwnFact['kind'], true> = {
  'shared-json.updated': true,
  'shared-json.unchanged': true,
  'shared-json.unconfirmed': true,
  'shared-json.adopted': true,
}

describe('the counters', () => {
  it('count every kind of fact of this package, each under a name of its own', () => {
    const kinds = new Set(sharedJsonCounters.map((row) => row.kind))
    expect(kinds).toEqual(new Set(Object.keys(KINDS)))
    const names = sharedJsonCounters.map((row) => row.name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^holdfast_shared_json_\w+_total$/)
  })
})
