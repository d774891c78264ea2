import type { DailyReport } from '../evidence/report.ts'
import type { Finding } from './gate.ts'

type What = Pick<Finding, 'gate' | 'value' | 'threshold' | 'samples' | 'source'>

/** Shown, refuted or missing: the three ways in which a gate speaks of what it found. */
export const go = (what: What, reason: string): Finding => ({
  ...what,
  verdict: 'go',
  reason,
  because: 'measured',
})

export const noGo = (what: What, reason: string): Finding => ({
  ...what,
  verdict: 'no-go',
  reason,
  because: 'measured',
})

export const missing = (what: What, reason: string): Finding => ({
  ...what,
  verdict: 'no-go',
  reason,
  because: 'missing',
})

export const inconclusive = (what: What, reason: string): Finding => ({
  ...what,
  verdict: 'inconclusive',
  reason,
  because: 'measured',
})

/** A number for a sentence: four digits that mean something, a point in every country. */
export function shown(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** Says that too few live decisions carry a TRI Δ to speak for all, or null. */
export function thinTri(report: DailyReport, triCoverage: number): string | null {
  const { live_decisions: live, missing_outcomes } = report
  const withOutcome = live - missing_outcomes.deployment
  const carrying = live - missing_outcomes.tri
  if (carrying >= triCoverage * withOutcome) return null
  return `only ${carrying} of ${withOutcome} live decisions with an outcome carry a TRI Δ, less than ${shown(triCoverage * 100)} %`
}
