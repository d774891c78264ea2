/**
 * Several processes that teach one bandit: how many rewards are acknowledged a second, each of them durable, with what
 * the disk needs for one write beside it; how long a choice takes meanwhile; how soon a process has learned all there
 * is when it starts; how soon one process has learned what another was told; and what a snapshot costs. Compared with one JSON file under a lock, in the same run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createSharedBandit, openFileStore, type BanditStoreFact } from '@holdfast/bandit-store'
import { seededRandom, systemClock } from '@holdfast/seams'
import { againstBars } from '../bars.ts'
import { lagsMs } from '../bandit-lag.ts'
import { ARMS, contextOf, inLanes, lessonsOf, longestStall } from '../bandit-lessons.ts'
import { quantile, tellReport } from '../report.ts'

const RUN_MS = 4000
const RECORDS = 1_000_000

const root = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
let made = 0
const directory = (): string => mkdtempSync(join(root, `${(made += 1)}-`))
const rounded = (value: number): number => Number(value.toPrecision(4))
const quantiles = (values: readonly number[]): { p50: number; p99: number } => {
  const sorted = values.toSorted((a, b) => a - b)
  return { p50: rounded(quantile(sorted, 0.5)), p99: rounded(quantile(sorted, 0.99)) }
}

/** What the disk takes for a write of 500 bytes to the end of a file, and fdatasync, in ms. */
function diskMs(): { p50: number; p99: number } {
  const file = openSync(join(root, 'probe'), 'a')
  const bytes = Buffer.alloc(500, 'x')
  const took = Array.from({ length: 400 }, () => {
    const startMs = systemClock.monotonicMs()
    writeSync(file, bytes)
    fdatasyncSync(file)
    return systemClock.monotonicMs() - startMs
  })
  closeSync(file)
  return quantiles(took)
}

