/**
 * A ledger: how many lines a second one process brings to disk, by how many callers; how many rows it reads for a report, the join
 * included, all fields of them and those that a daily report asks for, beside what bare JSON.parse of the same lines takes;
 * and how much memory ten times the rows need.
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
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
  type LedgerReading,
  type ReadLedgerOptions,
} from '@holdfast/ledger'
import { EVIDENCE_FIELDS } from '@holdfast/promotion'
import { systemClock } from '@holdfast/seams'
import { againstBars } from '../bars.ts'
import { decisionOf, outcomeOf, plain, routed, type Made } from '../ledger-lines.ts'
import { quantile, tellReport } from '../report.ts'

const APPEND_MS = 3000
const DECISIONS = 200_000
const DAY_MS = 86_400_000

const root = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
let made = 0
const directory = (): string => join(root, String((made += 1)))
const secondsSince = (startMs: number): number => (systemClock.monotonicMs() - startMs) / 1000

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
async function fill(
  at: string,
  decisions: number,
  make: (i: number) => Made = plain,
): Promise<void> {
  const ledger = openLedger(at)
  for (let i = 0; i < decisions; i += 1) {
    for (const line of make(i)) ledger.note(line)
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

/** What a daily report asks for, and nothing else. */
const FIELDS: ReadLedgerOptions = { fields: EVIDENCE_FIELDS }

/** Live segments in every way, archived ones, and bare JSON.parse of the same lines in the same run. */
async function readLines(lines: string, make: (i: number) => Made) {
  const at = directory()
  await fill(at, DECISIONS, make)
  const { segments } = await verifyLedger(at)
  const path = join(at, `${segments[0]?.segment}.sealed.ndjson`)
  const bytesPerRow = Math.round(statSync(path).size / DECISIONS)
  const rows = async (options: ReadLedgerOptions): Promise<number> =>
    await best(() => report(readLedger(at, options)))
  const found = {
    lines,
    bytesPerRow,
    'bare JSON.parse': Math.round((await best(() => bareParse(path))) / 2),
    'all fields': await rows({}),
    'fields of a report': await rows(FIELDS),
    'fields of a report, verified': await rows({ ...FIELDS, isVerified: true }),
  }
  const verifyMs = systemClock.monotonicMs()
  await verifyLedger(at)
  const verified = Math.round(DECISIONS / secondsSince(verifyMs))
  await archiveLedger(at, { nowMs: systemClock.wallMs() + 3 * DAY_MS })
  const archived = await rows(FIELDS)
  rmSync(at, { recursive: true })
  return { ...found, 'fields of a report, archived': archived, verified }
}

/** Whole rows of the seed's form, in rows a second. */
async function readSeed() {
  const path = join(root, 'seed.ndjson')
  const file = openSync(path, 'w')
  for (let i = 0; i < DECISIONS; i += 1) {
    const { v: _v, kind: _kind, p: _p, route: _route, probabilities: _all, ...row } = decisionOf(i)
    writeSync(file, `${JSON.stringify({ ...row, route: 'R2', rewards: outcomeOf(i).rewards })}\n`)
  }
  closeSync(file)
  return {
    lines: "whole rows of the seed's form",
    'bare JSON.parse': await best(() => bareParse(path)),
    'all fields': await best(() => report(readSeedLedger(path))),
    'fields of a report': await best(() => report(readSeedLedger(path, FIELDS))),
  }
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
  const reads = [
    await readLines('short', plain),
    await readLines("the router's", routed),
    await readSeed(),
  ] as const
  const memories = [await memory(100_000), await memory(1_000_000)]
  const enough = appends.find(({ perSecond }) => perSecond >= 20_000)
  const mostMib = memories.map(({ mib }) => mib)
  const bars = againstBars({
    'durable lines a second (bar ≥ 20 000)': enough?.perSecond,
    'rows a second for a report, join included, short lines (bar ≥ 400 000)':
      reads[0]['fields of a report'],
    "rows a second for a report, join included, the router's lines (bar ≥ 400 000)":
      reads[1]['fields of a report'],
    'times the memory with ten times the rows': Number(
      ((mostMib[1] ?? Number.NaN) / (mostMib[0] ?? Number.NaN)).toFixed(2),
    ),
  })
  const what = 'decisions and outcomes, appended durably and read joined'
  tellReport('ledger', { what, bars, appends, reads, memories }, () => {
    console.table(appends)
    console.table(reads)
    console.table(memories)
    console.table(bars)
  })
} finally {
  rmSync(root, { recursive: true, force: true })
}
