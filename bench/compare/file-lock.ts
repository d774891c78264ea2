/**
 * One holder at a time: the three engines beside bare proper-lockfile and beside a native lock of the kernel, in one run.
 * Alone; 4 processes at once; 16 processes that hold for 3 ms; and the time to replace a holder that was killed.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '@holdfast/seams'
import { againstBars } from '../bars.ts'
import { closeAll, takers } from '../lock-contenders.ts'
import { quantile, tellReport } from '../report.ts'

const names = Object.keys(takers)
const [RAW = '', RAW_SLOW = '', DEFAULT = '', DIRECT = '', KERNEL = ''] = names
const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
const rounds = Number(process.env['HOLDFAST_BENCH_ROUNDS'] ?? 3)

let files = 0
/** A file that exists, for those who lock on the file itself. */
function freshPath(): string {
  const path = join(directory, `file-${(files += 1)}`)
  writeFileSync(path, '')
  return path
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000
const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)
const median = (values: readonly number[]): number => quantile(ascending(values), 0.5)

/** µs to take and give back a lock that nobody else wants; taking turns. */
async function alone(): Promise<Map<string, number>> {
  const CYCLES = 250
  const paths = new Map(names.map((name) => [name, freshPath()]))
  const times = new Map(names.map((name): [string, number[]] => [name, []]))
  for (let round = -2; round < rounds * 8; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + 2 + turn) % names.length] ?? ''
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        const startMs = systemClock.monotonicMs()
        const giveBack = await takers[name]?.(paths.get(name) ?? '')
        await giveBack?.()
        if (round >= 0) times.get(name)?.push((systemClock.monotonicMs() - startMs) * 1000)
      }
    }
  }
  closeAll()
  return new Map([...times].map(([name, list]) => [name, median(list)]))
}

interface Contest {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Jain, Chiu and Hawe 1984: 1 when all have an equal share, 1/n when one has all. */
  readonly jain: number
}

interface Contender extends Disposable {
  readonly child: ChildProcess
  line(): Promise<string>
  go(): void
}

