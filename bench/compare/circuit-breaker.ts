/**
 * A call through a breaker: ours beside cockatiel and opossum in one run. Through a closed one, refused by an open one, failing with
 * ever more calls in the window; and what an idle one weighs.
 */
import { createBreaker, type Breaker, type Window } from '@holdfast/circuit-breaker'
import { systemClock } from '@holdfast/seams'
import {
  circuitBreaker,
  ConsecutiveBreaker,
  CountBreaker,
  handleAll,
  SamplingBreaker,
  type CircuitBreakerPolicy,
} from 'cockatiel'
import Opossum from 'opossum'
import { againstBars } from '../bars.ts'
import { weigh, type Weight } from '../idle-weight.ts'
import { quantile, tellReport } from '../report.ts'

const ROUNDS = 201
const WARM_UP_ROUNDS = 30
// About a millisecond, which is mostly over before the system gives the processor to another process.
const TURN_CALLS = 10_000
const HOUR_MS = 3_600_000

type Once = () => unknown

const work = async (): Promise<number> => 1
const fails = (): never => {
  throw FAILURE
}
const FAILURE = new Error('no')

/** The least that anything around a call can be. */
async function wrapped(call: () => Promise<number>): Promise<number> {
  try {
    return await call()
  } catch (error) {
    throw new Error('failed', { cause: error })
  }
}

const ours = (window: Window, more: object = {}): Breaker =>
  createBreaker({ name: 'bench', window, openMs: HOUR_MS, ...more })
const count100: Window = { kind: 'count', size: 100 }
const time10: Window = { kind: 'time', seconds: 10 }
const cockatiels: Record<string, () => CircuitBreakerPolicy> = {
  'cockatiel count': () => cockatiel(new CountBreaker({ threshold: 0.5, size: 100 })),
  'cockatiel sampling': () => cockatiel(new SamplingBreaker({ threshold: 0.5, duration: 10_000 })),
  'cockatiel consecutive': () => cockatiel(new ConsecutiveBreaker(10)),
}

function cockatiel(breaker: CountBreaker | SamplingBreaker | ConsecutiveBreaker) {
  return circuitBreaker(handleAll, { halfOpenAfter: HOUR_MS, breaker })
}

/** Nobody's clean-up keeps the process from ending. */
const opossums: Opossum[] = []
function opossum(call: () => unknown, options: Opossum.Options = {}): Opossum {
  const breaker = new Opossum(async () => call(), options)
  opossums.push(breaker)
  return breaker
}

async function repeat(once: Once, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) await once()
}

function repeatNow(once: Once, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) once()
  return Promise.resolve()
}

/** ns for each, in turns, so that whatever else the machine does falls on all alike. */
async function inTurns(
  contenders: Readonly<Record<string, Once>>,
  calls: number,
  go = repeat,
): Promise<Map<string, { medianNs: number; fastestNs: number }>> {
  const names = Object.keys(contenders)
  const times = new Map(names.map((name): [string, number[]] => [name, []]))
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round + WARM_UP_ROUNDS) % names.length] ?? ''
      const startMs = systemClock.monotonicMs()
      await go(contenders[name] ?? work, calls)
      const ns = ((systemClock.monotonicMs() - startMs) / calls) * 1e6
      if (round >= 0) times.get(name)?.push(ns)
    }
  }
  return new Map(
    [...times].map(([name, list]) => {
      const sorted = list.toSorted((a, b) => a - b)
      return [name, { medianNs: tidy(quantile(sorted, 0.5)), fastestNs: tidy(quantile(sorted, 0)) }]
    }),
  )
}

const tidy = (value: number): number => Number(value.toPrecision(3))
const caught = (answer: Promise<unknown>): Promise<unknown> => answer.catch(() => 0)

/** Calls that go well. */
async function closed(): Promise<Map<string, { medianNs: number; fastestNs: number }>> {
  const breakers = {
    count: ours(count100),
    time: ours(time10),
    consecutive: ours({ kind: 'consecutive' }),
    slow: ours(count100, { slowMs: 1_000 }),
    judged: ours(count100, { judge: () => 'success' }),
    timeout: ours(count100, { timeoutMs: 60_000 }),
  }
  const peers = Object.entries(cockatiels).map(([name, make]): [string, Once] => {
    const policy = make()
    return [name, () => policy.execute(work)]
  })
  const plain = opossum(work, { timeout: false, rollingPercentilesEnabled: false })
  const usual = opossum(work)
  return await inTurns(
    {
      'bare async': work,
      'async wrapper': () => wrapped(work),
      'ours count': () => breakers.count.run(work),
      'ours time': () => breakers.time.run(work),
      'ours consecutive': () => breakers.consecutive.run(work),
      'ours count, slowMs': () => breakers.slow.run(work),
      'ours count, judge': () => breakers.judged.run(work),
      'ours count, timeoutMs': () => breakers.timeout.run(work),
      ...Object.fromEntries(peers),
      'opossum, no timeout, no percentiles': () => plain.fire(),
      opossum: () => usual.fire(),
    },
    TURN_CALLS,
  )
}

const once = (breaker: Breaker) => (): void => {
  const pass = breaker.admit()
  if (pass !== null) breaker.settle(pass, 'success', 0)
}

