import { aMoment, between, onlyOptions, someText } from '../option-rules.ts'
import { COMPARISON, type ComparisonSettings } from './comparison.ts'
import { WEIGHT_LIMITS, type WeightLimits } from './estimators.ts'
import type { TallyOptions } from './tally.ts'

const OPTIONS = [
  'fromMs',
  'toMs',
  'nowMs',
  'fastCap',
  'comparison',
  'weightLimits',
  'alpha',
  'carry',
]

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function checkTally(options: TallyOptions): {
  readonly fastCap: number
  readonly alpha: number
  readonly comparison: ComparisonSettings
  readonly weightLimits: WeightLimits
} {
  onlyOptions('report', options, OPTIONS)
  const { fromMs, toMs, nowMs, fastCap = 0.15, alpha = 0.05 } = options
  aMoment('fromMs', fromMs)
  aMoment('toMs', toMs)
  aMoment('nowMs', nowMs)
  if (!(toMs > fromMs)) throw new RangeError(`toMs must be after fromMs, got ${toMs} and ${fromMs}`)
  between('fastCap', fastCap, 0, 1)
  between('alpha', alpha, 1e-6, 0.4)
  return {
    fastCap,
    alpha,
    comparison: comparisonOf(options.comparison),
    weightLimits: weightLimitsOf(options.weightLimits),
  }
}

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function comparisonOf(options: Partial<ComparisonSettings> = {}): ComparisonSettings {
  onlyOptions('comparison', options, Object.keys(COMPARISON))
  const settings = { ...COMPARISON, ...options }
  const { baseline, rewardLeast, rewardMost, margin, weightBound } = settings
  someText('baseline', baseline)
  between('rewardLeast', rewardLeast, -1e12, 1e12)
  between('rewardMost', rewardMost, -1e12, 1e12)
  if (!(rewardMost > rewardLeast)) {
    throw new RangeError(
      `rewardMost must be above rewardLeast, got ${rewardMost} and ${rewardLeast}`,
    )
  }
  between('margin', margin, 0, rewardMost - rewardLeast)
  if (weightBound !== null) between('weightBound', weightBound, 1, 1e6)
  return settings
}

export function weightLimitsOf(options: Partial<WeightLimits> = {}): WeightLimits {
  onlyOptions('weightLimits', options, Object.keys(WEIGHT_LIMITS))
  const limits = { ...WEIGHT_LIMITS, ...options }
  between('leastEss', limits.leastEss, 0, 1e12)
  between('leastEssShare', limits.leastEssShare, 0, 1)
  between('mostWeight', limits.mostWeight, 1, 1e12)
  between('mostMeanWeightError', limits.mostMeanWeightError, 0, 1)
  return limits
}
