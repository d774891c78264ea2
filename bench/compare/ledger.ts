/**
 * A ledger: how many lines a second one process brings to disk, by how many callers; how many it reads for a report, the join
 * included, beside what bare JSON.parse of the same lines takes; and how much memory ten times the rows need.
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  archiveLedger,
  openLedger,
  readLedger,
  readSeedLedger,
  verifyLedger,
  type DecisionLine,
  type LedgerReading,
  type OutcomeLine,
} from '@holdfast/ledger'
import { systemClock } from '@holdfast/seams'
import { quantile, tellReport } from '../report.ts'

const APPEND_MS = 3000
const DECISIONS = 200_000
const DAY_MS = 86_400_000
const FROM_MS = Date.UTC(2026, 0, 15)

const root = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
let made = 0
const directory = (): string => join(root, String((made += 1)))
const secondsSince = (startMs: number): number => (systemClock.monotonicMs() - startMs) / 1000

/** Ids as the router makes them: of 36 characters, each its own. */
function idOf(i: number): string {
  const digits = i.toString(16).padStart(8, '0')
  return `019bc1a4-${digits.slice(0, 4)}-7${digits.slice(4, 7)}-8000-${((i * 7919) % 2 ** 48).toString(16).padStart(12, '0')}`
}

function decisionOf(i: number): DecisionLine & Readonly<Record<string, unknown>> {
  return {
    v: 1,
    kind: 'decision',
    id: idOf(i),
    t: new Date(FROM_MS + i).toISOString(),
    route: 'R2',
    p: 0.85,
    shadow: { route: 'R2', argmax: 'R2' },
    live: { route: 'R2', pilot: 0.1 },
    probabilities: { R1: 0.05, R2: 0.85, R3: 0.05, R4: 0.05 },
  }
}

function outcomeOf(i: number): OutcomeLine {
  return {
    v: 1,
    kind: 'outcome',
    id: idOf(i),
    t: new Date(FROM_MS + i + 900).toISOString(),
    part: 'later',
    reward: 0.25,
    rewards: {
      immediate: { tri_delta_norm: 0.1 },
      deployment: { slo_ok: 1, rollback: 0, error_rate: 0.01 },
    },
  }
}

/** What the disk takes for a write of 500 bytes to the end of a file, and fdatasync, in ms. */
function diskMs(): number {
  const file = openSync(join(root, 'probe'), 'a')
  const bytes = Buffer.alloc(500, 'x')
  const took = Array.from({ length: 300 }, () => {
    const startMs = systemClock.monotonicMs()
    writeSync(file, bytes)
    fdatasyncSync(file)
    return systemClock.monotonicMs() - startMs
  })
  closeSync(file)
  return Number(
    quantile(
      took.toSorted((a, b) => a - b),
      0.5,
    ).toPrecision(3),
  )
}