async function start(
  name: string,
  path: string,
  holdMs: number,
  forMs: number,
): Promise<Contender> {
  const script = join(import.meta.dirname, '../lock-process.ts')
  const child = spawn(process.execPath, [script, name, path, String(holdMs), String(forMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const next = await lines.next()
    if (next.done === true) throw new Error(`a contender with ${name} has ended`)
    return next.value
  }
  if ((await line()) !== 'ready') throw new Error('a contender is not ready')
  return {
    child,
    line,
    go: () => void child.stdin.write('go\n'),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}

async function contest(
  name: string,
  processes: number,
  holdMs: number,
  forMs: number,
): Promise<Contest> {
  const path = freshPath()
  const contenders = await Promise.all(
    Array.from({ length: processes }, () => start(name, path, holdMs, forMs)),
  )
  for (const contender of contenders) contender.go()
  const waits = await Promise.all(
    contenders.map(async (contender) => {
      using held = contender
      return JSON.parse(readFileSync(await held.line(), 'utf8')) as number[]
    }),
  )
  const shares = waits.map((list) => list.length)
  const total = shares.reduce((sum, share) => sum + share, 0)
  const squares = shares.reduce((sum, share) => sum + share * share, 0)
  const sorted = ascending(waits.flat())
  return {
    perSecond: Math.round((total / forMs) * 1000),
    p50Ms: rounded(quantile(sorted, 0.5) / 1000),
    p99Ms: rounded(quantile(sorted, 0.99) / 1000),
    maxMs: rounded((sorted.at(-1) ?? 0) / 1000),
    jain: rounded((total * total) / (processes * squares)),
  }
}

/** The middle of several contests, taking turns, by what each is about. */
async function contests(
  contenders: readonly string[],
  processes: number,
  holdMs: number,
  forMs: number,
  by: (result: Contest) => number,
): Promise<Map<string, Contest>> {
  const results = new Map(contenders.map((name): [string, Contest[]] => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of contenders) {
      results.get(name)?.push(await contest(name, processes, holdMs, forMs))
    }
  }
  return new Map(
    [...results].map(([name, list]) => {
      const sorted = list.toSorted((a, b) => by(a) - by(b))
      return [name, sorted[Math.floor(sorted.length / 2)] as Contest]
    }),
  )
}

/** ms from the kill -9 of the holder to the lock in the hands of one who waits. */
async function recovery(name: string, times: number): Promise<number[]> {
  const took: number[] = []
  for (let round = 0; round < times; round += 1) {
    const path = freshPath()
    using holder = await start(name, path, 0, 0)
    using waiter = await start(name, path, 0, 0)
    holder.go()
    await holder.line()
    waiter.go()
    await systemClock.sleep(150 + round * 3.7) // Long enough for it to wait at its slowest pace.
    const startMs = systemClock.monotonicMs()
    holder.child.kill('SIGKILL')
    await waiter.line()
    took.push(systemClock.monotonicMs() - startMs)
  }
  return ascending(took)
}

try {
  const wants = (part: string): boolean => only === undefined || only === part
  const aloneUs = wants('alone') ? await alone() : new Map<string, number>()
  const four = wants('four')
    ? await contests(names, 4, 0, 2_000, ({ perSecond }) => perSecond)
    : new Map<string, Contest>()
  const sixteen = wants('sixteen')
    ? await contests(names, 16, 3, 4_000, ({ p99Ms }) => p99Ms)
    : new Map<string, Contest>()
  const recoveryMs: Record<string, number> = {}
  if (wants('recovery')) {
    for (const name of names) {
      const isRaw = name === RAW || name === RAW_SLOW
      if (name === RAW_SLOW) continue
      recoveryMs[name] = rounded(quantile(await recovery(name, isRaw ? 1 : 15), 0.5))
    }
  }
  const ratioAlone = (name: string): number =>
    rounded((aloneUs.get(name) ?? Number.NaN) / (aloneUs.get(RAW) ?? Number.NaN))
  const bestRaw = Math.max(four.get(RAW)?.perSecond ?? 0, four.get(RAW_SLOW)?.perSecond ?? 0)
  const ratios = {
    'alone, default / proper-lockfile (bar ≤ 1.0)': ratioAlone(DEFAULT),
    'alone, direct / proper-lockfile (bar ≤ 0.35)': ratioAlone(DIRECT),
    'alone, kernel / proper-lockfile (bar ≤ 0.25)': ratioAlone(KERNEL),
    '4 processes, direct / proper-lockfile at its best (bar ≥ 2.5)': rounded(
      (four.get(DIRECT)?.perSecond ?? Number.NaN) / bestRaw,
    ),
  }
  const rows = names.map((name) => ({
    name,
    'alone µs': rounded(aloneUs.get(name) ?? Number.NaN),
    '4: /s': four.get(name)?.perSecond,
    '4: p99 ms': four.get(name)?.p99Ms,
    '4: Jain': four.get(name)?.jain,
    '16 × 3 ms: /s': sixteen.get(name)?.perSecond,
    '16: p99 ms (bar ≤ 120)': sixteen.get(name)?.p99Ms,
    '16: max ms': sixteen.get(name)?.maxMs,
    '16: Jain (bar ≥ 0.98)': sixteen.get(name)?.jain,
    'kill -9 p50 ms (bar ≤ 30)': recoveryMs[name],
  }))
  const ours = Object.fromEntries(
    rows
      .filter(({ name }) => [DEFAULT, DIRECT, KERNEL].includes(name))
      .flatMap(({ name, ...row }) =>
        Object.entries(row).map(([field, value]) => [`${name}, ${field}`, value]),
      )
      .filter(([field]) => String(field).includes('(bar')),
  ) as Readonly<Record<string, number | undefined>>
  const what = 'one holder at a time'
  tellReport('file-lock', { what, rounds, rows, ratios }, () => {
    console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])))
    console.table(againstBars({ ...ratios, ...ours }))
  })
} finally {
  rmSync(directory, { recursive: true, force: true })
}
