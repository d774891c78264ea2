import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createPending } from './pending.ts'

const decision = { route: 'R1', context: new Float64Array(2), costUsd: 0 }

function pending(capacity = 10) {
  const clock = new VirtualClock()
  const expired: number[] = []
  const onExpired = (count: number): void => void expired.push(count)
  return { clock, expired, table: createPending({ capacity, expireMs: 1_000, clock, onExpired }) }
}

describe('decisions that wait for their reward', () => {
  it('are claimed once', () => {
    const { table } = pending()
    table.add('a', decision)
    expect(table.claim('a')).toEqual({ kind: 'pending', decision })
    expect(table.claim('a')).toEqual({ kind: 'duplicate' })
  })

  it('are unknown when nobody made them', () => {
    expect(pending().table.claim('never')).toEqual({ kind: 'unknown' })
  })

  it('expire by time, and say so for as long again', async () => {
    const { table, clock, expired } = pending()
    table.add('a', decision)
    await clock.advance(999)
    expect(table.size).toBe(1)
    await clock.advance(1)
    expect(table.claim('a')).toEqual({ kind: 'expired' })
    expect(expired).toEqual([1])
    await clock.advance(1_000)
    expect(table.claim('a')).toEqual({ kind: 'unknown' })
  })

  it('never grow beyond their capacity: the oldest are given up', () => {
    const { table, expired } = pending(3)
    for (const id of ['a', 'b', 'c', 'd', 'e']) table.add(id, decision)
    expect(table.size).toBe(3)
    expect(table.claim('a')).toEqual({ kind: 'expired' })
    expect(table.claim('e').kind).toBe('pending')
    expect(expired.reduce((sum, count) => sum + count, 0)).toBe(2)
  })
})
