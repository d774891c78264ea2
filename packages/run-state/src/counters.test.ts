import { describe, expect, it } from 'vitest'
import { runStateCounters } from './counters.ts'
import type { RunStateOwnFact } from './facts.ts'

const KINDS: Record<RunStateOwnFact['kind'], true> = {
  'run-state.recorded': true,
  'run-state.record-failed': true,
  'run-state.adopted': true,
  'run-state.recovered': true,
  'run-state.kept-aside': true,
  'run-state.log-behind': true,
}

describe('the counters', () => {
  it('count every kind of fact of this package, each under a name of its own', () => {
    const kinds = new Set(runStateCounters.map((row) => row.kind))
    expect(kinds).toEqual(new Set(Object.keys(KINDS)))
    const names = runStateCounters.map((row) => row.name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^holdfast_run_state_\w+_total$/)
  })
})
