/** What it costs to tell a fact: unheard, counted and logged, beside the plain loop over rows and the libraries alone. */
import type { CounterRow, Fact, Observe } from '@holdfast/seams'
import { systemClock } from '@holdfast/seams'
import { countFacts, logFacts } from '@holdfast/telemetry'
import { pino } from 'pino'
import { Counter, Registry } from 'prom-client'
import { againstBars } from '../bars.ts'
import { tellReport } from '../report.ts'

const ROUNDS = 15
const BAR_NS = 20
/** As many rows as the packages of a router publish together. */
const ROWS = 60

const rows: readonly CounterRow[] = Array.from({ length: ROWS }, (_, i) => ({
  name: `bench_${i}_total`,
  help: 'A row.',
  kind: `bench.kind-${i}`,
  ...(i % 2 === 0 ? {} : { labels: ['route', 'status'] }),
}))
const unheard = { kind: 'bench.nobody', route: 'R1', status: 200 }
const plain = { kind: 'bench.kind-30', route: 'R1', status: 200 }
const labelled = { kind: 'bench.kind-31', route: 'R1', status: 200 }

/** What one writes first: every row is asked of every fact. */
function naive(registry: Registry): Observe {
  const counters = rows.map((row) => {
    const labels = [...(row.labels ?? [])]
    const { name, help } = row
    const counter = new Counter({ name, help, labelNames: labels, registers: [registry] })
    return { row, labels, counter }
  })
  return (fact: Fact) => {
    for (const { row, labels, counter } of counters) {
      if (row.kind !== fact.kind) continue
      const fields = fact as unknown as Readonly<Record<string, string | number>>
      counter.inc(Object.fromEntries(labels.map((label) => [label, String(fields[label])])))
    }
  }
}

const registers = [new Registry()]
const bare = new Counter({ name: 'bare_total', help: 'Bare.', registers })
const labelNames = ['route', 'status']
const bareLabelled = new Counter({ name: 'bare_by_total', help: 'Bare.', labelNames, registers })
const counting = countFacts(rows, { registry: new Registry() })
const looping = naive(new Registry())

let bytes = 0
const destination = { write: (line: string) => void (bytes += line.length) }
const line = { level: 'info', message: 'answered' } as const
const quiet = { level: 'debug', message: 'answered' } as const
const logging = logFacts({ 'bench.kind-30': line, 'bench.kind-31': quiet }, { destination })
const log = pino({ level: 'info' }, destination)
const failure = { kind: 'bench.kind-30', error: new Error('refused') }
const bareFailure = { kind: failure.kind, err: failure.error }

const contenders: readonly (readonly [name: string, calls: number, call: () => void])[] = [
  ['unheard: countFacts', 2e6, () => counting(unheard)],
  ['unheard: logFacts', 2e6, () => logging(unheard)],
  ['unheard: loop over the rows', 3e5, () => looping(unheard)],
  ['counted: countFacts', 1e6, () => counting(plain)],
  ['counted: loop over the rows', 3e5, () => looping(plain)],
  ['counted: prom-client alone', 1e6, () => bare.inc()],
  ['counted by 2 labels: countFacts', 1e6, () => counting(labelled)],
  ['counted by 2 labels: loop over the rows', 2e5, () => looping(labelled)],
  [
    'counted by 2 labels: prom-client alone',
    3e5,
    () => bareLabelled.inc({ route: labelled.route, status: String(labelled.status) }),
  ],
  ['below the level: logFacts', 1e6, () => logging(labelled)],
  ['below the level: pino alone', 1e6, () => log.debug(labelled, 'answered')],
  ['a line: logFacts', 5e4, () => logging(plain)],
  ['a line: pino alone', 5e4, () => log.info(plain, 'answered')],
  ['a line with an error: logFacts', 1e4, () => logging(failure)],
  ['a line with an error: pino alone', 1e4, () => log.info(bareFailure, 'answered')],
]

/** A loop of its own for each, so that the compiler is no better with the first than with the last. */
const loopOf = (call: () => void): ((calls: number) => void) =>
  // oxlint-disable-next-line typescript/no-implied-eval -- Only a function made anew is compiled by itself.
  new Function('call', 'calls', 'for (let i = 0; i < calls; i += 1) call()').bind(
    null,
    call,
  ) as never

const timed = contenders.map(([name, calls, call]) => ({
  name,
  calls,
  loop: loopOf(call),
  ns: [] as number[],
}))
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { calls, loop, ns } of timed) {
    const startMs = systemClock.monotonicMs()
    loop(calls)
    ns.push(((systemClock.monotonicMs() - startMs) * 1e6) / calls)
  }
}
const tenths = (value: number): number => Math.round(value * 10) / 10
const results = timed.map(({ name, ns }) => {
  const sorted = ns.toSorted((a, b) => a - b)
  return { name, ns: tenths(sorted[ROUNDS >> 1]!), fastestNs: tenths(sorted[0]!) }
})
const seen = results[0]!.ns
const bar = { unheardNs: seen, bar: BAR_NS, isMet: seen <= BAR_NS }

const what = `telling a fact where ${ROWS} rows count, in ns a fact: median and fastest of ${ROUNDS} rounds`
tellReport('telemetry', { what, rows: results, bar }, () => {
  console.table(results)
  console.log(`${bytes} bytes of lines`)
  console.table(againstBars({ [`a fact that nobody hears, ns (bar ≤ ${BAR_NS})`]: seen }))
})
if (!bar.isMet) process.exitCode = 1
