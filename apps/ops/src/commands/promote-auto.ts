import { join } from 'node:path'
import {
  createRollout,
  exitCodeOf,
  runDailyJob,
  type Acknowledgement,
  type DailyOutcome,
  type Stage,
  type Verdict,
} from '@holdfast/promotion'
import { BEGIN } from '../advice.ts'
import type { Command, Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { durationText } from '../duration.ts'
import { dailyEvidence } from '../evidence/daily-options.ts'
import { ledgerWarnings, type LedgerFigures } from '../evidence/ledger-evidence.ts'
import { EXIT, exitCodeOf as exitOfError, type ExitCode } from '../exit-codes.ts'
import { ACK_WAIT_MS, frozenBecause } from '../rollout/operate.ts'
import { routersOf, type RouterSeen } from '../rollout/routers.ts'
import { autoLines, autoSteps } from '../show/promote-auto.ts'

/** What one daily job came to. Also an outcome that held or was busy is an answer. */
export interface AutoPromoted {
  /** How it ended; in a dry run, how it would. */
  readonly outcome: DailyOutcome['kind']
  /** Null where nobody looked. */
  readonly from: Stage | null
  readonly to: Stage | null
  readonly verdict: Verdict | null
  readonly reasons: readonly string[]
  readonly isFrozen: boolean
  readonly acknowledgement: Acknowledgement | null
  readonly routers: readonly RouterSeen[]
  /** The name of its file. */
  readonly receipt: string | null
  /** Where the report was written. */
  readonly report: string | null
  readonly ledger: LedgerFigures | null
  /** Of a job that was busy: since when another has been at it. */
  readonly heldMs: number | null
  readonly isDryRun: boolean
}

export const command: Command<AutoPromoted, { readonly requireTri?: boolean }> = {
  async run(context, given) {
    const { options, gates, figures } = dailyEvidence(context, 'the daily job', given)
    const reportPath = join(context.dataDir, 'ops', 'report.json')
    if (!context.isDry) {
      const steps = [
        `sum up and judge ${durationText(gates.windowMinutes * 60_000)} of the ledger`,
        'go one stage up if all gates are green and the time has come; else hold, and say why',
        ...(options.onNoGo === 'rollback' ? ['roll back on measured harm'] : []),
      ]
      await context.proceed({ steps, ask: 'nothing' })
    }
    const { signal } = context
    const outcome = await runDailyJob({ ...options, reportPath, ackWaitMs: ACK_WAIT_MS, signal })
    const data = await dataOf(outcome, context, figures(), reportPath)
    if (context.isDry) await context.proceed({ steps: autoSteps(data), ask: 'nothing' })
    for (const warning of ledgerWarnings(data.ledger)) context.warn(warning)
    return { code: exitOf(outcome, data.isFrozen), data, next: nextAfter(data, outcome) }
  },
  show: autoLines,
}

async function dataOf(
  outcome: DailyOutcome,
  context: Context,
  ledger: LedgerFigures | null,
  reportPath: string,
): Promise<AutoPromoted> {
  const { dataDir, isDry } = context
  const { state } = createRollout({ directory: join(dataDir, 'rollout') }).look()
  const common = {
    outcome: outcome.kind,
    from: null,
    to: null,
    verdict: null,
    isFrozen: state !== null && frozenBecause(state) !== null,
    acknowledgement: null,
    routers: await routersOf(context),
    receipt: null,
    report: isDry || outcome.kind === 'busy' || outcome.kind === 'no-evidence' ? null : reportPath,
    ledger,
    heldMs: null,
    isDryRun: isDry,
  }
  switch (outcome.kind) {
    case 'busy':
      return { ...common, reasons: ['another daily job is at it'], heldMs: outcome.heldMs }
    case 'no-evidence': {
      const { error } = outcome
      return { ...common, reasons: [error instanceof Error ? error.message : String(error)] }
    }
    case 'promoted':
    case 'rolled-back': {
      const { from, to, verdict, acknowledgement, receipt, reasons } = outcome
      return { ...common, from, to, verdict, acknowledgement, receipt, reasons }
    }
    case 'held':
    case 'nothing-to-do': {
      const { stage, verdict, receipt, reasons } = outcome
      return { ...common, from: stage, to: stage, verdict, receipt, reasons }
    }
    default:
      return outcome satisfies never
  }
}

/** The exit codes of `exitCodeOf`, which are those of a program of its own, as those of this command. */
const EXITS: Readonly<Record<ReturnType<typeof exitCodeOf>, ExitCode>> = {
  0: EXIT.ok,
  1: EXIT.refused,
  2: EXIT.inconclusive,
  3: EXIT.locked,
  4: EXIT.degraded,
  5: EXIT.inconclusive,
  6: EXIT.refused,
  7: EXIT.failed,
}

/** First what has to be mended, then what somebody froze, and then what the gates say. */
export function exitOf(outcome: DailyOutcome, isFrozen: boolean): ExitCode {
  const code = exitCodeOf(outcome)
  if (outcome.kind === 'busy') return EXIT.locked
  if (outcome.kind === 'no-evidence') {
    const isBroken = exitOfError(outcome.error) === EXIT.integrity
    return isBroken ? EXIT.integrity : EXIT.inconclusive
  }
  const isHeld = outcome.kind === 'held' || outcome.kind === 'nothing-to-do'
  if (isHeld && isFrozen) return EXIT.frozen
  // A move that no router was there to confirm is made; one that a router did not confirm is no success.
  if (code === 4 && isAlone(outcome)) return outcome.kind === 'promoted' ? EXIT.ok : EXIT.refused
  return EXITS[code]
}

const isAlone = (outcome: DailyOutcome): boolean =>
  'acknowledgement' in outcome && outcome.acknowledgement?.kind === 'no-router'

function nextAfter(
  { isDryRun, isFrozen, from }: AutoPromoted,
  outcome: DailyOutcome,
): readonly string[] {
  switch (outcome.kind) {
    case 'busy':
      return ['holdfast locks list']
    case 'no-evidence':
      return outcome.error instanceof OpsError ? outcome.error.next : ['holdfast doctor']
    case 'promoted':
    case 'rolled-back':
      return [isDryRun ? 'holdfast promote auto' : 'holdfast status']
    case 'nothing-to-do':
      return [isFrozen ? 'holdfast unfreeze' : 'holdfast status']
    case 'held':
      if (isFrozen) return ['holdfast unfreeze']
      return [from === 0 ? BEGIN : 'holdfast gate check']
    default:
      return outcome satisfies never
  }
}
