import type { Health } from './health.ts'
import type { HealthReport } from './report.ts'
import type { Group } from './status.ts'
import { textReport, textStatus } from './text.ts'

/** What a path answers for: a group, or everything. */
export type Scope = Group | 'all'

/** Where the paths are by default. The names are those that Kubernetes and its tools use. */
export const DEFAULT_PATHS: Readonly<Record<string, Scope>> = {
  '/healthz': 'live',
  '/readyz': 'ready',
  '/startupz': 'startup',
  '/health': 'all',
}

/** What of a request matters here. */
export interface Asked {
  readonly method: string
  /** As it came, with its query. */
  readonly url: string
  readonly accept: string | undefined
}

/** An answer that any server can send. */
export interface HealthAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Empty for HEAD. */
  readonly body: string
}

/**
 * Answers a probe: 200 or 503, never to be cached. What the checks say is shown only when `isAuthorised`, because it
 * names paths, addresses and versions. `fields` are shown to everybody, in JSON, beside those of the report.
 */
export async function answerProbe(
  health: Pick<Health, 'report'>,
  scope: Scope,
  asked: Asked,
  isAuthorised: boolean,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<HealthAnswer> {
  if (asked.method !== 'GET' && asked.method !== 'HEAD') {
    return answerWith(405, 'text/plain; charset=utf-8', 'only GET and HEAD\n', {
      allow: 'GET, HEAD',
    })
  }
  const report = await health.report(scope === 'all' ? undefined : scope)
  const status = report.isUp ? 200 : 503
  const answer = wantsText(asked)
    ? answerWith(status, 'text/plain; charset=utf-8', asText(report, isAuthorised))
    : answerWith(status, 'application/json; charset=utf-8', asJson(report, isAuthorised, fields))
  return asked.method === 'HEAD' ? { ...answer, body: '' } : answer
}

/** The path of a URL as it came in a request. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

function answerWith(
  status: number,
  type: string,
  body: string,
  more: Readonly<Record<string, string>> = {},
): HealthAnswer {
  const headers = {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    // A cache between us and the prober would answer for a process that may be long gone.
    'cache-control': 'no-store',
    ...more,
  }
  return { status, headers, body }
}

/** `?format=` decides; then `?verbose`, as at Kubernetes' own probes; then what the caller accepts. */
function wantsText({ url, accept = '' }: Asked): boolean {
  const query = new URLSearchParams(url.slice(pathOf(url).length).replace(/#.*$/, ''))
  const format = query.get('format')
  if (format === 'text' || format === 'json') return format === 'text'
  if (query.has('verbose')) return true
  return /\btext\/plain\b/.test(accept) && !/\bapplication\/json\b/.test(accept)
}

const asText = (report: HealthReport, isAuthorised: boolean): string =>
  isAuthorised ? textReport(report) : textStatus(report)

function asJson(
  report: HealthReport,
  isAuthorised: boolean,
  fields: Readonly<Record<string, unknown>>,
): string {
  const shown = isAuthorised ? report : { status: report.status }
  // What the report says comes first, and no field takes its place.
  const answer = { ...shown, ...fields, ...shown }
  try {
    return JSON.stringify(answer, readable)
  } catch {
    // A check gave details that JSON cannot hold. The probe is answered all the same, without them.
    const withoutDetails = (key: string, value: unknown): unknown =>
      key === 'details' ? null : readable(key, value)
    return JSON.stringify(answer, withoutDetails)
  }
}

/** Lengths of time to a tenth of a ms, which is all they are good for. */
function readable(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'number' && key.endsWith('Ms') ? Math.round(value * 10) / 10 : value
}
