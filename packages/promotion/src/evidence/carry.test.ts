import { describe, expect, it } from 'vitest'
import { continues, newCarry } from './carry.ts'
import { COMPARISON } from './comparison.ts'

describe('evidence is gone on with', () => {
  const carry = newCarry(2, 5, COMPARISON)

  it('within one rollout, whatever the order in which its settings are written', () => {
    const turned = Object.fromEntries(Object.entries(COMPARISON).toReversed()) as typeof COMPARISON
    expect(continues(carry, 2, turned)).toBe(true)
  })

  it('not in another rollout, and not under other settings', () => {
    expect(continues(carry, 3, COMPARISON)).toBe(false)
    expect(continues(carry, 1, COMPARISON)).toBe(false)
    expect(continues(carry, 2, { ...COMPARISON, margin: 0.1 })).toBe(false)
  })
})
