import { isStage, type Stage } from './stage.ts'

/** Where a rollout stands. */
export type Standing =
  /** It may be promoted. */
  | { readonly kind: 'rolling' }
  /** It keeps its stage until someone lets it go on. */
  | { readonly kind: 'frozen'; readonly reason: string; readonly completed: boolean }
  /** The guardrail answers everyone, until someone begins again; while it is `frozen`, for the reason told, nobody may. */
  | {
      readonly kind: 'rolled-back'
      readonly reason: string
      readonly from: Stage
      readonly frozen?: string
    }
  /** It reached everyone, and there is nothing left to promote. */
  | { readonly kind: 'completed' }

/** A rollout as a value, and as the file `rollout.json`. */
export interface RolloutState {
  readonly version: 1
  /** Grows by one with every change; routers acknowledge it. */
  readonly seq: number
  /** Counts rollouts: a new one begins with evidence of its own. */
  readonly epoch: number
  readonly stage: Stage
  readonly standing: Standing
  /** When this stage began, in ms since 1970. */
  readonly sinceMs: number
  /** When the first subjects of this rollout went live; until then, when it began. */
  readonly epochSinceMs: number
  /** When a gate last said no-go; null when none did at this stage. */
  readonly redAtMs: number | null
  /** Of whoever changed it last. */
  readonly reason: string
  /** The rollback file that a later beginning has answered; another one is in force. */
  readonly clearedRollback: string | null
  /** SHA-256 of the journal's entry of this state. */
  readonly head: string
}

/** Before anything happened: shadow, nobody is live. */
export const beginning: RolloutState = {
  version: 1,
  seq: 0,
  epoch: 1,
  stage: 0,
  standing: { kind: 'rolling' },
  sinceMs: 0,
  epochSinceMs: 0,
  redAtMs: null,
  reason: 'nothing happened yet',
  clearedRollback: null,
  head: '',
}

/** Whether a value is a whole state of this version. */
export function isRolloutState(value: unknown): value is RolloutState {
  if (typeof value !== 'object' || value === null) return false
  const state = value as Partial<RolloutState>
  return (
    state.version === 1 &&
    isCount(state.seq) &&
    isCount(state.epoch) &&
    isStage(state.stage) &&
    isStanding(state.standing) &&
    isCount(state.sinceMs) &&
    isCount(state.epochSinceMs) &&
    (state.redAtMs === null || isCount(state.redAtMs)) &&
    typeof state.reason === 'string' &&
    (state.clearedRollback === null || typeof state.clearedRollback === 'string') &&
    typeof state.head === 'string'
  )
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isStanding(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { kind, reason, from, completed, frozen = '' } = value as Record<string, unknown>
  if (kind === 'rolling' || kind === 'completed') return true
  if (kind === 'frozen') return typeof reason === 'string' && typeof completed === 'boolean'
  if (kind !== 'rolled-back' || typeof frozen !== 'string') return false
  return typeof reason === 'string' && isStage(from)
}
