import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createLinUCB, restoreLinUCB } from './linucb.ts'

describe('diagnostics', () => {
  it('of a new model are whole and finite', () => {
    const { arms, ...rest } = createLinUCB({
      arms: ['R1', 'R2'],
      dim: 2,
      kernel: 'plain',
    }).diagnostics()
    expect(rest).toEqual({
      decisions: 0,
      distribution: { R1: 0, R2: 0 },
      updates: 0,
      lastUpdateAgeMs: null,
      kernel: 'plain',
    })
    expect(arms['R1']).toEqual({
      isInPlay: true,
      pulls: 0,
      averageReward: null,
      thetaNorm: 1,
      conditionNumber: 1,
    })
  })

  it('count decisions, rewards and the time since the last update', async () => {
    const clock = new VirtualClock()
    const model = createLinUCB({ arms: ['R1', 'R2'], dim: 2, guardrail: 'blocked', clock })
    for (const mask of [['R1'], ['R1'], ['R2'], ['R1', 'R2']]) model.decide([1, 0], { mask })
    model.learn('R2', [3, 0], 1)
    model.learn('R2', [0, 0], 0)
    await clock.advance(1_500)
    const { decisions, distribution, updates, lastUpdateAgeMs, arms } = model.diagnostics()
    expect({ decisions, updates, lastUpdateAgeMs }).toEqual({
      decisions: 4,
      updates: 2,
      lastUpdateAgeMs: 1_500,
    })
    expect(distribution).toEqual({ R1: 0.25, R2: 0.5, blocked: 0.25 })
    expect(arms['R2']?.averageReward).toBe(0.5)
    expect(arms['R2']?.conditionNumber).toBeCloseTo(10, 10)
    // θ = (1 + 3) / (1 + 9).
    expect(arms['R2']?.thetaNorm).toBeCloseTo(0.4, 14)
  })

  it('follow arms that come and go', () => {
    const model = createLinUCB({ arms: ['R1', 'R2', 'R3'], dim: 1, guardrail: 'blocked' })
    model.decide([1], { mask: ['R1', 'R2'] })
    model.decide([1], { mask: ['R1', 'R2', 'R3'] })
    model.removeArm('R1')
    model.addArm('R4')
    expect(model.diagnostics().distribution).toEqual({ R2: 0, R3: 0.5, R4: 0, blocked: 0.5 })
  })

  it('show arms at rest', () => {
    const model = createLinUCB({ arms: ['R1', 'R2'], dim: 1 })
    model.learn('R1', [1], 1)
    const { arms } = restoreLinUCB(model.snapshot(), { arms: ['R2'], dim: 1 }).diagnostics()
    expect(arms['R1']).toMatchObject({ isInPlay: false, pulls: 1, averageReward: 1 })
    expect(arms['R1']?.thetaNorm).toBeCloseTo(1, 14)
  })

  it('never show a negative age when the wall clock was set back', () => {
    const clock = new VirtualClock()
    const model = createLinUCB({ arms: ['R1'], dim: 1, clock })
    model.learn('R1', [1], 1)
    clock.setWallMs(0)
    expect(model.diagnostics().lastUpdateAgeMs).toBe(0)
  })
})
