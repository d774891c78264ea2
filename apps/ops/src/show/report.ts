import { reportMarkdown, type DailyReport } from '@holdfast/promotion'
import type { DailyReported } from '../commands/report-daily.ts'
import { durationText } from '../duration.ts'
import { ledgerText } from './evidence.ts'
import { counted, figure, percent } from '../figure.ts'
import { windowText } from '../moment.ts'
import type { Style } from '../terminal/style.ts'
import { pairs, right, table, type Cell } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'
import { verdictCell } from './gates.ts'
import { youngLines } from './young.ts'

export function reportLines(data: DailyReported, style: Style): string[] {
  const { report, verdict, ledger, young, format } = data
  if (format === 'json') return JSON.stringify(report, null, 2).split('\n')
  if (format === 'md') return reportMarkdown(report, verdict).trimEnd().split('\n')
  return [
    style.strong(`${windowText(report.window)} (${durationText(report.window_minutes * 60_000)})`),
    ...youngLines(young, style),
    '',
    ...pairs(
      [...figuresOf(report), ['ledger', ledgerText(ledger)], ['gates', verdictCell(verdict)]],
      style,
    ),
    '',
    ...(report.routes.length === 0 ? ['No decision, so no routes.'] : routeTable(report, style)),
    '',
    ...policyLines(report, style),
  ]
}

function figuresOf(report: DailyReport): [string, Cell][] {
  const { live_decisions: live, fast_cap: fast, missing_outcomes: missing, rejected } = report
  const rejects = `${rejected.undated} undated, ${rejected.malformed} malformed`
  return [
    ['decisions', `${report.decisions}, ${live} live (${percent(report.live_rate)})`],
    ['RSI', `${figure(report.rsi)}, ${report.agreeing} of ${live} live`],
    ['rollbacks', `${report.rollbacks}, ${figure(report.rollbacks_per_1k)} per 1000 live`],
    ['median TRI Δ', `${figure(report.tri_median)}, over ${counted(report.tri.count, 'decision')}`],
    [
      'fast cap',
      `over it ${fast.breaches} times, highest ${figure(fast.highest)} in ${fast.anomalous} anomalous, ${fast.unknown} unknown`,
    ],
    [
      'outcomes missing',
      `reward ${missing.reward}, deployment ${missing.deployment}, TRI ${missing.tri}`,
    ],
    ['rows refused', rejects],
  ]
}

function routeTable({ routes }: DailyReport, style: Style): string[] {
  const columns = [
    { title: 'ROUTE', canShrink: true },
    ...['DECISIONS', 'LIVE', 'REWARD', 'ROLLBACKS', 'SLO OK', 'ERRORS', 'TRI Δ'].map(right),
  ]
  const rows = routes.map((row) => [
    row.route,
    String(row.decisions),
    String(row.live),
    figure(row.mean_reward),
    String(row.rollbacks),
    percent(row.slo_ok_rate),
    figure(row.mean_error_rate),
    figure(row.mean_tri_delta),
  ])
  return table(columns, rows, style)
}

function policyLines({ policy_value: policy, quality }: DailyReport, style: Style): string[] {
  const worth =
    policy.kind === 'refused'
      ? `What the policy is worth cannot be told: ${policy.reasons.join('; ')}.`
      : `The policy earns ${figure(policy.value.snips)} ± ${figure(policy.value.snips_se)} a decision (SNIPS, effective sample size ${figure(policy.ess)}).`
  const against = `Against ${quality.baseline}, over ${counted(quality.compared, 'decision')} with ${figure(quality.subjects)} subjects on the smaller side: as good by chance in ${percent(quality.gain_p)} of cases, as bad in ${percent(quality.harm_p)}, as bad as in this window in ${percent(quality.window.harm_p)}.`
  return [worth, against].flatMap((text) => wrap(text, style.columns, '  '))
}
