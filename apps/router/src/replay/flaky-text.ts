import { BARS, type FlakyReport } from './flaky-report.ts'
import type { FaultKind } from './flaky.ts'

const WHAT: Readonly<Record<FaultKind, string>> = {
  error: 'answered 500',
  reset: 'reset connections',
  hang: 'said nothing',
  slow: 'was slow',
  cut: 'broke off',
  limit: 'answered 429',
}

/** What is said of a flaky run, for people, at most 80 columns wide. */
export function flakyLines(report: FlakyReport): string[] {
  const { requests, errors, errorRate, cutStreams, latencyMs, recoveries, isMet } = report
  const { wellP99, p99, p99Ratio } = latencyMs
  return [
    '',
    'Upstreams failed in turn, two of them at a time',
    '  route  what it did        lasted  opened  retries  fallbacks  noticed / open',
    ...report.faults.map(faultLine),
    '',
    barLine(
      isMet.errorRate,
      `${errors} of ${requests} requests failed: ${percent(errorRate)} (bar ${percent(BARS.errorRate)}), ` +
        `${cutStreams} in mid-stream`,
    ),
    barLine(
      isMet.p99Ratio,
      `p99 ${p99.toFixed(0)} ms, ${wellP99.toFixed(0)} ms while all were well: ` +
        `${p99Ratio.toFixed(1)} times (bar ${BARS.p99Ratio})`,
    ),
    barLine(
      isMet.recoveries,
      `${recoveries.inTime} of ${recoveries.expected} recoveries were noticed within one open period`,
    ),
  ]
}

function faultLine(fault: FlakyReport['faults'][number]): string {
  const { route, lastedMs, openings, retries, fallbacks, recovery } = fault
  return [
    `  ${route.padEnd(5)}`,
    WHAT[fault.fault].padEnd(17),
    `${(lastedMs / 1000).toFixed(1)} s`.padStart(7),
    String(openings).padStart(6),
    String(retries).padStart(7),
    String(fallbacks).padStart(9),
    recoveryText(recovery),
  ].join('  ')
}

function recoveryText(recovery: FlakyReport['faults'][number]['recovery']): string {
  if (recovery === null) return 'not needed'
  const { noticedAfterMs, openMs } = recovery
  const noticed = noticedAfterMs === null ? 'never' : noticedAfterMs.toFixed(0)
  return `${noticed} / ${openMs.toFixed(0)} ms`
}

const barLine = (isMet: boolean, text: string): string =>
  `  ${isMet ? 'met   ' : 'MISSED'}  ${text}`

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`
