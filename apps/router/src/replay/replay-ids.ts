import type { Random } from '@holdfast/seams'
import { uuid } from '../router.ts'

/** Names the decisions of a replay. */
export interface ReplayIds {
  next(): string
  /** Goes on after a run that was cut short, whose ids are not given out again. */
  continueAfter(updates: number): void
}

/**
 * Ids that repeat with the seed, so that a replay's decisions do. Their time is logical: a decision a
 * minute, so that whatever goes by the time of a decision (forgetting by the hour, say) goes the same way in
 * every run. A replay that goes on after a crash takes new ones.
 * @param turn when several processes name decisions, each its own: which of how many this is, from 0.
 */
export function replayIds(random: Random, turn = { of: 1, index: 0 }): ReplayIds {
  let earlier = 0
  let count = 0
  let chance = random.split('ids')
  return {
    next() {
      const minute = earlier + count * turn.of + turn.index + 1
      count += 1
      return uuid(REPLAY_START_MS + minute * DECISION_MS, chance)
    },
    continueAfter(updates) {
      earlier = updates
      chance = random.split(`ids after ${updates} updates`)
    },
  }
}

const REPLAY_START_MS = Date.UTC(2020, 0, 1)
const DECISION_MS = 60_000
