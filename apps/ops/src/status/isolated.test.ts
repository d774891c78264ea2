import { describe, expect, it } from 'vitest'
import { isolatedOf } from './isolated.ts'

const R2 = { reason: 'nonsense', by: 'ana', atMs: 7 }

describe('isolated routes', () => {
  it('are those of the orders of version 1, and unknown of anything else', () => {
    expect(isolatedOf({ version: 1, seq: 3, isolated: { R2 }, resets: { R1: 1 } })).toEqual([
      { route: 'R2', ...R2 },
    ])
    expect(isolatedOf({ version: 1, isolated: {} })).toEqual([])
    for (const other of [null, [], { version: 2, isolated: {} }, { version: 1 }]) {
      expect(isolatedOf(other)).toBeNull()
    }
    expect(isolatedOf({ version: 1, isolated: { R2: { reason: 'nonsense' } } })).toBeNull()
  })
})
