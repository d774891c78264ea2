import { shareOfLook } from '../evidence/quality.ts'
import type { DailyReport } from '../evidence/report.ts'
import { chiSquareTail, clopperPearson, poissonBounds } from '../statistics/intervals.ts'
import { go, inconclusive, missing, noGo, shown, thinTri } from './found.ts'
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
  // First the window itself: a long time without any rollback is no excuse for one full of them.
  const day = per1k(poissonBounds(today.events, alpha), today.exposed)
  if (day.lower > threshold) {
    const ofWindow = `${today.events} rollbacks over ${today.exposed} live decisions of the window`
    return noGo(what, `${ofWindow}: ${between(day.lower, day.upper)} per 1000`)
  }
  if (lower > threshold) return noGo(what, told)
  if (upper <= threshold) return go(what, told)
  const needed = Math.ceil((poissonBounds(rollbacks, alpha).upper * 1_000) / threshold)
  return inconclusive(what, `${told}; with no further one it takes ${needed} live decisions`)
}

/** The median TRI Δ by the sign test: whether at least half of all changes are none for the worse. */
export function triSign(report: DailyReport, settings: GateSettings): Finding {
  const { tri: threshold, alpha, triCoverage } = settings
  const { tri, tri_median: value } = report
  const what = { gate: 'tri', value, threshold, samples: tri.count, source: 'report.tri' } as const
  if (value === null) return missing(what, 'no decision carries a TRI Δ')
  const thin = thinTri(report, triCoverage)
  if (thin !== null) return missing(what, thin)
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

/** With fewer subjects on one side Student's t is no good likeness any more; for a warning it need be less good. */
const LEAST_SUBJECTS = 20
const LEAST_SUBJECTS_OF_HARM = 10

/**
 * Whether it is proven that the policy is better than the baseline, less the margin. Each look has its share of the chance to be wrong, so looking
 * every day costs nothing. Gain is of the whole rollout; harm is looked for in the window as well, and a window that speaks against the
 * policy lets no old gain pass.
 */
export function quality(report: DailyReport, settings: GateSettings): Finding {
  const { alpha, harmAlpha } = settings
  const evidence = report.quality
  const { baseline, margin, window } = evidence
  const spent = (chance: number): number => Math.min(1, chance / shareOfLook(evidence.looks))
  const [value, samples] = [spent(evidence.gain_p), evidence.compared]
  const what = {
    gate: 'quality',
    value,
    threshold: alpha,
    samples,
    source: 'report.quality',
  } as const
  if (samples === 0) return missing(what, 'no decision can be compared with the baseline')
  if (evidence.impossible > 0) {
    const told = `${evidence.impossible} decisions have weights that cannot be`
    return inconclusive(what, `refused: ${told}; their recorded probabilities are wrong`)
  }
  const worse = `that it is worse than ${baseline} by more than ${margin}`
  if (window.harm_p <= harmAlpha && window.subjects >= LEAST_SUBJECTS_OF_HARM) {
    return noGo(what, `the window shows ${worse}: so bad by chance in ${percent(window.harm_p)}`)
  }
  if (spent(evidence.harm_p) <= harmAlpha && evidence.subjects >= LEAST_SUBJECTS_OF_HARM) {
    return noGo(what, `the rollout shows ${worse}: so bad by chance in ${percent(evidence.harm_p)}`)
  }
  const doubts = doubtsOf(report, settings)
  if (doubts.length > 0) return inconclusive(what, `refused: ${doubts.join('; ')}`)
  const told = `so good by chance in ${percent(value)}, all looks together; ${percent(alpha)} prove that it is no worse than ${baseline} less ${margin}`
  return value <= alpha ? go(what, told) : inconclusive(what, told)
}

/** Why nothing is proven, however good it looks. */
function doubtsOf({ quality: evidence }: DailyReport, { alpha }: GateSettings): string[] {
  const { out_of_range: outside, reward_range: range, subjects, window } = evidence
  const doubts = outside === evidence.compared ? [] : [...evidence.weights.reasons]
  if (outside > 0) {
    doubts.push(
      `${outside} of ${evidence.compared} rewards are outside ${range.least} to ${range.most}: set rewardLeast and rewardMost of the comparison to what a reward can be, or compare qualities`,
    )
  }
  if (subjects < LEAST_SUBJECTS) {
    doubts.push(
      `the smaller side counts as ${shown(subjects)} subjects, where ${LEAST_SUBJECTS} are needed`,
    )
  }
  if (window.harm_p <= alpha) {
    doubts.push(`the window speaks against it: so bad by chance in ${percent(window.harm_p)}`)
  }
  return doubts
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

function percent(chance: number): string {
  return `${shown(chance * 100)} %`
}
