/**
 * The daily job of a router, as a process of its own: what its ledger says, the gates, and a move of the rollout or none. Its argument is the
 * data directory; it prints how it ended as one line of JSON, and its exit code is what a scheduler is told.
 */
import { join } from 'node:path'
import { readLedger } from '@holdfast/ledger'
import {
  EVIDENCE_FIELDS,
  evidenceOf,
  exitCodeOf,
  readSlotSamples,
  runDailyJob,
  slotsOver,
  type DwellRule,
  type EvidenceRow,
  type Window,
} from '@holdfast/promotion'

const [, , dataDir = ''] = process.argv
const DAY_MS = 86_400_000
const SLOTS = ['slot04', 'slot08_lock', 'slot09', 'slot10']

async function* evidence({ fromMs, toMs }: Window): AsyncGenerator<EvidenceRow> {
  const fields = EVIDENCE_FIELDS
  const reading = readLedger(join(dataDir, 'ledger'), { fromMs, toMs, fields, isVerified: true })
  for await (const rows of reading.batches()) {
    for (const row of rows) {
      const found = evidenceOf(row, { measure: 'quality' })
      if (found !== null) yield found
    }
  }
  const { malformed, undated, duplicate, torn } = reading.stats
  if (malformed + undated + duplicate + torn > 0) {
    throw new Error(`the ledger has lines that cannot be used: ${JSON.stringify(reading.stats)}`)
  }
}

// A real rollout waits for days here, and an hour for outcomes to arrive; the evidence asked for is the same.
const soon: DwellRule = { isAutomatic: true, dwellMs: 0, decisions: 100, needsTriTrend: false }
const outcome = await runDailyJob({
  directory: join(dataDir, 'rollout'),
  lockPath: join(dataDir, 'anr_autopromo'),
  receipts: { directory: join(dataDir, 'ops', 'logs') },
  reportPath: join(dataDir, 'ops', 'report.json'),
  evidence,
  slots: async (window) => {
    const samples = await readSlotSamples(join(dataDir, 'slots'), window)
    return slotsOver(samples, SLOTS, window, DAY_MS)
  },
  dwell: { 10: soon, 25: soon, 50: soon, 75: soon },
  settleMs: 0,
  onNoGo: 'rollback',
  about: {
    by: 'the daily job',
    appUrl: 'http://127.0.0.1',
    runbookUrl: 'http://127.0.0.1/runbook',
    buildSha: 'test',
    codeVersion: '0.0.0',
    statePath: join(dataDir, 'learned'),
    fastCap: 0.15,
    env: process.env,
  },
})
process.stdout.write(`${JSON.stringify(outcome)}\n`)
process.exitCode = exitCodeOf(outcome)
