import type { Report } from './tally.ts'

const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** The report for people, at most 80 columns wide. */
export function reportText(report: Report, models: ReadonlyMap<string, string>): string {
  const { meanReward, addedLatencyMs } = report
  const rows: [string, number, string][] = [
    ['learner', meanReward.learner, 'what you just watched'],
    ['random', meanReward.random, 'a route drawn evenly'],
    ['best fixed', meanReward.bestFixed, `${report.bestFixedRoute} always, known only afterwards`],
    ['oracle', meanReward.oracle, 'the best route for each prompt: out of reach'],
  ]
  const lines = [
    `Mean reward over ${report.decisions} decisions (quality − ${report.lambda} × USD, seed ${report.seed})`,
    ...priorLine(report),
    ...rows.map(
      ([name, value, what]) => `  ${name.padEnd(11)} ${value.toFixed(4).padStart(8)}  ${what}`,
    ),
    '',
    'Share of each route, from the first decision to the last',
    ...Object.keys(report.shareByRoute).map((route) =>
      chartLine(report, route, models.get(route) ?? ''),
    ),
    '',
    `Spent $${report.spendUsd.toFixed(4)}; ${report.failed} failed; ` +
      `${report.requestsPerSecond.toFixed(0)} requests/s`,
    `The router added ${addedLatencyMs.p50.toFixed(2)} ms (p50), ${addedLatencyMs.p99.toFixed(2)} ms (p99)`,
  ]
  return `${lines.join('\n')}\n`
}

function priorLine({ prior }: Report): string[] {
  if (prior === null) return []
  const { table, rows, effectiveCount } = prior
  return [
    `Warm start from ${rows} prompts of ${table}, counting as ${Math.min(rows, effectiveCount)}`,
  ]
}

function chartLine({ shareByRoute, shareOverTime }: Report, route: string, model: string): string {
  const bars = shareOverTime.map((shares) => {
    const share = shares[route] ?? 0
    // Whatever is above nothing shows at least the lowest bar.
    return BARS[Math.ceil(share * (BARS.length - 1))] ?? ' '
  })
  const total = `${((shareByRoute[route] ?? 0) * 100).toFixed(1)} %`
  return `  ${route.padEnd(4)}${total.padStart(7)} │${bars.join('')}│ ${model}`.trimEnd()
}
