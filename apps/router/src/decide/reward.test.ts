import { describe, expect, it } from 'vitest'
import { costUsd, estimatedTokens, reward } from './reward.ts'

describe('the reward of an answer', () => {
  it('is its quality less λ times its cost', () => {
    expect(reward(0.9, 0.002, 40)).toBeCloseTo(0.82)
  })

  it('takes its cost from tokens at USD per million', () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 500_000 }
    expect(costUsd(usage, { input: 2, output: 8 })).toBe(6)
  })

  it('believes an upstream that says what it charged', () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 0, costUsd: 0.5 }
    expect(costUsd(usage, { input: 2, output: 8 })).toBe(0.5)
  })

  it('estimates a token as four characters', () => {
    expect(estimatedTokens(9)).toBe(3)
  })
})
