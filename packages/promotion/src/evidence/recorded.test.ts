import { describe, expect, it } from 'vitest'
import { lackingTables, table } from '../recorded-data.fixture.ts'
import { estimateOf, OffPolicy, type PolicyEstimate } from './estimators.ts'

const TABLES = ['obd_random_men.csv.gz', 'obd_bts_men.csv.gz', 'obd_bts_policy_men.csv']
const lacking = lackingTables(...TABLES)
const ITEMS = 34

/** What the policy `target` would have earned in clicks, by the decisions that `log` made. */
function estimate(
  log: 'random' | 'bts',
  target: 'random' | 'bts',
  rows = Infinity,
): PolicyEstimate {
  const policy = new Map(table('obd_bts_policy_men.csv').map(([item = '', ...p]) => [item, p]))
  const judged = new OffPolicy()
  for (const [, item = '', position, click, p] of table(`obd_${log}_men.csv.gz`).slice(0, rows)) {
    const share = target === 'bts' ? Number(policy.get(item)?.[Number(position) - 1]) : 1 / ITEMS
    judged.add({ weight: share / Number(p), reward: Number(click) })
  }
  return estimateOf(judged.sums())
}

// Saito et al., "Open Bandit Dataset and Pipeline", 2020: the small sample of the campaign "men", both policies.
describe.skipIf(lacking !== '')(`the estimators on the Open Bandit sample${lacking}`, () => {
  it('value Bernoulli TS by the decisions of Random at .00453 (IPW) and .00460 (SNIPW)', () => {
    const found = estimate('random', 'bts')
    if (found.kind !== 'given') throw new Error(found.reasons.join())
    expect(Math.abs(found.value.ips - 0.00453)).toBeLessThanOrEqual(0.00001)
    expect(Math.abs(found.value.snips - 0.0046)).toBeLessThanOrEqual(0.00001)
    expect(found.ess).toBeGreaterThan(2_000)
    expect(found.mean_weight).toBeCloseTo(0.985, 3)
  })

  it('refuse the same estimate by a tenth of the decisions: the effective sample size is below 500', () => {
    const found = estimate('random', 'bts', 1_000)
    expect(found.kind).toBe('refused')
    expect(found.ess).toBeLessThan(500)
    expect(found.reasons).toContainEqual(
      expect.stringMatching(/^effective sample size \d+(\.\d+)? is below 500$/),
    )
    expect(found).not.toHaveProperty('value')
  })

  it('refuse Random by the decisions of Bernoulli TS, which hardly ever took what Random takes', () => {
    const found = estimate('bts', 'random')
    expect(found.kind).toBe('refused')
    expect(found.reasons.join()).toContain('one weight is 178.3, above 50')
    expect(found.reasons.join()).toContain('the mean weight is 0.9433')
  })
})
