import { recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { LinUCBFact } from './fact.ts'
import { createLinUCB, type LinUCB } from './linucb.ts'

const context = [1, 0.7]

function taught(observe: (fact: LinUCBFact) => void = () => {}): LinUCB {
  const model = createLinUCB({ arms: ['R1', 'R2', 'R3'], dim: 2, observe })
  for (let i = 0; i < 300; i += 1) model.learn(model.arms[i % 3]!, [1, Math.sin(i)], Math.cos(i))
  return model
}

describe('adding an arm', () => {
  it('leaves the others as they were, to the last bit', () => {
    const model = taught()
    const before = model.decide(context)
    model.addArm('R4')
    const { scores, bounds } = model.decide(context)
    expect(model.arms).toEqual(['R1', 'R2', 'R3', 'R4'])
    expect(scores).toMatchObject(before.scores)
    expect(bounds).toMatchObject(before.bounds)
  })

  it('starts it untried, so that it is tried soon', () => {
    const model = taught()
    model.addArm('R4')
    expect(model.decide(context, { id: 'a' }).arm).toBe('R4')
  })

  it('may start it with a prior', () => {
    const model = taught()
    model.addArm('R4', { a: [100, 0, 0], b: [20, 0], count: 100 })
    // 100 pseudo-rewards of 0.2 and the ridge's one of 1.
    expect(model.decide([1, 0]).scores['R4']).toBeCloseTo(21 / 101 + 0.1 / Math.sqrt(101), 12)
  })

  it('keeps the order in which the others are anchored', () => {
    const facts = recordedFacts<LinUCBFact>()
    const model = createLinUCB({ arms: ['R1'], dim: 1, observe: facts.observe })
    for (let i = 0; i < 999; i += 1) model.learn('R1', [1], 0)
    model.addArm('R2')
    model.learn('R1', [1], 0)
    expect(facts.ofKind('linucb.anchored')).toHaveLength(1)
  })
})

describe('removing an arm', () => {
  it('leaves the others as they were, to the last bit', () => {
    const model = taught()
    const before = model.decide(context)
    model.removeArm('R1')
    const { scores } = model.decide(context)
    expect(scores).toEqual({ R2: before.scores['R2'], R3: before.scores['R3'] })
    expect(Object.keys(model.snapshot().arms)).toEqual(['R2', 'R3'])
  })

  it('lets the others be taught under their own names', () => {
    const model = taught()
    const other = taught()
    model.removeArm('R1')
    model.learn('R3', context, 1)
    other.learn('R3', context, 1)
    expect(model.snapshot().arms['R3']).toEqual(other.snapshot().arms['R3'])
    expect(model.decide(context).scores['R3']).toBe(other.decide(context).scores['R3'])
  })

  it('may go on until only a guardrail that is no arm is left', () => {
    const model = createLinUCB({ arms: ['R1'], dim: 1, guardrail: 'blocked' })
    model.removeArm('R1')
    expect(model.decide([1])).toMatchObject({ arm: 'blocked', p: 1 })
  })

  it('lets a mask go on naming it', () => {
    const model = taught()
    model.removeArm('R1')
    expect(model.decide(context, { mask: ['R1', 'R2'] }).arm).toBe('R3')
  })
})

it('arms that come and go are told as facts', () => {
  const facts = recordedFacts<LinUCBFact>()
  const model = taught(facts.observe)
  model.addArm('R4')
  model.removeArm('R1')
  expect(facts.all).toEqual([
    { kind: 'linucb.arm-added', arm: 'R4', was: 'new' },
    { kind: 'linucb.arm-removed', arm: 'R1', pulls: 100 },
  ])
})
