import { describe, expect, it } from 'vitest'
import { assign } from './assign.ts'

const proposal = { arm: 'R2', probabilities: { R1: 0.1, R2: 0.7, R3: 0, R4: 0.2 } }
const subjects = Array.from({ length: 2_000 }, (_, i) => `user-${i}`)
const liveAt = (pilot: number): Set<string> =>
  new Set(subjects.filter((user) => assign(proposal, 'R4', pilot, user).live))

describe('who is answered by the learned policy', () => {
  it('is nobody at a pilot of 0: the guardrail answers, for certain', () => {
    expect(assign(proposal, 'R4', 0, 'ana')).toEqual({ route: 'R4', live: false, p: 1 })
  })

  it('is everybody at a pilot of 1, with the probability of the policy', () => {
    expect(assign(proposal, 'R4', 1, 'ana')).toEqual({ route: 'R2', live: true, p: 0.7 })
  })

  it('is about the pilot share of the subjects', () => {
    expect(liveAt(0.25).size / subjects.length).toBeCloseTo(0.25, 1)
  })

  it('never loses a subject when the share grows', () => {
    const wider = liveAt(0.5)
    for (const user of liveAt(0.25)) expect(wider.has(user)).toBe(true)
  })

  it('gives the probability of the executed route under stage and policy together', () => {
    const seen = new Map(
      subjects.map((user) => {
        const { route, p } = assign(proposal, 'R4', 0.5, user)
        return [route, p]
      }),
    )
    expect(seen.get('R2')).toBeCloseTo(0.35)
    // The guardrail answers for the other half, and a fifth of the policy's own.
    expect(seen.get('R4')).toBeCloseTo(0.6)
  })
})
