import type { DailyReport } from '../evidence/report.ts'
import { go, missing, noGo, shown, thinTri } from './found.ts'
import type { Finding, GateSettings } from './gate.ts'

/** RSI as a point value: agreeing ÷ live decisions. */
export function rsiPoint(report: DailyReport, { rsi: threshold }: GateSettings): Finding {
  const { live_decisions: samples, agreeing } = report
  const value = samples === 0 ? null : agreeing / samples
  const what = { gate: 'rsi', value, threshold, samples, source: 'report.rsi' } as const
  if (value === null) return missing(what, 'no live decision, so no RSI')
  const told = `${agreeing} of ${samples} live decisions took the route thought best`
  return value >= threshold
    ? go(what, told)
    : noGo(what, `${told}: ${shown(value)} is below ${threshold}`)
}

/** Rollbacks a thousand live decisions as a point value: all rollbacks of the window, per live decision. */
export function rollbacksPoint(report: DailyReport, settings: GateSettings): Finding {
  const { rollbacks, live_decisions, missing_outcomes, rollbacks_per_1k } = report
  const known = live_decisions - missing_outcomes.deployment
  const value = rollbacks_per_1k === null ? null : (rollbacks * 1_000) / live_decisions
  const threshold = settings.rollbacksPer1k
  const source = 'report.rollbacks_per_1k'
  const what = { gate: 'rollbacks', value, threshold, samples: known, source } as const
  if (value === null) return missing(what, 'no live decision whose deployment is known')
  const told = `${rollbacks} rollbacks over ${live_decisions} live decisions`
  return value <= threshold
    ? go(what, told)
    : noGo(what, `${told}: ${shown(value)} per 1000 is above ${threshold}`)
}

/** The median TRI Δ as a point value. */
export function triPoint(report: DailyReport, settings: GateSettings): Finding {
  const { tri: threshold, triCoverage } = settings
  const { tri_median: value, tri } = report
  const source = 'report.tri_median'
  const what = { gate: 'tri', value, threshold, samples: tri.count, source } as const
  if (value === null) return missing(what, 'no decision carries a TRI Δ')
  const thin = thinTri(report, triCoverage)
  if (thin !== null) return missing(what, thin)
  const told = `the median of ${tri.count} TRI Δ is ${shown(value)}`
  return value >= threshold ? go(what, told) : noGo(what, `${told}, below ${threshold}`)
}
