import { describe, expect, it } from 'vitest'
import { contextOf, contextSteps, quantised, rewardSteps } from './quantum.ts'

describe('a context in steps of 2⁻¹²', () => {
  it('is the nearest one', () => {
    expect([...contextSteps([0.1, -0.1, 1, 0], 4)]).toEqual([410, -410, 4096, 0])
  })

  it('fits into 16 bits at both ends', () => {
    expect([...contextSteps([-8, 8 - 2 ** -12, 7.999_99], 3)]).toEqual([-32_768, 32_767, 32_767])
  })

  it('comes back as it is learned, and then stays', () => {
    const once = quantised([0.1, -7.3])
    expect([...once]).toEqual([410 / 4096, -29_901 / 4096])
    expect(quantised(once)).toEqual(once)
    expect(contextOf(contextSteps(once, 2))).toEqual(once)
  })

  it('has no −0', () => {
    expect([...quantised([-0, -0.0001])]).toEqual([0, 0])
  })

  it.each([
    ['context.length', undefined],
    ['context.length', null],
    ['context.length', [1]],
    ['context[0]', [8, 0]],
    ['context[1]', [0, -8.000_001]],
    ['context[1]', [0, Number.NaN]],
    ['context[0]', ['1', 0]],
    ['context[1]', [0, null]],
  ])('is refused by the name of what is wrong: %s of %j', (field, context) => {
    expect(() => contextSteps(context as ArrayLike<number>, 2)).toThrow(
      expect.objectContaining({ code: 'BANDIT_STORE_INPUT', field }),
    )
  })
})

describe('a reward in steps of 2⁻¹²', () => {
  it('is the nearest one, up to 1000 either way', () => {
    expect([0.1, -1000, 1000].map(rewardSteps)).toEqual([410, -4_096_000, 4_096_000])
  })

  it('is never −0, which a file would give back as 0', () => {
    expect(rewardSteps(-0.0001)).toBe(0)
    expect(rewardSteps(-0)).toBe(0)
  })

  it.each([Number.NaN, Infinity, 1000.01, -1000.01, '1', null, undefined])(
    'is refused when it is %s',
    (reward) => {
      expect(() => rewardSteps(reward as number)).toThrow(
        expect.objectContaining({ code: 'BANDIT_STORE_INPUT', field: 'reward' }),
      )
    },
  )
})
