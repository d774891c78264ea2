/**
 * A million runs in random order, one in a hundred of them failing: what a result costs in memory, what a batch costs on disk,
 * and how large the state file gets on the way, when half of the runs are done and nearly every one is a range of its own. Beside it, the
 * same as one plain JSON list of the finished runs, written whole after each batch.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replaceJson } from '@holdfast/atomic-json'
import { openRunTracker, type RunResult, type RunStateFact } from '@holdfast/run-state'
import { seededRandom, systemClock } from '@holdfast/seams'
import { quantile, tellReport } from '../report.ts'

const RUNS = 1_000_000
const FAIL_SHARE = 0.01
const root = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const rounded = (value: number): number => Number(value.toPrecision(4))

/** All runs once, shuffled, each with what comes of it. */
function shuffled(): RunResult[] {
  const random = seededRandom('a million runs')
  const runs = Array.from({ length: RUNS }, (_, i) => i + 1)
  for (let i = runs.length - 1; i > 0; i -= 1) {
    const j = random.integer(i + 1)
    ;[runs[i], runs[j]] = [runs[j]!, runs[i]!]
  }
  return runs.map((run) => ({ run, outcome: random.next() < FAIL_SHARE ? 'failed' : 'done' }))
}

const results = shuffled()

/** Every result once, in batches of this size, each batch waited for. */
async function track(batchSize: number) {
  const path = join(root, `tracked-${batchSize}.json`)
  const memoryUs: number[] = []
  const batchMs: number[] = []
  let [writes, largestBytes] = [0, 0]
  const observe = (fact: RunStateFact): void => {
    if (fact.kind !== 'json.replaced') return
    writes += 1
    largestBytes = Math.max(largestBytes, fact.sizeBytes)
  }
  const startMs = systemClock.monotonicMs()
  await using tracker = await openRunTracker(path, { observe })
  for (let i = 0; i < results.length; i += batchSize) {
    const batch = results.slice(i, i + batchSize)
    const beforeMs = systemClock.monotonicMs()
    const written = tracker.recordAll(batch)
    // Until here it is all in memory; the write begins after this turn.
    memoryUs.push(((systemClock.monotonicMs() - beforeMs) * 1000) / batch.length)
    await written
    batchMs.push(systemClock.monotonicMs() - beforeMs)
  }
  const totalMs = systemClock.monotonicMs() - startMs
  const [memory, waits] = [memoryUs, batchMs].map((list) => list.toSorted((a, b) => a - b))
  const { contiguous, attempted, done, failed } = tracker.standing()
  return {
    batchSize,
    batches: Math.ceil(RUNS / batchSize),
    writes,
    memoryUs: {
      p50: rounded(quantile(memory!, 0.5)),
      p99: rounded(quantile(memory!, 0.99)),
      longest: rounded(memory!.at(-1)!),
    },
    batchMs: { p50: rounded(quantile(waits!, 0.5)), p99: rounded(quantile(waits!, 0.99)) },
    usOfOneResultInAll: rounded((totalMs * 1000) / RUNS),
    largestBytes,
    lastBytes: statSync(path).size,
    standing: { contiguous, attempted, done, failed },
  }
}

/** One result after the other, each waited for, in a file as full of ranges as it can get. */
async function oneByOne() {
  const path = join(root, 'single.json')
  await using tracker = await openRunTracker(path)
  await tracker.recordAll(results.slice(0, RUNS / 2))
  const tookMs: number[] = []
  for (const result of results.slice(RUNS / 2, RUNS / 2 + 300)) {
    const startMs = systemClock.monotonicMs()
    await tracker.record(result)
    tookMs.push(systemClock.monotonicMs() - startMs)
  }
  tookMs.sort((a, b) => a - b)
  const openMs = systemClock.monotonicMs()
  await using other = await openRunTracker(path)
  return {
    recordMs: { p50: rounded(quantile(tookMs, 0.5)), p99: rounded(quantile(tookMs, 0.99)) },
    openMs: rounded(systemClock.monotonicMs() - openMs),
    done: other.standing().done,
  }
}

/** The plain way: a list of what is done, written whole. */
async function plainList(batchSize: number) {
  const path = join(root, 'plain.json')
  const done: number[] = []
  const batches = 20
  for (const { run } of results.slice(0, RUNS / 2)) done.push(run)
  const startMs = systemClock.monotonicMs()
  for (let batch = 0; batch < batches; batch += 1) {
    for (let i = 0; i < batchSize; i += 1) done.push(results[RUNS / 2 + batch * batchSize + i]!.run)
    await replaceJson(path, done)
  }
  const batchMs = (systemClock.monotonicMs() - startMs) / batches
  return { batchSize, batchMs: rounded(batchMs), bytesAtHalf: statSync(path).size }
}

try {
  const tracked = [await track(10_000), await track(1000)]
  const single = await oneByOne()
  const plain = await plainList(1000)
  const [, thousand] = tracked
  const bars = {
    'state file, largest ever, bytes (bar ≤ 1 000 000)': Math.max(
      ...tracked.map(({ largestBytes }) => largestBytes),
    ),
    'one result in memory, µs, p99 of batches (bar ≤ 50)': thousand?.memoryUs.p99,
    'durable writes for a batch (bar 1)': (thousand?.writes ?? 0) / (thousand?.batches ?? 1),
  }
  const what = 'a million runs in random order, 1 % of them failing'
  tellReport('run-state', { what, bars, tracked, single, plain }, () => {
    console.dir({ tracked, single, plain, bars }, { depth: 9 })
  })
} finally {
  rmSync(root, { recursive: true, force: true })
}
