import { isInForce, type RolloutSight } from './effective.ts'

/** A rollback that a router has seen in force. */
export interface HeldRollback {
  readonly rollback: Exclude<RolloutSight['rollback'], null>
  /** Which rollout it was seen in; null while no state could be read. */
  readonly epoch: number | null
}

/**
 * The rollback by which a router goes that now sees `sight`, and went by `held` before; null for none. One that was seen in force stays so
 * without its file, until a later rollout: only a beginning answers it, and a file that is removed is no answer.
 */
export function heldRollback(sight: RolloutSight, held: HeldRollback | null): HeldRollback | null {
  const { state, rollback } = sight
  if (rollback !== null) {
    return isInForce(sight) ? { rollback, epoch: state?.epoch ?? null } : null
  }
  if (held === null || state === null) return held
  const epoch = held.epoch ?? state.epoch
  return state.epoch > epoch ? null : { ...held, epoch }
}
