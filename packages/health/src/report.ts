import { isUp, wholeOf, type Group, type OnFail, type Status } from './status.ts'

/** What is known of one check. */
export interface CheckReading {
  /** What is held of it, after as many results in a row as it takes. */
  readonly status: Status
  /** What its last result said by itself. */
  readonly seen: Status
  /** What its last result said to people. */
  readonly message: string | null
  readonly details: Readonly<Record<string, unknown>> | null
  /** How old its last result is, in ms; null before the first. */
  readonly ageMs: number | null
  /** How long the last look took, in ms; null before the first. */
  readonly tookMs: number | null
  /** For how long a look has been under way that has not come back, in ms; null when there is none. */
  readonly hangingMs: number | null
  /** Since when `status` is what it is, in ms since 1970; null before the first result. */
  readonly changedAtMs: number | null
  readonly groups: readonly Group[]
  readonly onFail: OnFail
}

/** How a group of checks is, or all of them. */
export interface HealthReport {
  /** The worst of its checks; `unknown` when there are none. */
  readonly status: Status
  /** Which group this is; null for all checks. `live` for `startup` while that has no checks. */
  readonly group: Group | null
  /** Whether a probe gets 200. */
  readonly isUp: boolean
  /** When this was put together, in ms since 1970. */
  readonly atMs: number
  /** By name, in the order they were added. */
  readonly checks: Readonly<Record<string, CheckReading>>
}

/** Puts a report together. */
export function reportOf(
  group: Group | null,
  readings: readonly (readonly [name: string, reading: CheckReading])[],
  atMs: number,
): HealthReport {
  const inGroup = readings.filter(([, { groups }]) => group === null || groups.includes(group))
  const status = wholeOf(inGroup.map(([, reading]) => reading))
  return { status, group, isUp: isUp(group, status), atMs, checks: Object.fromEntries(inGroup) }
}

/** Under this name a stop shows in the report. */
export const STOPPING = 'lifecycle'

/** How a stop shows: as a check of readiness that has failed for good. */
export const stoppingReading = (reason: string, sinceMs: number): CheckReading => ({
  status: 'critical',
  seen: 'critical',
  message: `stopping: ${reason}`,
  details: null,
  ageMs: 0,
  tookMs: 0,
  hangingMs: null,
  changedAtMs: sinceMs,
  groups: ['ready'],
  onFail: 'critical',
})