/** Lines a second that are durable when they are acknowledged, each waited for by its caller. */
async function append(callers: number) {
  const fdatasyncP50Ms = diskMs()
  const at = directory()
  const ledger = openLedger(at)
  const startMs = systemClock.monotonicMs()
  let count = 0
  const caller = async (): Promise<void> => {
    while (systemClock.monotonicMs() - startMs < APPEND_MS) {
      const i = count
      count += 1
      await ledger.append(i % 2 === 0 ? decisionOf(i / 2) : outcomeOf((i - 1) / 2))
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const perSecond = Math.round(count / secondsSince(startMs))
  await ledger.close()
  rmSync(at, { recursive: true })
  return { callers, perSecond, fdatasyncP50Ms }
}

/** Fills a ledger with decisions and what came of each. */
async function fill(at: string, decisions: number): Promise<void> {
  const ledger = openLedger(at)
  for (let i = 0; i < decisions; i += 1) {
    ledger.note(decisionOf(i))
    ledger.note(outcomeOf(i))
    if (i % 5000 === 4999) await ledger.flush()
  }
  await ledger.close()
}

/** Reads all rows as a report does, and answers how many a second. */
async function report(reading: LedgerReading): Promise<number> {
  const startMs = systemClock.monotonicMs()
  let rows = 0
  let rollbacks = 0
  for await (const batch of reading.batches()) {
    for (const { decision, rewards } of batch) {
      if (decision['route'] !== undefined) rows += 1
      if (Number(rewards.deployment?.rollback) > 0) rollbacks += 1
    }
  }
  if (rows !== DECISIONS || rollbacks !== 0) throw new Error(`${rows} rows, ${rollbacks} rollbacks`)
  return Math.round(rows / secondsSince(startMs))
}

/** What nothing can be quicker than: every line parsed, and nothing done with it. */
function bareParse(path: string): number {
  const bytes = readFileSync(path)
  const startMs = systemClock.monotonicMs()
  let lines = 0
  for (let at = 0; at < bytes.length; lines += 1) {
    const end = bytes.indexOf(10, at)
    JSON.parse(bytes.toString('utf8', at, end))
    at = end + 1
  }
  return Math.round(lines / secondsSince(startMs))
}

const best = async (work: () => Promise<number> | number): Promise<number> => {
  const found: number[] = []
  for (let turn = 0; turn < 5; turn += 1) found.push(await work())
  return Math.max(...found)
}

async function read() {
  const at = directory()
  await fill(at, DECISIONS)
  const { segments } = await verifyLedger(at)
  const path = join(at, `${segments[0]?.segment}.sealed.ndjson`)
  const parsed = await best(() => bareParse(path))
  const live = await best(() => report(readLedger(at)))
  const verifyMs = systemClock.monotonicMs()
  await verifyLedger(at)
  const verified = Math.round((2 * DECISIONS) / secondsSince(verifyMs))
  await archiveLedger(at, { nowMs: systemClock.wallMs() + 3 * DAY_MS })
  const archived = await best(() => report(readLedger(at)))
  rmSync(at, { recursive: true })

  const seedPath = join(root, 'seed.ndjson')
  const file = openSync(seedPath, 'w')
  for (let i = 0; i < DECISIONS; i += 1) {
    const { v: _v, kind: _kind, p: _p, route: _route, probabilities: _all, ...row } = decisionOf(i)
    writeSync(file, `${JSON.stringify({ ...row, route: 'R2', rewards: outcomeOf(i).rewards })}\n`)
  }
  closeSync(file)
  const seed = await best(() => report(readSeedLedger(seedPath)))
  return [
    { what: 'live segments', linesPerSecond: 2 * live, decisionsPerSecond: live },
    { what: 'archived segments', linesPerSecond: 2 * archived, decisionsPerSecond: archived },
    {
      what: 'whole rows, as the seed system has them',
      linesPerSecond: seed,
      decisionsPerSecond: seed,
    },
    { what: 'bare JSON.parse of the live segments', linesPerSecond: parsed },
    { what: 'verify', linesPerSecond: verified },
  ]
}

/** The most memory that a process needs to read so many decisions, in MiB. */
async function memory(decisions: number) {
  const at = directory()
  await fill(at, decisions)
  const script = `
    import { readStats } from '@holdfast/ledger'
    const { rows } = await readStats(${JSON.stringify(at)})
    console.log(JSON.stringify({ rows, mib: Math.round(process.resourceUsage().maxRSS / 1024) }))`
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=128', '--input-type=module', '-e', script],
    {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let said = ''
  for await (const line of createInterface({ input: child.stdout })) said = line
  rmSync(at, { recursive: true })
  return JSON.parse(said) as { readonly rows: number; readonly mib: number }
}

try {
  const appends: Awaited<ReturnType<typeof append>>[] = []
  for (const callers of [1, 8, 32, 128, 512]) appends.push(await append(callers))
  const reads = await read()
  const memories = [await memory(100_000), await memory(1_000_000)]
  const enough = appends.find(({ perSecond }) => perSecond >= 20_000)
  const bars = {
    'durable lines a second (bar ≥ 20 000)': enough,
    'lines a second for a report, join included (bar ≥ 400 000)': reads[0]?.linesPerSecond,
    'times the memory with ten times the rows': Number(
      ((memories[1]?.mib ?? Number.NaN) / (memories[0]?.mib ?? Number.NaN)).toFixed(2),
    ),
  }
  const what = 'decisions and outcomes, appended durably and read joined'
  tellReport('ledger', { what, bars, appends, reads, memories }, () => {
    console.table(appends)
    console.table(reads)
    console.table(memories)
    console.dir(bars)
  })
} finally {
  rmSync(root, { recursive: true, force: true })
}
