import { counterRows, fanOut, type Clock, type Observe, type Random } from '@holdfast/seams'
import { recordedFacts, seededRandom, VirtualClock } from '@holdfast/seams/testing'

type CallFact =
  | { readonly kind: 'call.failed'; readonly attempt: number; readonly waitMs: number }
  | { readonly kind: 'call.done'; readonly attempt: number }

interface CallOptions {
  readonly clock: Clock
  readonly random: Random
  readonly observe: Observe<CallFact>
}

/** Calls until it works, waiting about twice as long each time. It knows no timer and no logger. */
async function callPatiently(call: () => boolean, { clock, random, observe }: CallOptions) {
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    if (call()) return observe({ kind: 'call.done', attempt })
    const waitMs = Math.round(1_000 * 2 ** attempt * (0.5 + random.next()))
    observe({ kind: 'call.failed', attempt, waitMs })
    await clock.sleep(waitMs)
  }
}

// In production: systemClock, systemRandom, and an observe that logs. Here: minutes in no time, and
// the same minutes every time.
const clock = new VirtualClock()
const random = seededRandom('example').split('waits')
const facts = recordedFacts<CallFact>()
const observe = fanOut<CallFact>(facts.observe, (fact) => {
  console.log(`${clock.monotonicMs()} ms`, fact)
})

let callsToFail = 4
const done = callPatiently(() => (callsToFail -= 1) < 0, { clock, random, observe })
await clock.advance(600_000)
await done

console.log(`waited ${facts.ofKind('call.failed').length} times`)

/** Plain data, from which an adapter makes the counters of any metrics library. */
const counters = counterRows<CallFact>(
  { name: 'calls_total', help: 'Calls that worked.', kind: 'call.done' },
  { name: 'call_wait_ms_total', help: 'Time waited.', kind: 'call.failed', amount: 'waitMs' },
)
console.log(counters.map(({ name, kind }) => `${name} counts ${kind}`).join('\n'))
