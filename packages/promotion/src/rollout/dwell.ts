import type { DailyReport } from '../evidence/report.ts'
import type { Stage } from './stage.ts'
import type { RolloutState } from './state.ts'

/** What it takes to leave a stage upwards without a person. */
export interface DwellRule {
  /** False: only a person may. */
  readonly isAutomatic: boolean
  /** Shortest stay, in ms, looked at without a gap and without a no-go in between. */
  readonly dwellMs: number
  /** The report's decisions must be more than this. */
  readonly decisions: number
  /** The medians of TRI Δ must not fall, and the last must not be negative. */
  readonly needsTriTrend: boolean
}

export type DwellRules = Readonly<Record<'0' | '10' | '25' | '50' | '75', DwellRule>>

const HOUR_MS = 3_600_000
const rule = (hours: number, more: Partial<DwellRule> = {}): DwellRule => ({
  isAutomatic: true,
  dwellMs: hours * HOUR_MS,
  decisions: 100,
  needsTriTrend: false,
  ...more,
})

/** The rules of the first week: the first subjects go live by hand, everything after that by evidence and time. */
export const DWELL_RULES: DwellRules = {
  0: rule(0, { isAutomatic: false, decisions: 0 }),
  10: rule(48),
  25: rule(72, { needsTriTrend: true }),
  50: rule(96),
  75: rule(168),
}

/**
 * What is still lacking before the stage may be left; nothing when it may.
 * @param lookedFromMs since when somebody looked without a gap: before that, nobody knows whether it was green.
 */
export function lackingToLeave(
  state: Pick<RolloutState, 'stage' | 'sinceMs' | 'redAtMs'>,
  report: DailyReport | null,
  rules: DwellRules,
  nowMs: number,
  lookedFromMs: number = state.sinceMs,
): string[] {
  const { stage, sinceMs, redAtMs } = state
  if (stage === 100) return []
  const { isAutomatic, dwellMs, decisions, needsTriTrend } = rules[ruleName(stage)]
  if (!isAutomatic) return [`stage ${stage} is left by hand: set stage 10 and say why`]
  const lacking: string[] = []
  const greenMs = nowMs - Math.max(sinceMs, redAtMs ?? sinceMs, lookedFromMs)
  if (!(greenMs >= dwellMs)) {
    lacking.push(`green for ${hours(Math.max(0, greenMs))} of ${hours(dwellMs)} at stage ${stage}`)
  }
  if (!((report?.decisions ?? 0) > decisions)) {
    lacking.push(`${report?.decisions ?? 0} decisions, where more than ${decisions} are needed`)
  }
  if (needsTriTrend) lacking.push(...trendLacks(report))
  return lacking
}

function trendLacks(report: DailyReport | null): string[] {
  const slope = report?.quality.tri_trend ?? null
  if (slope === null) return ['fewer than two days of TRI Δ, so no trend']
  if (slope < 0) return [`the medians of TRI Δ fall by ${Number((-slope).toPrecision(3))} a day`]
  return (report?.tri_median ?? -1) >= 0 ? [] : ['the last median of TRI Δ is negative']
}

function ruleName(stage: Exclude<Stage, 100>): keyof DwellRules {
  return `${stage}`
}

function hours(ms: number): string {
  return `${Math.floor(ms / HOUR_MS)} h`
}
