import { flakyLines } from './flaky-text.ts'
import type { OutageReport } from './outage-report.ts'
import type { Report } from './tally.ts'

const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** Who, the mean reward, and what that is. */
type Line = readonly [string, number, string]

/** The report for people, at most 80 columns wide. */
export function reportText(report: Report, models: ReadonlyMap<string, string>): string {
  const { meanReward, addedLatencyMs, outage, flaky } = report
  const lines = [
    `Mean reward over ${report.decisions} decisions (quality − ${report.lambda} × USD, seed ${report.seed})`,
    ...table([
      ['learner', meanReward.learner, what(report)],
      ['random', meanReward.random, 'a route drawn evenly'],
      [
        'best fixed',
        meanReward.bestFixed,
        `${report.bestFixedRoute} always, known only afterwards`,
      ],
      ['oracle', meanReward.oracle, 'the best route for each prompt: out of reach'],
    ]),
    ...(outage === null ? [] : outageLines(outage)),
    ...(flaky === null ? [] : flakyLines(flaky)),
    '',
    'Share of each route, from the first decision to the last',
    ...Object.keys(report.shareByRoute).map((route) =>
      chartLine(report, route, models.get(route) ?? ''),
    ),
    '',
    `Spent $${report.spendUsd.toFixed(4)}; ${report.failed} failed; ` +
      `${report.requestsPerSecond.toFixed(0)} requests/s`,
    `${report.learned} rewards learned by ${processes(report.workers)}, of ${report.decisions} acknowledged` +
      (flaky === null ? '' : ' and of failures'),
    `The router added ${addedLatencyMs.p50.toFixed(2)} ms (p50), ${addedLatencyMs.p99.toFixed(2)} ms (p99)`,
  ]
  return `${lines.join('\n')}\n`
}

const processes = (count: number): string => (count === 1 ? 'one process' : `${count} processes`)

function what({ prior, resumedAfter }: Report): string {
  if (resumedAfter > 0)
    return `no fair trial: knew ${resumedAfter} rewards of a run that was cut short`
  return prior === null ? 'what you just watched' : warmText(prior)
}

function table(rows: readonly Line[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(
    ([name, value, what]) => `  ${name.padEnd(width)}  ${value.toFixed(4).padStart(8)}  ${what}`,
  )
}

const warmText = ({ rows, effectiveCount }: NonNullable<Report['prior']>): string =>
  `knew ${rows} prompts beforehand, counting as ${Math.min(rows, effectiveCount)}`

function outageLines(outage: OutageReport): string[] {
  const { route, decisionsBefore, decisionsAfter, after, recoveredAfter, halfLives } = outage
  return [
    '',
    `${route} lost 70 % of its quality after ${decisionsBefore} decisions; the ${decisionsAfter} from then on:`,
    ...table([
      ['learner', after.learner, back(recoveredAfter.learner)],
      [
        'no forgetting',
        after.noForgetting,
        `the same learner, simulated: ${back(recoveredAfter.noForgetting)}`,
      ],
      ['static table', after.staticTable, 'a rule from the time before it, never updated'],
      [
        'best fixed',
        after.bestFixed,
        `${outage.bestFixedRouteAfter} always, known only afterwards`,
      ],
      ['oracle', after.oracle, 'the best route for each prompt: out of reach'],
    ]),
    '',
    'The same learner with other half-lives, simulated; a decision is a minute',
    `  half-life${halfLives.map(({ hours }) => column(hours === null ? 'never' : `${hours} h`)).join('')}`,
    `  before   ${halfLives.map(({ before }) => column(before.toFixed(4))).join('')}`,
    `  after    ${halfLives.map((life) => column(life.after.toFixed(4))).join('')}`,
  ]
}

const column = (text: string): string => text.padStart(8)

const back = (decisions: number | null): string =>
  decisions === null ? 'never back' : `first back after ${decisions}`

function chartLine({ shareByRoute, shareOverTime }: Report, route: string, model: string): string {
  const bars = shareOverTime.map((shares) => {
    const share = shares[route] ?? 0
    // Whatever is above nothing shows at least the lowest bar.
    return BARS[Math.ceil(share * (BARS.length - 1))] ?? ' '
  })
  const total = `${((shareByRoute[route] ?? 0) * 100).toFixed(1)} %`
  return `  ${route.padEnd(4)}${total.padStart(7)} │${bars.join('')}│ ${model}`.trimEnd()
}
