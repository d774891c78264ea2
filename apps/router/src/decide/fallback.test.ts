import { describe, expect, it } from 'vitest'
import { fallbackOrder } from './fallback.ts'
import { NONE } from './restrictions.ts'

const routes = ['R1', 'R2', 'R3', 'R4']
const scores = { R1: 0.5, R2: 0.9, R3: 0.7, R4: 1 }
const free = { scores, restrictions: NONE, caps: {} }

describe('the routes that stand in', () => {
  it('are those with the better scores first, and the guardrail last', () => {
    expect(fallbackOrder('R1', 'R4', routes, free)).toEqual(['R2', 'R3', 'R4'])
    expect(fallbackOrder('R2', 'R4', routes, free)).toEqual(['R3', 'R1', 'R4'])
  })

  it('for the guardrail, when it was chosen, are the others', () => {
    expect(fallbackOrder('R4', 'R4', routes, free)).toEqual(['R2', 'R3', 'R1'])
  })

  it('are none that is masked now or only allowed with some probability, but always the guardrail', () => {
    const restrictions = { mask: ['R2', 'R4'], caps: { R3: 0.15 }, reasons: ['anomaly_engaged'] }
    expect(fallbackOrder('R1', 'R4', routes, { ...free, restrictions })).toEqual(['R4'])
  })

  it('are none that the configuration gives no share at all, and may be one it limits', () => {
    const caps = { R2: 0, R3: 0.1 }
    expect(fallbackOrder('R1', 'R4', routes, { ...free, caps })).toEqual(['R3', 'R4'])
  })

  it('keep the order of the configuration where scores say nothing', () => {
    expect(fallbackOrder('R3', 'R4', routes, { ...free, scores: {} })).toEqual(['R1', 'R2', 'R4'])
  })
})
