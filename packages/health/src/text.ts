import type { CheckReading, HealthReport } from './report.ts'
import type { Status } from './status.ts'

const MARKS: Readonly<Record<Status, string>> = {
  ok: '✓',
  degraded: '⚠',
  critical: '✗',
  unknown: '?',
}

/** A report for people: one line for the whole, and one for each check. */
export function textReport(report: HealthReport): string {
  const checks = Object.entries(report.checks)
  const longest = Math.max(0, ...checks.map(([name]) => name.length))
  const lines = checks.map(([name, reading]) => lineOf(name.padEnd(longest), reading))
  return [textStatus(report).trimEnd(), ...lines, ''].join('\n')
}

/** The first line of a report, which is all that callers see who are not authorised. */
export function textStatus({ status, group }: Pick<HealthReport, 'status' | 'group'>): string {
  return `${MARKS[status]} ${group ?? 'all'}: ${status}\n`
}

function lineOf(name: string, reading: CheckReading): string {
  const { status, seen, ageMs, tookMs, hangingMs } = reading
  const held = seen === status || ageMs === null ? status : `${status}, last seen ${seen}`
  const message = reading.message === null ? '' : `: ${oneLine(reading.message)}`
  const times =
    ageMs === null || tookMs === null
      ? ''
      : ` (${Math.round(ageMs)} ms ago, took ${Math.round(tookMs)} ms)`
  const hanging = hangingMs === null ? '' : ` (under way for ${Math.round(hangingMs)} ms)`
  return `${MARKS[status]} ${name}  ${held}${message}${times}${hanging}`
}

/** A message may quote what came over a wire: it must not make up lines of its own. */
const oneLine = (message: string): string => message.replaceAll(/\p{Cc}+/gu, ' ')
