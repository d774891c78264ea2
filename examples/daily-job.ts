/** The daily job, whole: a day in a ledger and in a record of slots becomes a verdict, a stage, and what a scheduler is told. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLedger, readLedger } from '@holdfast/ledger'
import {
  createRollout,
  createSlotRecord,
  evidenceOf,
  EVIDENCE_FIELDS,
  exitCodeOf,
  readSlotSamples,
  runDailyJob,
  slotsOver,
  watchRollout,
  type DailyOutcome,
  type EvidenceRow,
  type Window,
} from '@holdfast/promotion'
import { systemClock } from '@holdfast/seams'
import { v7 as newId } from 'uuid'

const HOUR_MS = 3_600_000
const SLOTS = ['search', 'answers']
const nowMs = systemClock.wallMs()
const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
const paths = {
  ledger: join(directory, 'ledger'),
  slots: join(directory, 'slots'),
  rollout: join(directory, 'rollout'),
}

/** What a router writes as it goes: decisions, what came of them, and how the slots were. */
async function yesterday(): Promise<void> {
  const ledger = openLedger(paths.ledger)
  for (let i = 0; i < 400; i += 1) {
    const id = newId()
    const t = new Date(nowMs - 24 * HOUR_MS + (i * 24 * HOUR_MS) / 400).toISOString()
    const [shadow, live] = [{ argmax: 'R1' }, { route: 'R1', pilot: 0.1 }]
    const decision = { route: 'R1', p: 0.1, shadow, live, pilot: 0.1, subject: `user-${i}` }
    ledger.note({ v: 1, kind: 'decision', id, t, ...decision })
    const deployment = { slo_ok: 1, rollback: 0, error_rate: 0 }
    const rewards = { immediate: { tri_delta_norm: 0.05 }, deployment }
    const outcome = { part: 'later', quality: 0.9, rewards }
    ledger.note({ v: 1, kind: 'outcome', id, t, ...outcome })
  }
  await ledger.close()
  for (let hour = 25; hour >= 0; hour -= 1) {
    const clock = { ...systemClock, wallMs: () => nowMs - hour * HOUR_MS }
    const record = createSlotRecord({ directory: paths.slots, clock })
    record.record(SLOTS.map((slot) => ({ slot, status: 'healthy' })))
  }
}

/** The evidence of a window. A ledger that is not as it was written is no evidence, and that is a no-go. */
async function* evidence(window: Window): AsyncGenerator<EvidenceRow> {
  const reading = readLedger(paths.ledger, {
    ...window,
    fields: EVIDENCE_FIELDS,
    isVerified: true,
  })
  for await (const row of reading) {
    const found = evidenceOf(row, { measure: 'quality' })
    if (found !== null) yield found
  }
  const { malformed, undated, duplicate, torn } = reading.stats
  if (malformed + undated + duplicate + torn > 0) {
    throw new Error(`the ledger has lines that cannot be used: ${JSON.stringify(reading.stats)}`)
  }
}

const daily = (): Promise<DailyOutcome | Error> =>
  runDailyJob({
    directory: paths.rollout,
    lockPath: join(directory, 'anr_autopromo'),
    receipts: { directory: join(directory, 'ops', 'logs') },
    reportPath: join(directory, 'report.json'),
    evidence,
    slots: async (window) =>
      slotsOver(await readSlotSamples(paths.slots, window), SLOTS, window, 2 * HOUR_MS),
    gates: { slots: SLOTS },
    // Really the stage was begun days ago, and outcomes have an hour to arrive.
    dwell: { 10: { isAutomatic: true, dwellMs: 0, decisions: 100, needsTriTrend: false } },
    settleMs: 0,
    about: {
      by: 'the daily job',
      appUrl: 'https://app.example',
      runbookUrl: 'https://app.example/runbook',
      buildSha: 'unknown',
      codeVersion: '1.0.0',
      statePath: 'run/learned',
      fastCap: 0.15,
      env: {},
    },
  }).catch((error: Error) => error)

try {
  await yesterday()
  const rollout = createRollout({ directory: paths.rollout })
  await using router = await watchRollout({ directory: paths.rollout, pid: process.pid })
  await rollout.run(
    { kind: 'stage', stage: 10, reason: 'first week', verdict: null, isForced: false },
    'ana',
  )
  for (const day of ['a good day', 'without its ledger']) {
    if (day === 'without its ledger') await rm(paths.ledger, { recursive: true })
    const ended = await daily()
    // A program that a scheduler starts ends with this as its exit code.
    const told = ended instanceof Error ? ended.message : ended.kind
    router.look()
    console.log(`${day}: ${told}, exit code ${exitCodeOf(ended)}, ${router.current.pilot * 100} %`)
  }
} finally {
  await rm(directory, { recursive: true })
}
