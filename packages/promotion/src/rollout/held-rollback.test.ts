import { describe, expect, it } from 'vitest'
import { heldRollback } from './held-rollback.ts'
import { beginning } from './state.ts'

const at50 = { ...beginning, seq: 3, stage: 50 } as const
const begun = { ...beginning, seq: 5, epoch: 2 } as const
const rollback = { id: 'r1', reason: 'a page' }

describe('a rollback that was seen', () => {
  it('stays without its file, until someone has begun again', () => {
    const held = heldRollback({ state: at50, rollback }, null)
    expect(heldRollback({ state: at50, rollback: null }, held)).toEqual(held)
    expect(heldRollback({ state: { ...at50, seq: 9 }, rollback: null }, held)).toEqual(held)
    expect(heldRollback({ state: null, rollback: null }, held)).toEqual(held)
    expect(heldRollback({ state: begun, rollback: null }, held)).toBeNull()
  })

  it('without a state stays in the first rollout that is seen', () => {
    const held = heldRollback({ state: null, rollback: 'unreadable' }, null)
    const seen = heldRollback({ state: at50, rollback: null }, held)
    expect(seen).toEqual({ rollback: 'unreadable', epoch: 1 })
    expect(heldRollback({ state: begun, rollback: null }, seen)).toBeNull()
  })

  it('is over when its file is answered, and gives way to a later one', () => {
    const held = heldRollback({ state: at50, rollback }, null)
    const answered = { ...at50, clearedRollback: 'r1' }
    expect(heldRollback({ state: answered, rollback }, held)).toBeNull()
    const other = { id: 'r2', reason: 'another page' }
    expect(heldRollback({ state: answered, rollback: other }, held)).toMatchObject({
      rollback: other,
    })
  })

  it('is none where none was', () => {
    expect(heldRollback({ state: at50, rollback: null }, null)).toBeNull()
  })
})
