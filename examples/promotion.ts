/** A rollout that climbs on a good day, and falls back to the guardrail on a bad one, with a router that obeys. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createRollout,
  exitCodeOf,
  runDailyJob,
  verifyReceipts,
  watchRollout,
  type DailyOptions,
  type EvidenceRow,
  type Window,
} from '@holdfast/promotion'

/** A day of 400 live decisions, of which some were rolled back. Really they come from a ledger. */
function* decisions({ toMs }: Window, rollbacks: number): Generator<EvidenceRow> {
  for (let i = 0; i < 400; i += 1) {
    yield {
      id: `decision-${i}`,
      tMs: toMs - 400 + i,
      live: { route: 'R1', pilot: 0.1 },
      shadow: { argmax: i % 10 === 0 ? 'R2' : 'R1' },
      route: 'R1',
      p: 0.1,
      reward: 1,
      triDeltaNorm: 0.05,
      deployment: { sloOk: true, rollback: i < rollbacks, errorRate: 0 },
      anomaly: false,
      fastProbability: 0,
      stage: 10,
    }
  }
}

const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
const rollout = createRollout({ directory: join(directory, 'rollout') })
const router = await watchRollout({
  directory: join(directory, 'rollout'),
  pid: process.pid,
  onChange: ({ pilot, because }) => console.log(`router: ${pilot * 100} % (${because})`),
})
const daily: Omit<DailyOptions, 'evidence'> = {
  directory: join(directory, 'rollout'),
  lockPath: join(directory, 'run', 'anr_autopromo'),
  receipts: { directory: join(directory, 'ops', 'logs') },
  gates: { slots: ['search'] },
  slots: () => [{ slot: 'search', isGreen: true, reason: 'healthy all day' }],
  // Real rollouts wait for 48 hours here, and an hour for outcomes to arrive.
  dwell: { 10: { isAutomatic: true, dwellMs: 0, decisions: 100, needsTriTrend: false } },
  settleMs: 0,
  onNoGo: 'rollback',
  about: {
    by: 'the daily job',
    appUrl: 'https://app.example',
    runbookUrl: 'https://app.example/runbook',
    buildSha: 'unknown',
    codeVersion: '1.0.0',
    statePath: 'run/anr_state.json',
    fastCap: 0.15,
    env: {},
  },
}

try {
  // The first subjects go live by hand.
  const begun = await rollout.run(
    { kind: 'stage', stage: 10, reason: 'first week', verdict: null, isForced: false },
    'ana',
  )
  if (begun.kind === 'moved') await rollout.acknowledged({ seq: begun.state.seq })

  for (const rollbacks of [0, 3]) {
    const outcome = await runDailyJob({
      ...daily,
      evidence: (window) => decisions(window, rollbacks),
    })
    const why = 'reasons' in outcome ? outcome.reasons.join('; ') : ''
    console.log(`daily: ${outcome.kind}, exit code ${exitCodeOf(outcome)}: ${why}`)
  }
  const { isWhole, receipts } = await verifyReceipts(join(directory, 'ops', 'logs'))
  console.log(`receipts: ${receipts}, chain ${isWhole ? 'whole' : 'broken'}`)
} finally {
  await router.close()
  await rm(directory, { recursive: true })
}
