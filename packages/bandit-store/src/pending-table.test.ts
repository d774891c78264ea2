import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { readDecisionId } from './decision-id.ts'
import { idAt, keyOf } from './records.fixture.ts'
import { pendingTable, type PendingDecision, type PendingOptions } from './pending-table.ts'

const HOUR_MS = 3_600_000
const NOW_MS = Date.UTC(2026, 0, 1)

function decision(id: string, note = ''): PendingDecision {
  const { bytes: key, atMs } = readDecisionId(id)
  return { key, atMs, arm: 'R1', context: Int16Array.from([1]), note }
}

function table(options: Partial<PendingOptions> = {}) {
  const clock = new VirtualClock(NOW_MS)
  const rewarded = new Set<string>()
  const givenUp: number[] = []
  const pending = pendingTable({
    limit: 5,
    deadlineMs: HOUR_MS,
    clock,
    isRewarded: (key) => rewarded.has(Buffer.from(key).toString('hex')),
    onGivenUp: (count) => givenUp.push(count),
    ...options,
  })
  const reward = (id: string): void => void rewarded.add(id.replaceAll('-', ''))
  return { pending, clock, givenUp, reward }
}

describe('a table of decisions that wait', () => {
  it('finds a decision by its id', () => {
    const { pending } = table()
    const [one, other] = [idAt(NOW_MS, 1), idAt(NOW_MS, 2)]
    pending.add(decision(one, 'one'), true)
    pending.add(decision(other, 'other'), false)
    expect(pending.find(keyOf(one))).toMatchObject({ note: 'one' })
    expect(pending.find(keyOf(other))).toMatchObject({ note: 'other' })
    expect(pending.find(keyOf(idAt(NOW_MS, 3)))).toBeUndefined()
  })

  it('counts its own that have no reward yet', () => {
    const { pending, reward } = table()
    const ids = [1, 2, 3].map((n) => idAt(NOW_MS, n))
    for (const id of ids) pending.add(decision(id), id !== ids[0])
    expect(pending.awaiting).toBe(2)
    reward(ids[1]!)
    expect(pending.awaiting).toBe(1)
    expect(pending.find(keyOf(ids[1]!))).toBeDefined()
  })

  it('counts a decision once that is added twice', () => {
    const { pending } = table({ limit: 2 })
    for (const n of [1, 1, 1, 2]) pending.add(decision(idAt(NOW_MS, n)), true)
    expect(pending.awaiting).toBe(2)
    expect(pending.find(keyOf(idAt(NOW_MS, 1)))).toBeDefined()
  })

  it('gives up what is older than the deadline, and says so once', async () => {
    const { pending, clock, givenUp, reward } = table()
    const ids = [1, 2, 3].map((n) => idAt(NOW_MS, n))
    for (const id of ids) pending.add(decision(id), true)
    reward(ids[0]!)
    pending.add(decision(idAt(NOW_MS, 4)), false)
    await clock.advance(HOUR_MS)
    pending.sweep()
    for (const id of ids) expect(pending.find(keyOf(id))).toBeDefined()
    await clock.advance(1)
    pending.sweep()
    pending.sweep()
    expect(pending.awaiting).toBe(0)
    expect(givenUp).toEqual([2])
    for (const id of ids) expect(pending.find(keyOf(id))).toBeUndefined()
  })

  it('gives up the oldest when there are too many, in whatever order they come', () => {
    const { pending, givenUp } = table({ deadlineMs: 24 * HOUR_MS })
    const ids = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => idAt(NOW_MS - i * HOUR_MS))
    // The own ones of now came long before those of others that were made before them.
    for (const [i, id] of ids.entries()) pending.add(decision(id), i < 3)
    expect(pending.awaiting).toBe(3)
    expect(ids.map((id) => pending.find(keyOf(id)) !== undefined)).toEqual([
      ...Array<boolean>(5).fill(true),
      ...Array<boolean>(4).fill(false),
    ])
    expect(givenUp).toEqual([])
    for (const n of [1, 2, 3]) pending.add(decision(idAt(NOW_MS, n)), true)
    expect(givenUp).toEqual([1])
    expect(pending.awaiting).toBe(5)
  })

  it('does not end when nothing expires', () => {
    const { pending } = table({ deadlineMs: Infinity })
    pending.add(decision(idAt(0)), true)
    pending.add(decision(idAt(NOW_MS)), true)
    expect(pending.awaiting).toBe(2)
  })

  it('takes one that is expired already, and lets it go again', () => {
    const { pending, givenUp } = table()
    pending.add(decision(idAt(NOW_MS - HOUR_MS - 1)), true)
    expect(pending.awaiting).toBe(0)
    expect(givenUp).toEqual([1])
  })
})
