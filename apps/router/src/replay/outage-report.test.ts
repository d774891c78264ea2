import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { Config } from '../config/read-config.ts'
import { generatedTable } from './generated-table.ts'
import { outageReport } from './outage-report.ts'
import { withOutage } from './outage.ts'
import { rewardsOf } from './outcome-table.ts'
import { replayConfig, type ReplayPrior } from './replay-config.ts'

const LAMBDA = 40
const whole = generatedTable(3, 600)
const order = whole.rows.map((_, i) => i).toReversed()
const outage = withOutage(whole, order, LAMBDA)
const configOf = (prior: ReplayPrior | null): Config =>
  replayConfig(
    {
      table: whole,
      lambda: LAMBDA,
      sendTask: false,
      features: 'six',
      scenario: null,
      prior,
      halfLifeHours: 12,
      env: {},
      flags: {},
    },
    whole.routes.map(() => 'http://127.0.0.1:9'),
    new VirtualClock(),
  )
const config = configOf(null)
/** Everything answered by the second route, the last first. */
const answered = order.toReversed().map((row) => {
  const outcome = outage.table.rows[row]
  return { row, reward: outcome === undefined ? 0 : (rewardsOf(outcome, LAMBDA)[1] ?? 0) }
})
const report = await outageReport({ outage, order, answered, config, seed: 1, sendTask: false })
const meanOf = (rows: readonly number[], route: number, { table } = outage): number =>
  rows.reduce((sum, row) => sum + (rewardsOf(table.rows[row]!, LAMBDA)[route] ?? 0), 0) /
  rows.length

describe('the report of an outage', () => {
  it('tells before from after by the row, in whatever order the answers came', () => {
    expect(report).toMatchObject({ decisionsBefore: 200, decisionsAfter: 400, halfLifeHours: 12 })
    expect(report.before.learner).toBeCloseTo(meanOf(order.slice(0, 200), 1))
    expect(report.after.learner).toBeCloseTo(meanOf(order.slice(200), 1))
  })

  it('holds it against a rule from the time before', () => {
    // By the prompt it chooses better than any one route, as long as nothing changes.
    expect(report.before.staticTable).toBeGreaterThan(report.before.bestFixed)
    expect(report.after.staticTable).toBeLessThan(report.after.bestFixed)
  })

  it('fits that rule to the prompts before the outage alone', async () => {
    const isLate = new Set(order.slice(200))
    const rows = whole.rows.map((row, index) => {
      // Of all prompts, the fourth route would be best even with its outage.
      return { ...row, quality: isLate.has(index) ? [0, 0, 0, 1] : [0, 0, 0.2, 0] }
    })
    const turned = withOutage({ ...whole, rows }, order, LAMBDA)
    const { after } = await outageReport({
      outage: turned,
      order,
      answered,
      config,
      seed: 1,
      sendTask: false,
    })
    expect(after.staticTable).toBeCloseTo(meanOf(order.slice(200), 2, turned))
  })

  it('holds it against the prior, where there is one, whatever the prior says', async () => {
    const praised = 2
    const quality = whole.routes.map((_, i) => (i === praised ? 1 : 0))
    const known = { ...whole, rows: whole.rows.map((row) => ({ ...row, quality })) }
    const warm = configOf({ table: known, effectiveCount: 2000 })
    const { after } = await outageReport({
      outage,
      order,
      answered,
      config: warm,
      seed: 1,
      sendTask: false,
    })
    expect(after.staticTable).toBeCloseTo(meanOf(order.slice(200), praised))
  })

  it('tries every half-life from two hours to none; the last is no forgetting', () => {
    expect(report.halfLives.map(({ hours }) => hours)).toEqual([2, 4, 8, 12, 24, 48, null])
    expect(report.halfLives.at(-1)?.after).toBe(report.after.noForgetting)
    expect(report.halfLives[0]?.after).not.toBe(report.after.noForgetting)
  })
})
