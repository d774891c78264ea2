import { describe, expect, it } from 'vitest'
import { times } from './rows.fixture.ts'
import { lookDaily, type Look, type Simulated } from './simulation.fixture.ts'

// The whole of it, 200 rollouts of each kind, is `npm run bench -- promotion`.
const SEED = 'no better'
const ROLLOUTS = 40
/** So many rollbacks a thousand live decisions are allowed that a few days can show that there are fewer. */
const settings = { rollbacksPer1k: 5 }

const better = (i: number): Simulated => ({
  seed: `better ${i}`,
  decisions: 2_000,
  subjects: 1_000,
  stage: 50,
  gain: () => 0.1,
  settings,
})

const goes = (simulated: Simulated, by: keyof Look): boolean => {
  for (const look of lookDaily(simulated)) if (look[by] === 'go') return true
  return false
}

describe(`rollouts that are looked at on 28 days, ${ROLLOUTS} of them, seed "${SEED}"`, () => {
  it.each([
    [100, 10],
    [300, 10],
    [1_000, 10],
    [100, 50],
    [300, 50],
    [1_000, 50],
  ])(
    'of a policy that is no better, for %s users at stage %s, pass the statistical gates in at most one of twenty, and those of the runbook always',
    (subjects, stage) => {
      const passed = { runbook: 0, statistical: 0, quality: 0 }
      for (const i of times(ROLLOUTS, (index) => index)) {
        const looks = [
          ...lookDaily({ seed: `${SEED} ${i}`, decisions: 400, subjects, stage, settings }),
        ]
        for (const by of ['runbook', 'statistical', 'quality'] as const)
          passed[by] += Number(looks.some((look) => look[by] === 'go'))
      }
      expect(passed.quality).toBeLessThanOrEqual(ROLLOUTS * 0.05)
      expect(passed.statistical).toBeLessThanOrEqual(ROLLOUTS * 0.05)
      expect(passed.runbook).toBe(ROLLOUTS)
    },
    120_000,
  )

  it('of a policy that is better pass all statistical gates, so that every other gate can go', () => {
    expect(times(5, (i) => goes(better(i), 'statistical'))).toEqual([true, true, true, true, true])
  }, 120_000)

  it('of a policy that turns bad after ten good days are stopped on the first bad one', () => {
    const looks = [
      ...lookDaily({
        seed: 'turns bad',
        decisions: 3_000,
        subjects: 1_000,
        stage: 50,
        gain: (index) => (index < 10 ? 0.15 : -0.1),
        looks: 12,
        settings,
      }),
    ]
    expect(looks[9]).toMatchObject({ statistical: 'go', quality: 'go' })
    expect(looks[10]).toMatchObject({ statistical: 'no-go', quality: 'no-go' })
    expect(looks[11]).toMatchObject({ statistical: 'no-go', quality: 'no-go' })
  }, 120_000)
})
