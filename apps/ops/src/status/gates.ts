import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  isDailyReport,
  judge,
  type DailyReport,
  type GateName,
  type GateVerdict,
  type Receipt,
  type Verdict,
} from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { completeSettings } from '../config/complete.ts'
import { slotsIn } from '../evidence/daily-options.ts'
import { readAll, receiptFiles, type ReceiptFile } from '../receipts/read.ts'

/** A gate at a glance. */
export interface GateGlance {
  readonly gate: GateName
  readonly verdict: GateVerdict
  readonly value: number | null
  readonly threshold: number | null
  /** What it found in the receipts so far, oldest first, and now. */
  readonly history: readonly (number | null)[]
}

/** The last daily job that left a receipt. */
export interface LastRun {
  readonly atMs: number
  readonly action: string
  readonly reason: string
  readonly receipt: string
}

const MOST_HISTORY = 12

/** The last report; null where there is none that can be read. */
export async function lastReport(dataDir: string): Promise<DailyReport | null> {
  try {
    const found: unknown = JSON.parse(await readFile(join(dataDir, 'ops', 'report.json'), 'utf8'))
    return isDailyReport(found) ? found : null
  } catch {
    return null // Status says that there is none, and how to make one.
  }
}

/** What the gates say of a report today. */
export async function judgedNow(context: Context, report: DailyReport): Promise<Verdict> {
  const { settings, dataDir, clock, observe } = context
  const { gates } = completeSettings(settings)
  const window = { fromMs: Date.parse(report.window.from), toMs: Date.parse(report.window.to) }
  const slots = await slotsIn(dataDir, window, gates.slots, observe)
  return judge({ report, slots, nowMs: clock.wallMs(), settings: gates })
}

/** The gates that have a say, with what they found before. */
export function glances({ gates }: Verdict, before: readonly Verdict[]): GateGlance[] {
  return gates
    .filter(({ isAdvisory }) => !isAdvisory)
    .map(({ gate, verdict, value, threshold }) => {
      const earlier = before.map(
        (one) => one.gates.find((found) => found.gate === gate)?.value ?? null,
      )
      return { gate, verdict, value, threshold, history: [...earlier, value] }
    })
}

/** What the last receipts say: verdicts, oldest first, and the last daily job. */
export async function lastReceipts(
  directory: string,
): Promise<{ readonly verdicts: readonly Verdict[]; readonly lastRun: LastRun | null }> {
  const files = await receiptFiles(directory)
  const last = await readWell(files.slice(-MOST_HISTORY))
  let job = newestJob(last)
  // What people do leaves receipts too, so the job's may be further back.
  for (let end = files.length - MOST_HISTORY; job === undefined && end > 0; end -= MOST_HISTORY) {
    job = newestJob(await readWell(files.slice(Math.max(0, end - MOST_HISTORY), end)))
  }
  return {
    verdicts: last.flatMap(({ verdict }) => (verdict === null ? [] : [verdict])),
    lastRun:
      job === undefined
        ? null
        : { atMs: Date.parse(job.ts), action: job.action, reason: job.reason, receipt: job.file },
  }
}

type Found = Receipt & { readonly file: string }

async function readWell(files: readonly ReceiptFile[]): Promise<Found[]> {
  return (await readAll(files)).flatMap(({ receipt, file }) =>
    receipt === null ? [] : [{ ...receipt, file }],
  )
}

const newestJob = (read: readonly Found[]): Found | undefined =>
  read.findLast(({ by }) => by === 'the daily job')
