import { describe, expect, it } from 'vitest'
import { readFeedback, toldBy } from './feedback.ts'

const told = (way: object): number | null =>
  toldBy(readFeedback({ decisionId: 'a', ...way }).verdict)

describe('what feedback tells of an answer', () => {
  it('is its quality or reward, as the caller said it', () => {
    expect(told({ quality: 0.75 })).toBe(0.75)
    expect(told({ reward: -3 })).toBe(-3)
    expect(told({ immediate: { tri_delta: 0.1, latency: 0 } })).toBe(0.5)
  })

  it('is nothing at once where only a deployment showed it', () => {
    const deployment = { slo_ok: true, rollback: false, error_rate: 0 }
    expect(told({ deployment })).toBeNull()
  })
})
