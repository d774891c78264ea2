import { createLinUCB } from '@holdfast/linucb'
import { describe, expect, it } from 'vitest'
import { featureNames, features } from '../decide/features.ts'
import type { OutcomeTable } from './outcome-table.ts'
import { warmStartOf } from './warm-start.ts'

/** Sums are right for mathematics, prose for everything else; both cost 0.001 USD. */
const table: OutcomeTable = {
  name: 'recorded',
  routes: [
    { id: 'R1', model: 'sums' },
    { id: 'R2', model: 'prose' },
  ],
  rows: Array.from({ length: 40 }, (_, i) => ({
    id: `${i}`,
    prompt: i % 2 === 0 ? `Solve ${i} + ${i} = ?` : 'write me a short poem about rain',
    task: i % 2 === 0 ? 'maths' : 'poetry',
    quality: i % 2 === 0 ? [1, 0] : [0, 1],
    costUsd: [0.001, 0.001],
  })),
}
const seen = { set: 'six', taskSlots: 8 } as const
const known = {
  table,
  // The routes of this router, in another order than the columns of the table.
  columns: [
    { route: 'words', column: 1 },
    { route: 'numbers', column: 0 },
  ],
  features: seen,
  seesTask: false,
  lambda: 100,
  effectiveCount: 2000,
}

/** The first row of A, beyond the six features of the prompt: how often any slot for tasks was set. */
function tasksSeen(seesTask: boolean): number {
  const { a } = warmStartOf({ ...known, seesTask }).prior.arms['words'] ?? { a: [] }
  return a.slice(6, 14).reduce((sum, count) => sum + count, 0)
}

describe('a warm start', () => {
  it('knows before the first decision which route is good at what', () => {
    const { prior } = warmStartOf(known)
    const bandit = createLinUCB({
      arms: ['words', 'numbers'],
      dim: featureNames(seen).length,
      epsilon: 0,
      prior,
    })
    const choice = (prompt: string): string =>
      bandit.decide(features(prompt, undefined, seen), { id: '1' }).arm
    expect(choice('Solve 12 + 30 = ?')).toBe('numbers')
    expect(choice('write a rhyme for my cat')).toBe('words')
  })

  it('takes λ times the cost off, and counts every route on every prompt', () => {
    const { prior, ...told } = warmStartOf(known)
    expect(told).toEqual({ table: 'recorded', rows: 40, effectiveCount: 2000 })
    // The first context entry is always 1, so the first entry of b is the sum of rewards.
    expect(prior.arms['words']?.b[0]).toBeCloseTo(20 - 40 * 100 * 0.001)
    expect(prior.arms['words']?.count).toBe(40)
  })

  it('counts for no more than it may', () => {
    expect(warmStartOf({ ...known, effectiveCount: 10 }).prior.arms['words']?.count).toBe(10)
  })

  it('looks at the tasks of a table only if callers will name theirs', () => {
    expect(tasksSeen(false)).toBe(0)
    expect(tasksSeen(true)).toBe(40)
  })
})