interface Taught {
  readonly acknowledged: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Teaches in so many processes of so many lanes at once. */
async function teach(how: 'store' | 'json', processes: number, lanes: number, dim: number) {
  const fdatasyncMs = diskMs()
  const at = directory()
  const script = join(import.meta.dirname, '..', 'bandit-teacher.ts')
  const args = [script, how, at, dim, lanes, RUN_MS].map(String)
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  const ends = children.map((child) => once(child, 'exit'))
  const said = children.map((child) =>
    createInterface({ input: child.stdout })[Symbol.asyncIterator](),
  )
  for (const lines of said) await lines.next()
  for (const child of children) child.stdin.write('go\n')
  const taught = await Promise.all(
    said.map(async (lines) => JSON.parse((await lines.next()).value as string) as Taught),
  )
  await Promise.all(ends)
  const acknowledged = taught.reduce((sum, one) => sum + one.acknowledged, 0)
  rmSync(at, { recursive: true })
  return {
    how,
    processes,
    lanes,
    dim,
    perSecond: Math.round(acknowledged / (RUN_MS / 1000)),
    p50Ms: rounded(taught.reduce((sum, { p50Ms }) => sum + p50Ms, 0) / processes),
    p99Ms: rounded(Math.max(...taught.map(({ p99Ms }) => p99Ms))),
    fdatasyncP50Ms: fdatasyncMs.p50,
    fdatasyncP99Ms: fdatasyncMs.p99,
  }
}

/** How long choices take, in µs, alone and while 32 lanes of this process wait for the disk. */
async function decide(dim: number) {
  await using store = await openFileStore(directory(), { dim })
  await using bandit = await createSharedBandit({ store, arms: ARMS })
  const random = seededRandom('decide')
  const contexts = Array.from({ length: 256 }, () => contextOf(dim, random))
  const measure = async (): Promise<number[]> => {
    const tookUs: number[] = []
    for (let i = 0; i < 40_000; i += 1) {
      const startMs = systemClock.monotonicMs()
      bandit.decide(contexts[i % contexts.length]!)
      tookUs.push((systemClock.monotonicMs() - startMs) * 1000)
      // Lessons come in between choices, as requests do.
      if (i % 50 === 49) await systemClock.sleep(0)
    }
    return tookUs
  }
  await measure()
  const alone = await measure()
  const next = lessonsOf(dim, 'while deciding')
  let rewards = 0
  const stop = inLanes(32, async () => {
    const { id, lesson } = next()
    await store.reward(id, lesson)
    rewards += 1
  })
  const startMs = systemClock.monotonicMs()
  const meanwhile = await measure()
  const perSecond = Math.round((rewards * 1000) / (systemClock.monotonicMs() - startMs))
  await stop()
  return {
    dim,
    aloneUs: quantiles(alone),
    meanwhileUs: quantiles(meanwhile),
    rewardsPerSecond: perSecond,
  }
}

/** How long until one process has learned what another has answered, alone and beside a third that teaches. */
async function lag(lanes: number) {
  const lags = await lagsMs(directory(), 5, lanes)
  return { otherLanes: lanes, rewards: lags.length, lagMs: quantiles(lags) }
}

/** A snapshot of a million decisions: what it takes to make, and to start from. */
async function million() {
  const dim = 5
  const at = directory()
  const facts: BanditStoreFact[] = []
  const observe = (fact: BanditStoreFact): void => void facts.push(fact)
  const next = lessonsOf(dim, 'a million')
  const options = { dim, compactBytes: 2 ** 40 }
  {
    await using store = await openFileStore(at, options)
    let told = 0
    const lane = async (): Promise<void> => {
      while (told < RECORDS) {
        told += 1
        const { id, lesson } = next()
        await store.reward(id, lesson)
      }
    }
    await Promise.all(Array.from({ length: 4000 }, lane))
  }
  const startsWithout = await starts(at, options)
  await using store = await openFileStore(at, { ...options, observe })
  const [, firstStallMs] = await longestStall(() => store.compact())
  const [, stallMs] = await longestStall(() => store.compact())
  const took = facts
    .filter((fact) => fact.kind === 'bandit-store.compacted')
    .map(({ tookMs }) => Math.round(tookMs))
  const [file = ''] = readdirSync(at)
    .filter((name) => name.endsWith('.bin'))
    .toSorted()
    .toReversed()
  return {
    records: RECORDS,
    snapshotBytes: statSync(join(at, file)).size,
    compactionMs: { ofAllSegments: took[0], ofNone: took[1] },
    longestStallMs: { ofAllSegments: Math.round(firstStallMs), ofNone: Math.round(stallMs) },
    startMs: { withoutSnapshot: startsWithout, withSnapshot: await starts(at, options) },
    readFileMs: rounded(
      quantiles(
        Array.from({ length: 7 }, () => {
          const startMs = systemClock.monotonicMs()
          readFileSync(join(at, file))
          return systemClock.monotonicMs() - startMs
        }),
      ).p50,
    ),
  }
}

/** How long a start takes in a process that has just begun, in ms, five times. */
async function starts(at: string, options: object) {
  const took: number[] = []
  for (let i = 0; i < 5; i += 1) {
    const script = `
      import { openFileStore } from '@holdfast/bandit-store'
      const observe = ({ kind, tookMs }) => kind === 'bandit-store.opened' && console.log(tookMs)
      await openFileStore(${JSON.stringify(at)}, { ...${JSON.stringify(options)}, observe })
      process.exit()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: child.stdout })) took.push(Number(line))
  }
  const sorted = took.toSorted((a, b) => a - b)
  return {
    p50: Math.round(quantile(sorted, 0.5)),
    longest: Math.round(sorted.at(-1) ?? Number.NaN),
  }
}

try {
  const rates: Awaited<ReturnType<typeof teach>>[] = []
  for (const [processes, lanes, dim] of [
    [4, 8, 5],
    [4, 32, 5],
    [1, 8, 5],
    [1, 32, 5],
    [4, 8, 64],
    [4, 32, 64],
    [4, 8, 5],
    [4, 32, 5],
  ] as const) {
    rates.push(await teach('store', processes, lanes, dim))
  }
  const naive = await teach('json', 4, 8, 5)
  const decisions = [await decide(5), await decide(22), await decide(64)]
  const lags = [await lag(0), await lag(32)]
  const start = await million()
  const best = Math.min(
    ...rates.filter((r) => r.processes === 4 && r.dim === 5).map((r) => r.perSecond),
  )
  const bars = {
    'acknowledged a second, d = 5, 4 processes, the slowest run (bar ≥ 15 000)': best,
    'start from 1e6 decisions, ms (bar ≤ 200)': start.startMs.withSnapshot.p50,
    'learned elsewhere after, ms, p99 beside 32 lanes (bar ≤ 1000)': lags[1]?.lagMs.p99,
    'times the JSON file under a lock, 4 × 8': rounded(
      (rates[0]?.perSecond ?? 0) / naive.perSecond,
    ),
  }
  const what = 'several processes teach one bandit, every reward durable when acknowledged'
  tellReport(
    'bandit-store',
    { what, bars, rates: [...rates, naive], decisions, lags, start },
    () => {
      console.table([...rates, naive])
      console.dir({ decisions, lags, start }, { depth: 9 })
      console.table(againstBars(bars))
    },
  )
} finally {
  rmSync(root, { recursive: true, force: true })
}
