import { counterRows, fanOut } from '@holdfast/seams'
import { countFacts, logFacts } from '@holdfast/telemetry'
import { Registry } from 'prom-client'

type CallFact =
  | { readonly kind: 'call.done'; readonly route: string; readonly tookMs: number }
  | { readonly kind: 'call.failed'; readonly route: string; readonly error: unknown }
  | { readonly kind: 'call.begun'; readonly route: string }

/** What to count, as plain data: a package publishes such a table, and knows no metrics library. */
const rows = counterRows<CallFact>(
  { name: 'calls_total', help: 'Calls that worked.', kind: 'call.done', labels: ['route'] },
  { name: 'call_ms_total', help: 'Time they took.', kind: 'call.done', amount: 'tookMs' },
  {
    name: 'calls_failed_total',
    help: 'Calls that did not.',
    kind: 'call.failed',
    labels: ['route'],
  },
)

const registry = new Registry()
const observe = fanOut<CallFact>(
  countFacts(rows, { registry }),
  logFacts<CallFact>(
    {
      'call.failed': {
        level: 'error',
        message: ({ route }) => `${route} does not answer`,
        every: 100, // While it lasts, one line in a hundred says enough.
      },
      'call.done': { level: 'debug', message: 'answered', ends: ['call.failed'] },
    },
    { destination: { write: (line) => process.stdout.write(line) } },
  ),
)

// `observe` goes to whatever tells facts. Here they are made up.
const error = new Error('401 for Bearer abc123 at https://ana:hunter2@api.example.org/v1')
for (let i = 0; i < 250; i += 1) {
  observe({ kind: 'call.begun', route: 'R1' }) // Nobody hears this one: it costs next to nothing.
  observe({ kind: 'call.failed', route: 'R1', error })
}
observe({ kind: 'call.done', route: 'R1', tookMs: 12 })

console.log(await registry.metrics())
