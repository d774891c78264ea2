import { describe, expect, it } from 'vitest'
import { counterRows } from './counter.ts'

type LockFact =
  | { readonly kind: 'lock.won'; readonly path: string; readonly waitedMs: number }
  | { readonly kind: 'lock.lost'; readonly path: string; readonly cause: string }

describe('counter rows', () => {
  it('are the plain rows they were written as', () => {
    const row = {
      name: 'holdfast_lock_waited_ms_total',
      help: 'Time spent waiting for locks.',
      kind: 'lock.won',
      amount: 'waitedMs',
    } as const
    expect(counterRows<LockFact>(row)).toEqual([row])
  })

  it('compile only with kinds and fields that the facts have', () => {
    const row = { name: 'holdfast_lock_total', help: 'Locks.' }
    const rows = [
      // @ts-expect-error No fact of this package is of that kind.
      ...counterRows<LockFact>({ ...row, kind: 'lock.found' }),
      // @ts-expect-error `cause` is a field of another kind of fact.
      ...counterRows<LockFact>({ ...row, kind: 'lock.won', labels: ['cause'] }),
      ...counterRows<LockFact>({ ...row, kind: 'lock.lost', labels: ['cause'] }),
    ]
    expect(rows).toHaveLength(3)
  })
})
