import { join, resolve } from 'node:path'
import { dailyFindings, type DailyReport, type Verdict } from '@holdfast/promotion'
import type { Clock } from '@holdfast/seams'
import type { Command } from '../command.ts'
import { dailyEvidence } from '../evidence/daily-options.ts'
import { OpsError } from '../errors.ts'
import { personOf } from '../person.ts'
import { ledgerWarnings, type LedgerFigures } from '../evidence/ledger-evidence.ts'
import { youngDecisions, type YoungDecisions } from '../evidence/young.ts'
import { reportLines } from '../show/report.ts'

export interface DailyReported {
  readonly report: DailyReport
  /** What the gates say of it. */
  readonly verdict: Verdict
  readonly ledger: LedgerFigures | null
  /** What waits to be counted, where nothing of this rollout is. */
  readonly young: YoungDecisions | null
  /** Written, or to be written without `--dry-run`. */
  readonly files: readonly string[]
  readonly format: 'table' | 'json' | 'md'
}

interface Given {
  readonly window?: number
  readonly until?: number
  readonly ledger?: string
  readonly out?: string | true
  readonly format?: DailyReported['format']
}

export const command: Command<DailyReported, Given> = {
  async run(context, { window, until, ledger, out, format = 'table' }) {
    const { cwd, dataDir, clock } = context
    const isUsual = window === undefined && until === undefined && ledger === undefined
    if (out === true && !isUsual) throw needsName(dataDir)
    const reportPath = out === undefined ? null : jsonPath(out, cwd, dataDir)
    const files = reportPath === null ? [] : filesOf(reportPath)
    const { options, figures } = dailyEvidence(context, personOf(context), {
      ...(window === undefined ? {} : { windowMs: window }),
      ...(ledger === undefined ? {} : { ledger: resolve(cwd, ledger) }),
    })
    const steps = files.map((file) => `write ${file}`)
    const mayWrite = files.length > 0 && (await context.proceed({ steps, ask: 'nothing' }))
    const { state, judged } = await dailyFindings({
      ...options,
      ...(until === undefined ? {} : { settleMs: 0, clock: standingAt(until, clock) }),
      reportPath,
      isDryRun: !mayWrite,
    })
    const { report } = judged.inputs
    if (report === null) throw new Error('unreachable: the evidence was read')
    const found = figures()
    for (const warning of ledgerWarnings(found)) context.warn(warning)
    const { verdict } = judged
    const young =
      until === undefined ? await youngDecisions(options, verdict, state, context) : null
    const data = { report, verdict, ledger: found, young, files, format }
    return { data, next: nextAfter(data, ledger) }
  },
  show: reportLines,
}

/** The report of a moment that is past is as it would have been then. */
const standingAt = (atMs: number, clock: Clock): Clock => ({
  wallMs: () => atMs,
  monotonicMs: () => clock.monotonicMs(),
  sleep: (ms, signal) => clock.sleep(ms, signal),
  after: (ms, run, options) => clock.after(ms, run, options),
})

/** Status judges by the report at the usual place, so no other may come there unasked. */
const needsName = (dataDir: string): OpsError =>
  new OpsError(
    'OPS_USAGE',
    `--out needs a name with --window, --until or --ledger: without one it writes ${join(dataDir, 'ops', 'report.json')}, by which \`holdfast status\` judges; nothing was written`,
    { next: ['the same with --out <file>', 'holdfast report daily --out'] },
  )

/** Whichever of the three files was named. */
function jsonPath(out: string | true, cwd: string, dataDir: string): string {
  if (out === true) return join(dataDir, 'ops', 'report.json')
  return `${resolve(cwd, out).replace(/\.(?:json|md|csv)$/, '')}.json`
}

const filesOf = (path: string): string[] =>
  ['json', 'md', 'csv'].map((ending) => path.replace(/json$/, ending))

function nextAfter({ report, young }: DailyReported, ledger: string | undefined): string[] {
  if (young !== null && report.decisions === 0) return []
  if (report.decisions > 0) return ledger === undefined ? ['holdfast gate check'] : []
  const later = report.rejected.outside > 0
  return [`holdfast report daily --window 7d${later ? ' --until <time>' : ''}`]
}
