import {
  carryOut,
  type OperatorCommand,
  type RolloutState,
  type Stage,
  type Verdict,
} from '@holdfast/promotion'

/** A stage that a person wants. */
export interface StageWish {
  readonly stage: Stage
  readonly reason: string
  readonly verdict: Verdict | null
  readonly isForced: boolean
}

/** What has to be commanded, one after another, or why none of it may be. */
export type StagePlan =
  | { readonly kind: 'possible'; readonly commands: readonly OperatorCommand[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }

/** Goes through all steps before the first is taken: after a rollback a new rollout begins first. */
export function planStage(state: RolloutState, wish: StageWish, nowMs: number): StagePlan {
  const { stage, reason, verdict, isForced } = wish
  const commands: OperatorCommand[] = []
  if (state.standing.kind === 'rolled-back')
    commands.push({ kind: 'begin', reason, rollback: null })
  // A new rollout is at stage 0 by itself.
  if (stage > 0 || commands.length === 0) {
    commands.push({ kind: 'stage', stage, reason, verdict, isForced })
  }
  let reached = state
  for (const command of commands) {
    const result = carryOut(reached, command, nowMs)
    if (result.kind !== 'moved') return { kind: 'refused', reasons: result.reasons }
    reached = result.state
  }
  return { kind: 'possible', commands }
}
