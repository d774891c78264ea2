import type { Verdict } from '../gates/gate.ts'
import { aMoment } from '../option-rules.ts'
import { checkCommand } from './command-rules.ts'
import { nextStage, type Stage } from './stage.ts'
import { isRolloutState, type RolloutState, type Standing } from './state.ts'

/** What may be asked of a rollout. Everything but an automatic promotion has a reason that a person gave. */
export type RolloutCommand =
  /** One stage up, on evidence and time. */
  | {
      readonly kind: 'promote'
      readonly verdict: Verdict
      /** What is still lacking, as `lackingToLeave` tells. */
      readonly lacking: readonly string[]
      readonly reason: string
    }
  /** A stage chosen by a person: down as far as wanted, up by one where gates are green; `isForced` goes beyond both. */
  | {
      readonly kind: 'stage'
      readonly stage: Stage
      readonly reason: string
      readonly verdict: Verdict | null
      readonly isForced: boolean
    }
  | { readonly kind: 'freeze'; readonly reason: string }
  | { readonly kind: 'thaw'; readonly reason: string }
  /** `id` names the rollback file that asked for it. */
  | { readonly kind: 'rollback'; readonly reason: string; readonly id: string }
  /**
   * Begins again after a rollback, with nobody live and no evidence. `rollback` is the id of the one that is thereby answered: it is refused when
   * another one is in force by now. Null answers whichever is in force.
   */
  | { readonly kind: 'begin'; readonly reason: string; readonly rollback: string | null }
  /** Notes that a gate said no-go: the time at this stage counts anew. */
  | { readonly kind: 'red'; readonly reason: string }

/** `held`: not now. `refused`: not so. Neither changes anything. */
export type CommandResult =
  | { readonly kind: 'moved'; readonly state: RolloutState }
  | { readonly kind: 'held' | 'refused'; readonly reasons: readonly string[] }

/**
 * Carries out a command on a rollout as a value. `head` of the new state is set by the journal.
 * @throws {TypeError | RangeError} naming what is wrong with the command, the state or the moment.
 */
export function carryOut(
  state: RolloutState,
  command: RolloutCommand,
  nowMs: number,
): CommandResult {
  checkCommand(command)
  aMoment('nowMs', nowMs)
  if (!isRolloutState(state)) throw new TypeError('state must be a rollout state of version 1')
  const change = changeBy(state, command, nowMs)
  if ('reasons' in change) return change
  const { reason } = command
  return { kind: 'moved', state: { ...state, seq: state.seq + 1, reason, ...change } }
}

type Objection = Exclude<CommandResult, { readonly kind: 'moved' }>
type Change = Partial<RolloutState> | Objection

function changeBy(state: RolloutState, command: RolloutCommand, nowMs: number): Change {
  const { stage, standing } = state
  switch (command.kind) {
    case 'promote':
      return promotionObjection(state, command) ?? atStage(state, nextStage(stage) ?? stage, nowMs)
    case 'stage':
      return stageObjection(state, command) ?? stageByHand(state, command.stage, nowMs)
    case 'freeze':
      return frozen(state, command.reason)
    case 'thaw':
      return thawed(standing)
    case 'rollback':
      return rolledBack(state, command.reason, nowMs)
    case 'begin':
      return begun(state, command.rollback, nowMs)
    case 'red':
      return standing.kind === 'rolled-back' ? held('it is rolled back') : { redAtMs: nowMs }
    default:
      return command satisfies never
  }
}

function atStage({ stage: from, epochSinceMs }: RolloutState, stage: Stage, nowMs: number): Change {
  const standing = { kind: stage === 100 ? 'completed' : 'rolling' } as const
  // There is nothing to learn of a rollout before its first subjects are live.
  const since = from === 0 ? nowMs : epochSinceMs
  return { stage, standing, sinceMs: nowMs, epochSinceMs: since, redAtMs: null }
}

/** A frozen rollout may be lowered, and stays frozen. */
function stageByHand(state: RolloutState, stage: Stage, nowMs: number): Change {
  const { standing } = state
  if (standing.kind !== 'frozen') return atStage(state, stage, nowMs)
  return { stage, standing: { ...standing, completed: false }, sinceMs: nowMs, redAtMs: null }
}

