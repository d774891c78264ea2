import {
  circuitBreakerCounters,
  createBreaker,
  type Breaker,
  type BreakerFact,
} from '@holdfast/circuit-breaker'
import { counterRows, fanOut, systemClock } from '@holdfast/seams'
import { countFacts, logFacts } from '@holdfast/telemetry'
import { Counter, Gauge, Registry } from 'prom-client'

/** What this program tells, beside what its breaker tells. */
type AppFact = BreakerFact | { readonly kind: 'price.told'; readonly cents: number }

/** What to count, as plain data: a package publishes such a table, and knows no metrics library. */
const rows = [
  ...circuitBreakerCounters,
  ...counterRows<AppFact>(
    { name: 'prices_total', help: 'Prices told.', kind: 'price.told' },
    { name: 'price_cents_total', help: 'Their sum.', kind: 'price.told', amount: 'cents' },
  ),
]

const registry = new Registry()
const observe = fanOut<AppFact>(
  countFacts(rows, { registry }),
  logFacts<AppFact>(
    {
      'breaker.failure': {
        level: 'error',
        message: ({ breaker }) => `${breaker} does not answer`,
        every: 100, // While it lasts, one line in a hundred says enough.
      },
      'breaker.closed': {
        level: 'info',
        message: ({ breaker }) => `${breaker} answers again`,
        ends: ['breaker.failure'],
      },
    },
    { destination: { write: (line) => process.stdout.write(line) } },
  ),
)

const LEVELS: Readonly<Record<Breaker['state'], number>> = {
  closed: 0,
  disabled: 0,
  observing: 0,
  probing: 1,
  open: 2,
  isolated: 3,
}

/** What no fact tells, because it is only asked for when metrics are: states, and calls, most of which go well. */
function measureBreakers(breakers: readonly Breaker[]): void {
  const common = { labelNames: ['breaker'], registers: [registry] }
  const state = new Gauge({
    ...common,
    name: 'breaker_state',
    help: '0 calls go through, 1 probing, 2 open, 3 isolated.',
    collect() {
      for (const breaker of breakers) state.set({ breaker: breaker.name }, LEVELS[breaker.state])
    },
  })
  const calls = new Counter({
    ...common,
    name: 'breaker_calls_total',
    help: 'Calls whose result counted, well or not.',
    collect() {
      calls.reset()
      for (const breaker of breakers) {
        calls.inc({ breaker: breaker.name }, breaker.reading().recorded)
      }
    },
  })
}

const breaker = createBreaker({
  name: 'prices',
  window: { kind: 'count', size: 250 },
  minimumCalls: 250,
  openMs: 5,
  probes: { calls: 1 },
  observe,
})
measureBreakers([breaker])

// A service that is down for 250 calls, and whose error gives away more than it should.
const error = new Error('401 for Bearer abc123 at https://ana:hunter2@api.example.org/v1')
for (let i = 0; i < 250; i += 1) {
  // Whoever called hears of it here; the breaker has told it by then.
  await breaker.run(() => Promise.reject(error)).catch(() => {})
}
await systemClock.sleep(10)
const cents = await breaker.run(() => 120)
observe({ kind: 'price.told', cents })

console.log((await registry.metrics()).replaceAll(/^(#.*)?\n/gm, ''))
