import { chanceOf, differenceOf, excessError, reachOf } from './buckets.ts'
import { triTrend, type Carry } from './carry.ts'
import type { Compared, ComparisonSettings } from './comparison.ts'
import { weightCheck, type WeightLimits } from './estimators.ts'
import type { QualityEvidence } from './report.ts'

/** What a report is made of that is about the whole rollout. */
export interface QualityParts {
  readonly carry: Carry
  readonly settings: {
    readonly comparison: ComparisonSettings
    readonly alpha: number
    readonly weightLimits: WeightLimits
  }
  /** By all decisions so far, and by those of the window alone. */
  readonly compared: Compared
  readonly within: Compared
  readonly exposed: number
  readonly rollbacks: number
}

/** Of a chance to be wrong, what falls to one look, so that all looks together have no more than the whole: Σ 1 ÷ k (k + 1) = 1. */
export function shareOfLook(look: number): number {
  return 1 / (look * (look + 1))
}

/** What the reports of a rollout so far say of policy and baseline. */
export function qualityOf(parts: QualityParts): QualityEvidence {
  const { carry, settings, compared, within, exposed, rollbacks } = parts
  const { baseline, margin, rewardLeast, rewardMost } = settings.comparison
  const looks = Math.max(1, carry.looks)
  const all = testsOf(compared, settings.comparison)
  const window = testsOf(within, settings.comparison)
  const meanError =
    compared.decisions === 0 ? null : excessError(compared.buckets, compared.decisions)
  return {
    baseline,
    margin,
    since: new Date(carry.sinceMs).toISOString(),
    looks,
    compared: compared.decisions,
    missing: compared.missing,
    out_of_range: compared.outOfRange,
    reward_range: { least: rewardLeast, most: rewardMost },
    unusable: compared.unusable,
    impossible: compared.impossible,
    subjects: all.subjects,
    gain_p: all.gain,
    harm_p: all.harm,
    window: { compared: within.decisions, subjects: window.subjects, harm_p: window.harm },
    confidence_sequence: intervalOf(parts, looks),
    weights: weightCheck(compared.weights, settings.weightLimits, meanError),
    exposed,
    rollbacks,
    tri_trend: triTrend(carry.medians),
  }
}

function testsOf(
  { buckets, decisions }: Compared,
  { margin, rewardLeast, rewardMost }: ComparisonSettings,
): Readonly<Record<'subjects' | 'gain' | 'harm', number>> {
  if (decisions === 0) return { subjects: 0, gain: 1, harm: 1 }
  const { worst, best, worstError, bestError, subjects } = differenceOf(buckets, decisions)
  const allowed = margin / (rewardMost - rewardLeast)
  return {
    subjects: Number(subjects.toFixed(1)),
    gain: chanceOf(worst + allowed, worstError, subjects),
    harm: chanceOf(-best - allowed, bestError, subjects),
  }
}

function intervalOf(
  { compared, settings: { comparison, alpha } }: QualityParts,
  looks: number,
): QualityEvidence['confidence_sequence'] {
  if (compared.decisions === 0) return null
  const found = differenceOf(compared.buckets, compared.decisions)
  if (found.subjects < 2) return null
  const span = comparison.rewardMost - comparison.rewardLeast
  const side = (alpha * shareOfLook(looks)) / 2
  const lower = found.worst - reachOf(found.worstError, found.subjects, side)
  const upper = found.best + reachOf(found.bestError, found.subjects, side)
  return {
    lower: Math.max(-1, lower) * span,
    upper: Math.min(1, upper) * span,
    confidence: 1 - alpha,
  }
}
