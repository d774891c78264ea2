/** Whether a report that was kept in a file can be judged: no reader trusts what anyone may have written. */
import type { DailyReport } from './report.ts'

type Rule = (value: unknown) => boolean
/** What a value may be: a rule for it, or those for its fields. */
type Form = Rule | { readonly [name: string]: Form }

const isNumber = (value: unknown): boolean => Number.isFinite(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isAmount = (value: unknown): boolean => isNumber(value) && Number(value) >= 0
const isNumberOrNull = (value: unknown): boolean => value === null || isNumber(value)
const isText = (value: unknown): boolean => typeof value === 'string'
const isMoment = (value: unknown): boolean =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value))

/** All that gates, dwell rules and a summary read. */
const FORM: Form = {
  version: (value) => value === 1,
  window_minutes: isNumber,
  window: { from: isMoment, to: isMoment },
  generated_at: isMoment,
  decisions: isCount,
  live_decisions: isCount,
  live_rate: isNumberOrNull,
  agreeing: isCount,
  rsi: isNumberOrNull,
  rollbacks: isCount,
  live_rollbacks: isCount,
  rollbacks_per_1k: isNumberOrNull,
  tri_median: isNumberOrNull,
  tri: { count: isCount, zero: isCount, positive: isCount },
  missing_outcomes: { deployment: isCount, tri: isCount },
  fast_cap: { anomalous: isCount, breaches: isCount, unknown: isCount, highest: isNumberOrNull },
  stage_split: { subjects: isCount, live: isCount, expected: isNumber, variance: isAmount },
  quality: {
    baseline: isText,
    margin: isNumber,
    looks: (value) => isCount(value) && value !== 0,
    compared: isCount,
    out_of_range: isCount,
    reward_range: { least: isNumber, most: isNumber },
    impossible: isCount,
    subjects: isAmount,
    gain_p: isAmount,
    harm_p: isAmount,
    window: { subjects: isAmount, harm_p: isAmount },
    weights: {
      mean_weight: isNumberOrNull,
      mean_weight_se: isNumberOrNull,
      reasons: (value) => Array.isArray(value) && value.every(isText),
    },
    exposed: isCount,
    rollbacks: isCount,
    tri_trend: isNumberOrNull,
  },
}

/**
 * Whether a value that was read from a file is a report that `judge` can judge: each field that it reads is there and of its form, and no part
 * is more than its whole. Routes and estimates, which no gate reads, are not looked at.
 */
export function isDailyReport(value: unknown): value is DailyReport {
  return has(value, FORM) && isSumRight(value as DailyReport)
}

function has(value: unknown, form: Form): boolean {
  if (typeof form === 'function') return form(value)
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Readonly<Record<string, unknown>>
  return Object.entries(form).every(([name, inner]) => has(fields[name], inner))
}

const isSumRight = ({ agreeing, live_decisions: live, tri }: DailyReport): boolean =>
  agreeing <= live && tri.zero + tri.positive <= tri.count