/** Leave and result without a promise. */
async function passes(): Promise<Map<string, { medianNs: number; fastestNs: number }>> {
  const [count, time] = [ours(count100), ours(time10)]
  const contenders = { 'ours count': once(count), 'ours time': once(time) }
  return await inTurns(contenders, TURN_CALLS * 5, repeatNow)
}

/** Calls that an open breaker refuses. */
async function refused(): Promise<Map<string, { medianNs: number; fastestNs: number }>> {
  const [breaker, traced] = [ours(count100), ours(count100, { errorStack: true })]
  for (const each of [breaker, traced]) each.trip({ reason: 'for the bench' })
  const policy = cockatiel(new ConsecutiveBreaker(1))
  await caught(policy.execute(fails))
  const circuit = opossum(work)
  circuit.open()
  return await inTurns(
    {
      'ours run': () => caught(breaker.run(work)),
      'ours run, errorStack': () => caught(traced.run(work)),
      'ours admit': () => breaker.admit(),
      cockatiel: () => caught(policy.execute(work)),
      opossum: () => caught(circuit.fire()),
    },
    500,
  )
}

/** µs for one call that fails while the window is full of others. None opens: the limit is out of reach. */
async function failing(): Promise<Record<string, number>> {
  const limits = { minimumCalls: 1_000_000, failureRatio: 1 }
  const found: Record<string, number> = {}
  for (const calls of [100, 10_000, 1_000_000]) {
    for (const window of [{ kind: 'count', size: calls }, time10] as const) {
      const breaker = ours(window, limits)
      for (let i = 0; i < calls; i += 1) breaker.settle(breaker.admit()!, 'success', 0)
      found[`ours ${window.kind}, ${calls} calls`] = await eachUs(() => breaker.run(fails))
    }
  }
  for (const calls of [100, 10_000, 100_000]) {
    const options = { errorThresholdPercentage: 100, rollingCountTimeout: HOUR_MS, timeout: false }
    const circuit = opossum(() => (isDown ? fails() : 1), options as Opossum.Options)
    let isDown = false
    for (let i = 0; i < calls; i += 1) await circuit.fire()
    isDown = true
    found[`opossum, ${calls} calls`] = await eachUs(() => circuit.fire(), 51)
  }
  return found
}

async function eachUs(once: () => Promise<unknown>, times = 5_001): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < times; i += 1) {
    const startMs = systemClock.monotonicMs()
    await caught(once())
    took.push((systemClock.monotonicMs() - startMs) * 1000)
  }
  return tidy(
    quantile(
      took.toSorted((a, b) => a - b),
      0.5,
    ),
  )
}

async function weights(): Promise<Record<string, Weight>> {
  const makers: Record<string, () => unknown> = {
    'ours, default window (count 100)': () => createBreaker({ name: 'bench', openMs: 1_000 }),
    'ours, time 10 s': () => ours(time10),
    'ours, consecutive': () => ours({ kind: 'consecutive' }),
    ...cockatiels,
    opossum: () => opossum(work),
  }
  const found: Record<string, Weight> = {}
  for (const [name, make] of Object.entries(makers)) found[name] = await weigh(make)
  return found
}

const idle = await weights() // First, while there is little else to collect.
const [closedNs, passNs, refusedNs] = [await closed(), await passes(), await refused()]
const failingUs = await failing()
for (const breaker of opossums) breaker.shutdown()

const of = (found: Map<string, { medianNs: number }>, name: string): number =>
  found.get(name)?.medianNs ?? Number.NaN
/** Where a length of time itself is the bar: others on the machine can only make it longer. */
const fastestOf = (found: Map<string, { fastestNs: number }>, name: string): number =>
  found.get(name)?.fastestNs ?? Number.NaN
const ratio = (name: string, to: string): number => tidy(of(closedNs, name) / of(closedNs, to))
const bars = {
  'closed, count / async wrapper (bar ≤ 1.4)': ratio('ours count', 'async wrapper'),
  'closed, time / async wrapper (bar ≤ 2.2)': ratio('ours time', 'async wrapper'),
  'closed, count / cockatiel count (bar ≤ 0.7)': ratio('ours count', 'cockatiel count'),
  'closed, count / opossum (bar ≤ 0.4)': ratio('ours count', 'opossum'),
  'closed, count / opossum, no timeout, no percentiles (bar ≤ 0.4)': ratio(
    'ours count',
    'opossum, no timeout, no percentiles',
  ),
  'admit + settle, count, fastest round, ns (bar ≤ 25)': fastestOf(passNs, 'ours count'),
  'refusal by run, fastest round, µs (bar ≤ 2)': tidy(fastestOf(refusedNs, 'ours run') / 1000),
  'idle, bytes, buffer included (bar ≤ 1024)': idle['ours, default window (count 100)']?.allBytes,
  'idle, timers (bar ≤ 0)': idle['ours, default window (count 100)']?.timers,
}
const rows = (found: Map<string, object>): object[] =>
  [...found].map(([name, times]) => ({ name, ...times }))

tellReport(
  'circuit-breaker',
  {
    what: 'ns for a call through a breaker, in turns; bytes and timers of an idle one',
    rounds: ROUNDS,
    closed: rows(closedNs),
    admitAndSettle: rows(passNs),
    refused: rows(refusedNs),
    failingUs,
    idle,
    bars,
  },
  () => {
    console.table(rows(closedNs))
    console.table(rows(passNs))
    console.table(rows(refusedNs))
    console.table(failingUs)
    console.table(idle)
    console.table(againstBars(bars))
  },
)
