import { describe, expect, it } from 'vitest'
import { times } from './rows.fixture.ts'
import { lookDaily } from './simulation.fixture.ts'

// The whole of it, 200 rollouts and two daily volumes, is `npm run bench -- promotion`.
const SEED = 'no better'
const ROLLOUTS = 40

describe(`rollouts that are looked at on 28 days, ${ROLLOUTS} of them, seed "${SEED}"`, () => {
  it('of a policy that is no better pass the statistical gates in at most one of twenty, and those of the runbook nearly always', () => {
    const looked = times(ROLLOUTS, (i) => lookDaily(`${SEED} ${i}`, 500, 0))
    const passed = (by: 'runbook' | 'statistical' | 'quality'): number =>
      looked.filter((one) => one[by]).length
    expect(passed('statistical')).toBeLessThanOrEqual(ROLLOUTS * 0.05)
    expect(passed('quality')).toBeLessThanOrEqual(ROLLOUTS * 0.05)
    expect(passed('runbook')).toBeGreaterThan(ROLLOUTS * 0.9)
  }, 60_000)

  it('of a policy that is better pass the quality gate', () => {
    const looked = times(5, (i) => lookDaily(`better ${i}`, 5_000, 0.2, 10))
    expect(looked.filter(({ quality }) => quality).length).toBe(5)
  }, 60_000)
})
