import { describe, expect, it } from 'vitest'
import { createLinUCB } from './linucb.ts'

const refusals: [Record<string, unknown>, RegExp][] = [
  [{ arms: [] }, /arms must name at least one arm, got an array of 0/],
  [{ arms: 'R1' }, /arms must be an array of ids, got "R1"/],
  [{ arms: ['R1', 'R2', 'R1'] }, /arms\[2\] must be unique, got "R1" twice/],
  [{ arms: ['R1', ''] }, /arms\[1\] must be a non-empty id other than __proto__, got ""/],
  [{ arms: ['__proto__'] }, /arms\[0\] must be a non-empty id other than __proto__/],
  [{ arms: [1] }, /arms\[0\] must be a string, got 1/],
  [{ dim: 0 }, /dim must be an integer from 1 to 4096, got 0/],
  [{ dim: 2.5 }, /dim must be .*, got 2\.5/],
  [{ dim: undefined }, /dim must be .*, got undefined/],
  [{ alpha: -0.1 }, /alpha must be a number from 0 to 1000000, got -0\.1/],
  [{ alpha: Number.NaN }, /alpha must be .*, got NaN/],
  [{ alpha: '1' }, /alpha must be .*, got "1"/],
  [{ ridge: 0 }, /ridge must be a number from 1e-9 to 1000000000, got 0/],
  [{ priorMean: Infinity }, /priorMean must be .*, got Infinity/],
  [{ biasIndex: 2 }, /biasIndex must be an integer from 0 to 1, got 2/],
  [{ exploreWithin: 0 }, /exploreWithin must be > 0, got 0/],
  [{ epsilon: 1.1 }, /epsilon must be a number from 0 to 1, got 1\.1/],
  [{ guardrail: '' }, /guardrail must be a non-empty id/],
]

describe('options', () => {
  it.each(refusals)('%o are refused by name', (wrong, message) => {
    const make = () => createLinUCB({ arms: ['R1', 'R2'], dim: 2, ...wrong })
    expect(make).toThrow(message)
  })

  it('are copied: changing them later changes nothing', () => {
    const arms = ['R1', 'R2']
    const model = createLinUCB({ arms, dim: 2 })
    arms.push('R3')
    expect(model.arms).toEqual(['R1', 'R2'])
  })

  it('may name arms like members of every object', () => {
    const model = createLinUCB({ arms: ['constructor', 'toString', '1'], dim: 1 })
    const { probabilities } = model.decide([1], { caps: { toString: 0 } })
    expect(probabilities['toString']).toBe(0)
    expect(Object.keys(model.snapshot().arms).toSorted()).toEqual(['1', 'constructor', 'toString'])
  })
})
