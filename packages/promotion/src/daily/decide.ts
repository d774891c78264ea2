import type { Verdict } from '../gates/gate.ts'
import { frozenBecause } from '../rollout/command.ts'
import type { RolloutState } from '../rollout/state.ts'

/** What a day's evidence leads to. */
export type DailyDecision =
  | { readonly kind: 'promote' }
  | { readonly kind: 'rollback'; readonly reasons: readonly string[] }
  /** `isRed`: a gate said no-go, so the time at this stage counts anew. */
  | { readonly kind: 'hold'; readonly isRed: boolean; readonly reasons: readonly string[] }
  /** Everyone is live, or nobody may be: there is nothing to decide. */
  | { readonly kind: 'nothing'; readonly reasons: readonly string[] }

export interface DailyQuestion {
  readonly state: RolloutState
  readonly verdict: Verdict
  readonly lacking: readonly string[]
  /** What measured harm leads to. */
  readonly onNoGo: 'hold' | 'rollback'
}

/** Promotes only on go and time; holds on everything else; rolls back, where that is wanted, on measured harm and never on missing data. */
export function decideDaily({ state, verdict, lacking, onNoGo }: DailyQuestion): DailyDecision {
  const { stage, standing } = state
  const frozen = frozenBecause(standing)
  const held = frozen === undefined ? [] : [`it is frozen: ${frozen}`]
  if (standing.kind === 'rolled-back') {
    return { kind: 'nothing', reasons: [`it is rolled back: ${standing.reason}`, ...held] }
  }
  const told = verdict.gates
    .filter((gate) => gate.verdict !== 'go' && !gate.isAdvisory)
    .map(({ gate, verdict: how, reason }) => `${gate} ${how}: ${reason}`)
  if (verdict.verdict === 'no-go') {
    const isHarm = verdict.isMeasured && onNoGo === 'rollback' && stage > 0
    return isHarm
      ? { kind: 'rollback', reasons: told }
      : { kind: 'hold', isRed: true, reasons: [...held, ...told] }
  }
  if (standing.kind === 'completed') {
    return { kind: 'nothing', reasons: ['everyone is live already'] }
  }
  if (held.length > 0) return { kind: 'hold', isRed: false, reasons: held }
  if (verdict.verdict === 'inconclusive') return { kind: 'hold', isRed: false, reasons: told }
  return lacking.length > 0 ? { kind: 'hold', isRed: false, reasons: lacking } : { kind: 'promote' }
}
