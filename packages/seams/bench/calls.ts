import { fanOut, ignore, seededRandom, systemClock, systemRandom } from '@holdfast/seams'

/** What one call through a seam costs: the median of 9 rounds of a million calls, in ns. */
const CALLS = 1_000_000
const seeded = seededRandom(1)
const observe = fanOut(ignore, ignore)
const fact = { kind: 'bench.called' }

const calls: Readonly<Record<string, () => unknown>> = {
  'seededRandom next()': () => seeded.next(),
  'systemRandom next()': () => systemRandom.next(),
  'systemRandom hex(16)': () => systemRandom.hex(16),
  'systemClock monotonicMs()': () => systemClock.monotonicMs(),
  'fanOut to two listeners': () => observe(fact),
}

function roundNs(call: () => unknown): number {
  const startMs = systemClock.monotonicMs()
  for (let i = 0; i < CALLS; i += 1) call()
  return ((systemClock.monotonicMs() - startMs) * 1e6) / CALLS
}

for (const [name, call] of Object.entries(calls)) {
  const rounds = Array.from({ length: 9 }, () => roundNs(call)).toSorted((a, b) => a - b)
  process.stdout.write(`${name.padEnd(28)} ${rounds[4]?.toFixed(0).padStart(5)} ns\n`)
}
