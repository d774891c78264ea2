import type { Verdict } from '../gates/gate.ts'
import type { PolicyEstimate } from './estimators.ts'
import type { DailyReport } from './report.ts'

/** A report, and what the gates say of it, for people. */
export function reportMarkdown(report: DailyReport, verdict: Verdict | null = null): string {
  const { window, missing_outcomes: missing, rejected, fast_cap: fast, quality } = report
  const parts = [
    `# Routing, ${window.from} to ${window.to}`,
    verdict === null ? null : gatesTable(verdict),
    table(
      ['figure', 'value'],
      [
        ['decisions', report.decisions],
        ['live', `${report.live_decisions} (${share(report.live_rate)})`],
        ['RSI', number(report.rsi)],
        ['rollbacks', `${report.rollbacks} (${number(report.rollbacks_per_1k)} per 1000 live)`],
        ['median TRI Δ', `${number(report.tri_median)} (${report.tri.count} measured)`],
        [
          'fast cap',
          `${fast.breaches} breaches, ${fast.unknown} unknown in ${fast.anomalous} anomalous, highest ${number(fast.highest)}`,
        ],
        [
          'missing outcomes',
          `reward ${missing.reward}, deployment ${missing.deployment}, TRI ${missing.tri}`,
        ],
        [
          'rejected rows',
          `undated ${rejected.undated}, outside ${rejected.outside}, malformed ${rejected.malformed}`,
        ],
      ],
    ),
    '## Routes',
    table(
      ['route', 'decisions', 'live', 'mean reward', 'rollbacks', 'SLO ok', 'error rate', 'TRI Δ'],
      report.routes.map((row) => [
        row.route,
        row.decisions,
        row.live,
        number(row.mean_reward),
        row.rollbacks,
        share(row.slo_ok_rate),
        number(row.mean_error_rate),
        number(row.mean_tri_delta),
      ]),
    ),
    '## What the policy is worth',
    policyValue(report.policy_value),
    [
      `Against ${quality.baseline} since ${quality.since}, over ${quality.compared} decisions, of which ${quality.missing} have no outcome and ${quality.out_of_range} a reward out of range, with ${number(quality.subjects)} subjects on the smaller side. By chance as good in ${share(quality.gain_p)} of cases, as bad in ${share(quality.harm_p)}, and as bad as in this window in ${share(quality.window.harm_p)}; look ${quality.looks}.`,
      quality.confidence_sequence === null
        ? 'No difference can be told yet.'
        : `Difference ${number(quality.confidence_sequence.lower)} to ${number(quality.confidence_sequence.upper)}, in all reports at once with ${share(quality.confidence_sequence.confidence)} confidence, whatever the missing outcomes were.`,
    ].join('\n'),
  ]
  return `${parts.filter((part) => part !== null).join('\n\n')}\n`
}

function gatesTable({ verdict, gates }: Verdict): string {
  const rows = gates.map((gate) => [
    gate.gate,
    gate.isAdvisory ? `${gate.verdict} (advisory)` : gate.verdict,
    number(gate.value),
    number(gate.threshold),
    gate.samples,
    gate.reason,
  ])
  const header = ['gate', 'verdict', 'value', 'threshold', 'samples', 'reason']
  return `Verdict: **${verdict}**\n\n${table(header, rows)}`
}

function policyValue(estimate: PolicyEstimate): string {
  const weights = `${estimate.n} decisions with an outcome, effective sample size ${number(estimate.ess)}, highest weight ${number(estimate.max_weight)}, mean weight ${number(estimate.mean_weight)} ± ${number(estimate.mean_weight_se)}.`
  if (estimate.kind === 'refused') {
    return `No estimate is given: ${estimate.reasons.join('; ')}.\n\n${weights}`
  }
  const { ips, ips_se, snips, snips_se, dr, dr_se } = estimate.value
  const rows = [
    ['IPS', number(ips), number(ips_se)],
    ['SNIPS', number(snips), number(snips_se)],
    ['doubly robust', number(dr), number(dr_se)],
  ]
  return `${table(['estimate', 'reward per decision', 'standard error'], rows)}\n\n${weights}`
}

function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

function line(cells: readonly (string | number)[]): string {
  const texts = cells.map((cell) =>
    String(cell)
      .replaceAll(/[|\\]/g, String.raw`\$&`)
      .replaceAll(/\s+/g, ' '),
  )
  return `| ${texts.join(' | ')} |`
}

/** Four digits that mean something, a point in every country; a dash for nothing. */
function number(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)))
}

function share(value: number | null): string {
  return value === null ? '–' : `${Number((value * 100).toPrecision(4))} %`
}
