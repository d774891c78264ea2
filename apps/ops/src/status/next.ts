import { BEGIN, ROLLBACK } from '../advice.ts'
import { commandLine } from '../help.ts'
import { momentText } from '../moment.ts'
import type { Missing, StatusShown } from './shown.ts'
import type { StandingSeen } from './standing.ts'

export function missingOf(
  kind: StandingSeen['kind'],
  routers: number,
  isKnown: {
    readonly ledger: boolean
    /** Of this rollout. */
    readonly report: 'none' | 'old' | 'fresh'
    /** When decisions of this rollout begin to count, while none does. */
    readonly askAtMs: number | null
  },
  /** The command that starts a router. */
  start: string,
): Missing[] {
  const missing: Missing[] = []
  if (routers === 0) missing.push({ what: 'no router runs', next: start })
  if (!isKnown.ledger)
    missing.push({ what: 'no ledger yet, it comes with the first request', next: start })
  else if (isKnown.report !== 'fresh') {
    const { report, askAtMs } = isKnown
    const ofIt = kind === 'none' ? '' : ' of this rollout'
    // The line is cut at 80 columns: the time of day says enough.
    const until = askAtMs === null ? 'yet' : `until ${momentText(askAtMs).slice(11)} UTC`
    const what = report === 'none' ? `no report${ofIt} ${until}` : 'the last report is too old'
    missing.push({ what, next: 'holdfast report daily --out' })
  }
  if (kind === 'none') {
    missing.push({ what: 'no rollout yet', next: BEGIN })
  }
  return missing
}

/** What to do now, most urgent first, at most two. */
export function nextOf(seen: Omit<StatusShown, 'next'>): string[] {
  const { rollout, report, locks, verdict, isMeasured, missing, lacking, isolated } = seen
  const aside = [
    ...locks
      .filter(({ isDead }) => isDead)
      .map(({ name }) => commandLine(['locks', 'break', name])),
    ...(isolated ?? []).map(({ route }) => commandLine(['breakers', 'reset', route])),
    ...(isolated === null ? ['holdfast breakers list'] : []),
  ]
  const first = urgent(seen)
  if (first !== null) return [...first, ...aside].slice(0, 2)
  // What somebody froze or took back is not to be undone because a screen says so.
  if (rollout.frozen !== null || rollout.kind === 'rolled-back') {
    return ['holdfast receipts show last', ...aside].slice(0, 2)
  }
  if (missing.length > 0) {
    return [...new Set([...missing.map(({ next }) => next), ...aside])].slice(0, 2)
  }
  const hasLive = (report?.liveRate ?? 0) > 0
  if (verdict === 'no-go' && isMeasured && hasLive && (rollout.stage ?? 0) > 0) {
    return ['holdfast gate check', ROLLBACK]
  }
  if (rollout.stage === 0) return [BEGIN]
  const isReady = verdict === 'go' && lacking.length === 0 && rollout.kind === 'rolling'
  return [isReady ? 'holdfast promote auto --dry-run' : 'holdfast gate check', ...aside].slice(0, 2)
}

/** What cannot wait; null when nothing is wrong. */
function urgent(seen: Omit<StatusShown, 'next'>): string[] | null {
  const { rollout, routers, stateProblems, hasBackup } = seen
  if (rollout.trouble !== null) return [ROLLBACK, 'holdfast doctor']
  const apart = routers.filter(({ obeys }) => !obeys)
  if (apart.length > 0) {
    const isMeant = apart.every(({ stance }) => stance === 'apart')
    return [isMeant ? 'holdfast doctor' : 'holdfast health']
  }
  if (stateProblems.length === 0) return null
  return ['holdfast state show', ...(hasBackup ? ['holdfast state restore latest'] : [])]
}

/** Whether nothing more will change by itself: everyone is live or nobody, or it is frozen, and all routers obey. */
export function isSettled({ rollout, routers }: StatusShown): boolean {
  const isOver = ['completed', 'rolled-back', 'frozen'].includes(rollout.kind)
  return isOver && routers.every(({ obeys }) => obeys)
}
