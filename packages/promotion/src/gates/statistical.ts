import type { DailyReport } from '../evidence/report.ts'
import { chiSquareTail, clopperPearson, poissonBounds } from '../statistics/intervals.ts'
import { go, inconclusive, missing, noGo, shown } from './found.ts'
import type { Finding, GateSettings } from './gate.ts'

/** RSI by its exact bounds (Clopper–Pearson). */
export function rsiBound(report: DailyReport, { rsi: threshold, alpha }: GateSettings): Finding {
  const { live_decisions: samples, agreeing } = report
  const value = samples === 0 ? null : agreeing / samples
  const source = 'report.agreeing, report.live_decisions'
  const what = { gate: 'rsi', value, threshold, samples, source } as const
  if (value === null) return missing(what, 'no live decision, so no RSI')
  const { lower, upper } = clopperPearson({ hits: agreeing, trials: samples }, alpha)
  const told = `${agreeing} of ${samples} agree: RSI is ${between(lower, upper)}`
  if (lower >= threshold) return go(what, told)
  return upper < threshold ? noGo(what, told) : inconclusive(what, `${told}, around ${threshold}`)
}

/** Rollbacks by exact Poisson bounds: over the whole rollout for a go, over the window or the rollout for a no-go. */
export function rollbacksBound(report: DailyReport, settings: GateSettings): Finding {
  const { alpha, rollbacksPer1k: threshold } = settings
  const { exposed, rollbacks } = report.quality
  const today = {
    events: report.live_rollbacks,
    exposed: report.live_decisions - report.missing_outcomes.deployment,
  }
  const value = exposed === 0 ? null : (rollbacks * 1_000) / exposed
  const source = 'report.quality.rollbacks, report.quality.exposed'
  const what = { gate: 'rollbacks', value, threshold, samples: exposed, source } as const
  if (exposed === 0 || today.exposed === 0) {
    return missing(what, 'no live decision whose deployment is known')
  }
  const { lower, upper } = per1k(poissonBounds(rollbacks, alpha), exposed)
  const told = `${rollbacks} rollbacks over ${exposed} live decisions: ${between(lower, upper)} per 1000`
  if (upper <= threshold) return go(what, told)
  const day = per1k(poissonBounds(today.events, alpha), today.exposed)
  if (lower > threshold || day.lower > threshold) return noGo(what, told)
  const needed = Math.ceil((poissonBounds(rollbacks, alpha).upper * 1_000) / threshold)
  return inconclusive(what, `${told}; with no further one it takes ${needed} live decisions`)
}

/** The median TRI Δ by the sign test: whether at least half of all changes are none for the worse. */
export function triSign(report: DailyReport, { tri: threshold, alpha }: GateSettings): Finding {
  const { tri, tri_median: value } = report
  const what = { gate: 'tri', value, threshold, samples: tri.count, source: 'report.tri' } as const
  if (value === null) return missing(what, 'no decision carries a TRI Δ')
  const hits = tri.zero + tri.positive
  const { lower, upper } = clopperPearson({ hits, trials: tri.count }, alpha)
  const told = `${hits} of ${tri.count} TRI Δ are not negative: a share ${between(lower, upper)}`
  if (lower >= 0.5) return go(what, told)
  return upper < 0.5 ? noGo(what, told) : inconclusive(what, `${told}, around one half`)
}

/** Whether as many subjects were live as the stage says, and the weights average to 1: otherwise the records are wrong. */
export function sampleRatio(report: DailyReport, settings: GateSettings): Finding {
  const { subjects, live, expected, variance } = report.stage_split
  const chance = variance === 0 ? null : chiSquareTail((live - expected) ** 2 / variance, 1)
  const threshold = settings.sampleRatioAlpha
  const source = 'report.stage_split, report.quality.weights'
  const what = {
    gate: 'sample-ratio',
    value: chance,
    threshold,
    samples: subjects,
    source,
  } as const
  if (chance === null)
    return inconclusive(what, 'no subject was assigned by a share, so there is no split')
  const told = `${live} of ${subjects} subjects were live where ${shown(expected)} were to be`
  if (chance < threshold) return noGo(what, `${told}: the split is broken`)
  // The χ² law is a good likeness of the split from here on.
  if (variance < 5) return inconclusive(what, `${told}: too few to tell`)
  const { mean_weight: mean, mean_weight_se: error } = report.quality.weights
  if (mean !== null && error !== null && Math.abs(mean - 1) > 3 * error) {
    return inconclusive(
      what,
      `${told}, but the mean weight is ${shown(mean)} ± ${shown(error)}, not 1`,
    )
  }
  return go(what, told)
}

/** Whether it is proven that the policy is better than the baseline, less the margin; looking every day costs nothing. */
export function quality(report: DailyReport, { alpha }: GateSettings): Finding {
  const evidence = report.quality
  const threshold = 1 / alpha
  const value = evidence.e_value
  const samples = evidence.compared
  const what = { gate: 'quality', value, threshold, samples, source: 'report.quality' } as const
  if (samples === 0) return missing(what, 'no decision can be compared with the baseline')
  if (evidence.impossible > 0) {
    const told = `${evidence.impossible} decisions have weights that cannot be`
    return inconclusive(what, `refused: ${told}; their recorded probabilities are wrong`)
  }
  if (evidence.harm_e_value >= threshold) {
    const told = `evidence ${shown(evidence.harm_e_value)} that it is worse than ${evidence.baseline}`
    return noGo(what, `${told} by more than ${evidence.margin}`)
  }
  const { reasons } = evidence.weights
  if (reasons.length > 0) return inconclusive(what, `refused: ${reasons.join('; ')}`)
  const told = `evidence ${shown(value)} of the ${shown(threshold)} that prove it no worse than ${evidence.baseline} less ${evidence.margin}`
  return value >= threshold ? go(what, told) : inconclusive(what, told)
}

function per1k(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  exposed: number,
): { readonly lower: number; readonly upper: number } {
  return { lower: (lower * 1_000) / exposed, upper: (upper * 1_000) / exposed }
}

function between(lower: number, upper: number): string {
  return `${shown(lower)} to ${shown(upper)}`
}
