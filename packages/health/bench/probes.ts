import { createHealth, textReport } from '@holdfast/health'
import { systemClock } from '@holdfast/seams'

/** What a probe costs this process with ten checks: the median of 9 rounds of 20 000 calls, in µs. */
const CALLS = 20_000
const health = createHealth()
for (let i = 0; i < 10; i += 1) {
  health.add(`check ${i}`, () => ({ status: 'ok', message: 'fine', details: { i } }))
}

const calls: Readonly<Record<string, () => unknown>> = {
  "report('ready'), all known": () => health.report('ready'),
  "status('ready')": () => health.status('ready'),
  'textReport(status())': () => textReport(health.status()),
  "report('ready', { maxAgeMs: 0 }), ten looks": () => health.report('ready', { maxAgeMs: 0 }),
}

async function roundUs(call: () => unknown): Promise<number> {
  const startMs = systemClock.monotonicMs()
  for (let i = 0; i < CALLS; i += 1) await call()
  return ((systemClock.monotonicMs() - startMs) * 1e3) / CALLS
}

await health.report()
for (const [name, call] of Object.entries(calls)) {
  const rounds: number[] = []
  for (let round = 0; round < 9; round += 1) rounds.push(await roundUs(call))
  const median = rounds.toSorted((a, b) => a - b)[4]
  process.stdout.write(`${name.padEnd(44)} ${median?.toFixed(1).padStart(6)} µs\n`)
}
