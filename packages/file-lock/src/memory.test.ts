import { describe, expect, it } from 'vitest'
import { freeToken } from './entry-name.ts'
import { isLeaseOver, memoryOf } from './memory.ts'

describe('a lease', () => {
  it('is over when one holder showed no sign of life for staleMs by our own clock', () => {
    const memory = memoryOf('/lease/a')
    const isOver = (stamp: string, nowMs: number): boolean =>
      isLeaseOver(memory, 'h1.7.x', stamp, 2_000, nowMs)
    expect(isOver('10', 500)).toBe(false)
    expect(isOver('10', 2_499)).toBe(false)
    expect(isOver('10', 2_500)).toBe(true)
  })

  it('begins anew with a sign of life, whatever time that is stamped with', () => {
    const memory = memoryOf('/lease/b')
    const isOver = (stamp: string, nowMs: number): boolean =>
      isLeaseOver(memory, 'h1.7.x', stamp, 2_000, nowMs)
    isOver('10', 0)
    expect(isOver('-3600000', 1_999)).toBe(false)
    expect(isOver('-3600000', 3_998)).toBe(false)
    expect(isOver('-3600000', 3_999)).toBe(true)
  })

  it('begins anew with another holder, even if that has the same stamp', () => {
    const memory = memoryOf('/lease/c')
    isLeaseOver(memory, 'h1.7.x', '10', 2_000, 0)
    expect(isLeaseOver(memory, 'h1.8.y', '10', 2_000, 5_000)).toBe(false)
    expect(isLeaseOver(memory, 'h1.7.x', '10', 2_000, 7_000)).toBe(false)
  })
})

describe('what is remembered of a directory', () => {
  it('lasts from one call to the next', () => {
    const left = freeToken(7, 'b')
    memoryOf('/kept').left = left
    expect(memoryOf('/kept').left).toBe(left)
  })

  it('is forgotten of those not used for longest, once there are more than 256', () => {
    for (const name of ['/used', '/unused']) memoryOf(name).left = freeToken(7, 'b')
    for (let n = 0; n < 256; n += 1) {
      memoryOf(`/other/${n}`)
      memoryOf('/used')
    }
    expect(memoryOf('/used').left).not.toBeNull()
    expect(memoryOf('/unused').left).toBeNull()
  })
})
