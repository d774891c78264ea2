import type { DailyReport } from '../evidence/report.ts'
import { go, missing, noGo, shown } from './found.ts'
import type { Finding, GateSettings, SlotResult } from './gate.ts'

// Probabilities that add up to the cap in floating point may end a hair above it.
const ROUNDING = 1e-9

/** Whether the report is of the time that is to be judged. An old one, or one from the future, says nothing of now. */
export function freshness(report: DailyReport, settings: GateSettings, nowMs: number): Finding {
  const ageMs = nowMs - Date.parse(report.window.to)
  const madeMs = Date.parse(report.generated_at) - Date.parse(report.window.to)
  const [threshold, samples] = [settings.reportAgeMs, report.decisions]
  const source = 'report.window, report.generated_at'
  const what = { gate: 'freshness', value: ageMs, threshold, samples, source } as const
  if (report.window_minutes !== settings.windowMinutes) {
    const asked = `${settings.windowMinutes} are to be judged`
    return missing(what, `the report is of ${report.window_minutes} minutes, where ${asked}`)
  }
  if (!(ageMs >= 0 && madeMs >= 0)) return missing(what, 'the report is of a time that is not over')
  return ageMs <= threshold
    ? go(what, `the report ends ${Math.round(ageMs / 60_000)} minutes ago`)
    : missing(what, `the report ends ${Math.round(ageMs / 60_000)} minutes ago: too old`)
}

/** No anomalous decision gave the fast route more than the cap: an invariant, so one breach is a breach. */
export function fastCap(report: DailyReport, { fastCap: threshold }: GateSettings): Finding {
  const { anomalous: samples, unknown, highest: value, breaches } = report.fast_cap
  const what = { gate: 'fast-cap', value, threshold, samples, source: 'report.fast_cap' } as const
  if (report.decisions === 0) return missing(what, 'no decision to audit')
  if (breaches > 0 || (value ?? 0) > threshold + ROUNDING) {
    return noGo(what, `the fast route had up to ${shown(value ?? 0)} under an anomaly`)
  }
  if (unknown > 0) {
    return missing(what, `${unknown} anomalous decisions do not say what the fast route had`)
  }
  return go(what, `${samples} anomalous decisions, none above the cap`)
}

/** Every critical slot was green all through the window; what nobody knows is red. */
export function slots(results: readonly SlotResult[] | null, settings: GateSettings): Finding {
  const known = new Map((results ?? []).map((result) => [result.slot, result]))
  const green = settings.slots.filter((slot) => known.get(slot)?.isGreen === true)
  const [value, threshold] = [green.length, settings.slots.length]
  const what = { gate: 'slots', value, threshold, samples: known.size, source: 'slots' } as const
  const bad = settings.slots.filter((slot) => !green.includes(slot))
  if (threshold === 0) return missing(what, 'no slot is named that must be green')
  if (bad.length === 0) return go(what, `${green.join(', ')} were green`)
  const told = bad.map((slot) => `${slot} ${known.get(slot)?.reason ?? 'is unknown'}`).join('; ')
  return bad.some((slot) => !known.has(slot)) ? missing(what, told) : noGo(what, told)
}

/** Enough is known of what came of the live decisions. */
export function outcomes(report: DailyReport, settings: GateSettings): Finding {
  const { live_decisions: samples, missing_outcomes } = report
  const value = samples === 0 ? null : missing_outcomes.deployment / samples
  const threshold = settings.missingMost
  const source = 'report.missing_outcomes.deployment'
  const what = { gate: 'outcomes', value, threshold, samples, source } as const
  if (value === null) return missing(what, 'no live decision')
  const told = `${missing_outcomes.deployment} of ${samples} live decisions have no known outcome (feedback with deployment tells it)`
  return value <= threshold ? go(what, told) : missing(what, told)
}
