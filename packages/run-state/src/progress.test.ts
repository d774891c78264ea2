import { describe, expect, it } from 'vitest'
import { Progress, type RunResult } from './progress.ts'

function told(progress: Progress, ...results: readonly RunResult[]): Progress {
  for (const [i, result] of results.entries()) progress.take({ ...result, atMs: 1000 + i })
  return progress
}

const done = (...runs: readonly number[]): RunResult[] =>
  runs.map((run) => ({ run, outcome: 'done' }))
const failed = (run: number): RunResult => ({ run, outcome: 'failed' })

describe('the mark', () => {
  it('jumps when a gap is filled: 100 to 105, then 107 to 110, then 106', () => {
    const progress = told(new Progress(), ...done(100, 101, 102, 103, 104, 105))
    expect(progress.marks().contiguous).toBe(105)
    told(progress, failed(106), ...done(107, 108, 109, 110))
    expect(progress.marks()).toEqual({ contiguous: 105, attempted: 110 })
    told(progress, ...done(106))
    expect(progress.marks()).toEqual({ contiguous: 110, attempted: 110 })
  })

  it('begins at the first run ever told of, as a fresh install at 19500 needs', () => {
    expect(told(new Progress(), ...done(19500, 19501)).marks().contiguous).toBe(19501)
  })

  it('begins anew at a lower run that comes later', () => {
    const progress = told(new Progress(), ...done(103))
    expect(told(progress, ...done(101)).marks().contiguous).toBe(101)
    expect(told(progress, ...done(102)).marks().contiguous).toBe(103)
  })

  it('begins at a first run that was given, whatever is told first', () => {
    const progress = new Progress()
    progress.first = { run: 100, is: 'given' }
    expect(told(progress, ...done(50, 102)).marks().contiguous).toBe(99)
    expect(told(progress, ...done(101, 100)).marks().contiguous).toBe(102)
  })

  it('does not wait for numbers that never existed', () => {
    const progress = told(new Progress(), ...done(100, 103))
    told(progress, { run: 101, outcome: 'absent' }, { run: 102, outcome: 'absent' })
    expect(progress.marks().contiguous).toBe(103)
    expect(progress.done.has(101)).toBe(false)
  })

  it('is 0 when nothing is known', () => {
    expect(new Progress().marks()).toEqual({ contiguous: 0, attempted: 0 })
  })
})

describe('a failure', () => {
  it('is in the set once, and leaves it with a success', () => {
    const progress = told(new Progress(), failed(7), failed(7))
    expect([...progress.failures.keys()]).toEqual([7])
    expect(progress.failures.get(7)?.attempts).toBe(2)
    expect(told(progress, ...done(7)).failures.size).toBe(0)
  })

  it('is dropped when the run turns out not to exist', () => {
    const progress = told(new Progress(), failed(7), { run: 7, outcome: 'absent' })
    expect(progress.failures.size).toBe(0)
  })

  it('of a run that was done before is to be retried, and moves no mark back', () => {
    const progress = told(new Progress(), ...done(1, 2, 3), failed(2))
    expect(progress.marks().contiguous).toBe(3)
    expect([...progress.failures.keys()]).toEqual([2])
  })
})

describe('gaps', () => {
  it('are ranges, however far apart: they are worked out, not listed', () => {
    const progress = told(new Progress(), ...done(1, 4_000_000_000), failed(9))
    expect(progress.gaps()).toEqual([{ from: 2, to: 3_999_999_999 }])
  })
})

describe('marks that another program wrote', () => {
  it('mean that all up to the one is done and up to the other tried', () => {
    const progress = new Progress()
    progress.raiseTo({ contiguous: 19500, attempted: 19550 })
    expect(progress.marks()).toEqual({ contiguous: 19500, attempted: 19550 })
    expect(progress.gaps()).toEqual([{ from: 19501, to: 19550 }])
  })

  it('that are lower than ours say nothing', () => {
    const progress = told(new Progress(), ...done(1, 2, 3))
    progress.raiseTo({ contiguous: 1, attempted: 1 })
    expect(progress.marks()).toEqual({ contiguous: 3, attempted: 3 })
  })

  it('end the failures that they pass', () => {
    const progress = told(new Progress(), ...done(1), failed(2), failed(5))
    progress.raiseTo({ contiguous: 3, attempted: 5 })
    expect([...progress.failures.keys()]).toEqual([5])
  })
})
