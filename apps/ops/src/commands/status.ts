import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { lackingToLeave, type DailyReport, type Verdict } from '@holdfast/promotion'
import type { Command, Context } from '../command.ts'
import { completeSettings } from '../config/complete.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { findLocks } from '../locks/find-locks.ts'
import { stanceOf, wantedIn } from '../rollout/obedience.ts'
import { routersOf } from '../rollout/routers.ts'
import { startCommand } from '../router/start.ts'
import { statusLines } from '../show/status.ts'
import { glances, judgedNow, lastReceipts, lastReport } from '../status/gates.ts'
import { glanceAt } from '../state/glance.ts'
import { backupsIn, isBackupId, learnedIn } from '../state/places.ts'
import { namesIn } from '../state/store-files.ts'
import { isolatedIn } from '../status/isolated.ts'
import { nextRunOf } from '../status/next-run.ts'
import { isSettled, missingOf, nextOf } from '../status/next.ts'
import type { LockStatus, StatusShown } from '../status/shown.ts'
import { standingOf, type StandingSeen } from '../status/standing.ts'

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
  const [rollout, routers, wanted, report, { verdicts, lastRun }, locks, ...others] =
    await Promise.all([
      standingOf(context),
      routersOf(context),
      wantedIn(context),
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
    routers: routers.map((router) => {
      const stance = stanceOf(router, wanted)
      return { ...router, stance, obeys: stance === 'obeys' }
    }),
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