function frozen({ standing }: RolloutState, reason: string): Change {
  if (standing.kind === 'rolled-back') return { standing: { ...standing, frozen: reason } }
  const completed =
    standing.kind === 'completed' || (standing.kind === 'frozen' && standing.completed)
  return { standing: { kind: 'frozen', reason, completed } }
}

function thawed(standing: Standing): Change {
  if (standing.kind === 'frozen') {
    return { standing: { kind: standing.completed ? 'completed' : 'rolling' } }
  }
  if (standing.kind !== 'rolled-back' || standing.frozen === undefined) {
    return refused('it is not frozen')
  }
  const { frozen: _, ...rolledBack } = standing
  return { standing: rolledBack }
}

/** What was frozen stays so. */
function rolledBack({ stage, standing }: RolloutState, reason: string, nowMs: number): Change {
  const from = standing.kind === 'rolled-back' ? standing.from : stage
  const frozen = frozenBecause(standing)
  const back = { kind: 'rolled-back', reason, from } as const
  return {
    stage: 0,
    standing: frozen === undefined ? back : { ...back, frozen },
    sinceMs: nowMs,
  }
}

function begun(state: RolloutState, rollback: string | null, nowMs: number): Change {
  const { standing, epoch } = state
  const frozen = frozenBecause(standing)
  if (frozen !== undefined) return refused(`it is frozen: ${frozen}`)
  if (standing.kind !== 'rolled-back' && standing.kind !== 'completed') {
    return refused('it is under way; roll it back first')
  }
  return {
    epoch: epoch + 1,
    clearedRollback: rollback ?? state.clearedRollback,
    epochSinceMs: nowMs,
    sinceMs: nowMs,
    redAtMs: null,
    stage: 0,
    standing: { kind: 'rolling' },
  }
}

/** Undefined when it is not. */
export function frozenBecause(standing: Standing): string | undefined {
  if (standing.kind === 'frozen') return standing.reason
  return standing.kind === 'rolled-back' ? standing.frozen : undefined
}

function promotionObjection(
  { stage, standing }: RolloutState,
  { verdict, lacking }: Extract<RolloutCommand, { readonly kind: 'promote' }>,
): Objection | null {
  if (standing.kind === 'frozen') return held(`it is frozen: ${standing.reason}`)
  if (standing.kind === 'rolled-back') return held(`it is rolled back: ${standing.reason}`)
  if (standing.kind === 'completed' || stage === 100) return held('everyone is live already')
  if (verdict.verdict !== 'go') return { kind: 'held', reasons: objectionsOf(verdict) }
  return lacking.length > 0 ? { kind: 'held', reasons: lacking } : null
}

function stageObjection(
  { stage, standing }: RolloutState,
  command: Extract<RolloutCommand, { readonly kind: 'stage' }>,
): Objection | null {
  const { stage: wanted, verdict, isForced } = command
  if (standing.kind === 'rolled-back') return refused('it is rolled back; begin again first')
  if (wanted === stage) return refused(`it is at stage ${stage} already`)
  if (wanted < stage) return null
  if (standing.kind === 'frozen') return refused(`it is frozen: ${standing.reason}`)
  if (isForced) return null
  const next = nextStage(stage)
  if (wanted !== next) return refused(`the next stage is ${next}; a leap must be forced`)
  // Nobody is live yet, so there is nothing that gates could look at.
  if (stage === 0 || verdict?.verdict === 'go') return null
  const reasons = verdict === null ? ['no gates were judged'] : objectionsOf(verdict)
  return refused(...reasons, 'a stage against the gates must be forced')
}

function objectionsOf({ gates }: Verdict): string[] {
  return gates
    .filter(({ verdict, isAdvisory }) => verdict !== 'go' && !isAdvisory)
    .map(({ gate, verdict, reason }) => `${gate} ${verdict}: ${reason}`)
}

function held(...reasons: readonly string[]): Objection {
  return { kind: 'held', reasons }
}

function refused(...reasons: readonly string[]): Objection {
  return { kind: 'refused', reasons }
}
