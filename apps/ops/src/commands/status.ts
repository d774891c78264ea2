import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  lackingToLeave,
  type DailyReport,
  type GateVerdict,
  type Verdict,
} from '@holdfast/promotion'
import type { Command, Context } from '../command.ts'
import { completeSettings } from '../config/complete.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { findLocks } from '../locks/find-locks.ts'
import { routersOf, type RouterSeen } from '../rollout/routers.ts'
import { startCommand } from '../router/start.ts'
import { statusLines } from '../show/status.ts'
import {
  glances,
  judgedNow,
  lastReceipts,
  lastReport,
  type GateGlance,
  type LastRun,
} from '../status/gates.ts'
import { glanceAt } from '../state/glance.ts'
import { backupsIn, isBackupId, learnedIn } from '../state/places.ts'
import { namesIn } from '../state/store-files.ts'
import { isolatedIn, type IsolatedRoute } from '../status/isolated.ts'
import { nextRunOf, type NextRun } from '../status/next-run.ts'
import { isSettled, missingOf, nextOf, type Missing } from '../status/next.ts'
import { standingOf, type StandingSeen } from '../status/standing.ts'

export interface RouterStatus extends RouterSeen {
  /** Whether it acts by the share that the rollout stands at. */
  readonly obeys: boolean
}

export interface LockStatus {
  readonly name: string
  readonly pid: number | null
  readonly isDead: boolean
  readonly heldMs: number | null
}

export interface StatusShown {
  readonly atMs: number
  readonly dataDir: string
  readonly rollout: StandingSeen
  readonly routers: readonly RouterStatus[]
  readonly report: {
    readonly window: { readonly from: string; readonly to: string }
    /** Since the end of its window. */
    readonly ageMs: number
    readonly decisions: number
    readonly liveRate: number | null
    readonly rsi: number | null
    readonly rollbacks: number
    readonly rollbacksPer1k: number | null
    readonly triMedian: number | null
  } | null
  /** When decisions of this rollout begin to count, while there is no report of any; null otherwise. */
  readonly askAtMs: number | null
  /** What the gates say of that report today; null without one of this rollout. */
  readonly verdict: GateVerdict | null
  readonly isMeasured: boolean
  readonly gates: readonly GateGlance[]
  /** What it takes to leave the stage, apart from the gates. */
  readonly lacking: readonly string[]
  readonly lastRun: LastRun | null
  /** Of the daily job; null where no file of a scheduler says. */
  readonly nextRun: NextRun | null
  /** What is plainly wrong with what was learned: it is not opened. */
  readonly stateProblems: readonly string[]
  readonly hasBackup: boolean
  /** Routes that an operator took from the router; null where his orders cannot be read. */
  readonly isolated: readonly IsolatedRoute[] | null
  /** Those that are held, but for those by which routers show that they live. */
  readonly locks: readonly LockStatus[]
  readonly missing: readonly Missing[]
  /** Commands that help now. */
  readonly next: readonly string[]
}

export const command: Command<StatusShown> = {
  async run(context) {
    const seen = await look(context)
    const data = { ...seen, next: nextOf(seen) }
    return { code: exitOf(data), data, isFinal: isSettled(data) }
  },
  show: statusLines,
}

async function look(context: Context): Promise<Omit<StatusShown, 'next'>> {
  const { dataDir, settings, clock } = context
  const atMs = clock.wallMs()
  const [rollout, routers, report, { verdicts, lastRun }, locks, ...others] = await Promise.all([
    standingOf(context),
    routersOf(context),
    lastReport(dataDir),
    lastReceipts(settings.receipts.directory),
    locksOf(context),
    nextRunOf(context),
    glanceAt(learnedIn(dataDir)),
    namesIn(backupsIn(dataDir)),
    isolatedIn(dataDir),
  ])
  const [nextRun, stateProblems, backups, isolated] = others
  const askAtMs = firstCountedMs(rollout, report, settings.settleMs)
  const judged = report === null || askAtMs !== null ? null : await judgedNow(context, report)
  const { dwell } = completeSettings(settings)
  const { stage, sinceMs, redAtMs } = rollout
  const lacking =
    stage === null || sinceMs === null || rollout.kind !== 'rolling'
      ? []
      : lackingToLeave({ stage, sinceMs, redAtMs }, report, dwell, atMs)
  const isKnown = {
    ledger: existsSync(join(dataDir, 'ledger')),
    report: judged === null ? 'none' : isOld(judged) ? 'old' : 'fresh',
    askAtMs: askAtMs !== null && askAtMs > atMs ? askAtMs : null,
  } as const
  return {
    atMs,
    dataDir,
    rollout,
    routers: routers.map((router) => ({ ...router, obeys: router.pilot === (stage ?? 0) / 100 })),
    report:
      report === null
        ? null
        : {
            window: report.window,
            ageMs: atMs - Date.parse(report.window.to),
            decisions: report.decisions,
            liveRate: report.live_rate,
            rsi: report.rsi,
            rollbacks: report.rollbacks,
            rollbacksPer1k: report.rollbacks_per_1k,
            triMedian: report.tri_median,
          },
    askAtMs,
    verdict: judged?.verdict ?? null,
    isMeasured: judged?.isMeasured ?? false,
    gates: judged === null ? [] : glances(judged, verdicts),
    lacking,
    lastRun,
    nextRun,
    stateProblems,
    hasBackup: backups.some(isBackupId),
    isolated,
    locks,
    missing: missingOf(rollout.kind, routers.length, isKnown, startCommand(context)),
  }
}

/** When decisions of a rollout begin to count of which the last report can have none. */
function firstCountedMs(
  { stage, epochSinceMs }: StandingSeen,
  report: DailyReport | null,
  settleMs: number,
): number | null {
  if (stage === 0 || epochSinceMs === null) return null
  const isOfIt = report !== null && Date.parse(report.window.to) > epochSinceMs
  return isOfIt ? null : epochSinceMs + settleMs
}

const isOld = ({ gates }: Verdict): boolean =>
  gates.some(({ gate, verdict }) => gate === 'freshness' && verdict !== 'go')

async function locksOf(context: Context): Promise<LockStatus[]> {
  const { locks: found } = await findLocks(context)
  return found
    .filter(({ name, seen }) => seen.state === 'held' && !name.startsWith('rollout/workers/'))
    .map(({ name, seen: { owner, liveness, heldMs } }) => ({
      name,
      pid: owner?.pid ?? null,
      isDead: liveness === 'dead',
      heldMs,
    }))
}

function exitOf({ rollout, routers, stateProblems }: StatusShown): ExitCode {
  if (rollout.trouble !== null) return EXIT.integrity
  const isWell = stateProblems.length === 0 && routers.every(({ obeys }) => obeys)
  return isWell ? EXIT.ok : EXIT.degraded
}
