import type { Acknowledgement } from '../rollout/acknowledge.ts'
import type { Stage } from '../rollout/stage.ts'
import type { Verdict } from '../gates/gate.ts'

/** How a daily job ended. */
export type DailyOutcome =
  /** Another one runs, since `heldMs`, or left a lock that stands in the way. `reason` says who, and what can be done. */
  | {
      readonly kind: 'busy'
      readonly heldMs: number | null
      readonly isStuck: boolean
      readonly reason: string
    }
  /** There was no evidence to be had; `error` says why. The stage stays, and its time counts anew. */
  | { readonly kind: 'no-evidence'; readonly error: unknown }
  | {
      readonly kind: 'promoted' | 'rolled-back'
      readonly from: Stage
      readonly to: Stage
      readonly verdict: Verdict
      readonly acknowledgement: Acknowledgement | null
      readonly receipt: string | null
      readonly isDryRun: boolean
      readonly reasons: readonly string[]
    }
  | {
      readonly kind: 'held' | 'nothing-to-do'
      readonly stage: Stage
      readonly verdict: Verdict
      readonly receipt: string | null
      readonly isDryRun: boolean
      readonly reasons: readonly string[]
    }

/**
 * What a scheduler is told: 0 promoted, nothing to do, or another job is at it; 1 a gate says no-go; 2 no evidence could be had; 3 another
 * job has been at it for too long; 4 promoted or rolled back, but no router said that it obeys; 5 not yet: inconclusive, frozen, or too
 * early; 6 rolled back; 7 it failed, for what `runDailyJob` threw: no program that just ends with an error should be taken for a no-go. A dry
 * run ends as the real one would, except for 4.
 */
export function exitCodeOf(outcome: DailyOutcome | Error): 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 {
  if (outcome instanceof Error || !('kind' in outcome)) return 7
  switch (outcome.kind) {
    case 'busy':
      return outcome.isStuck ? 3 : 0
    case 'no-evidence':
      return 2
    case 'nothing-to-do':
      return 0
    case 'held':
      return outcome.verdict.verdict === 'no-go' ? 1 : 5
    case 'promoted':
      return isObeyed(outcome) ? 0 : 4
    case 'rolled-back':
      return isObeyed(outcome) ? 6 : 4
    default:
      outcome satisfies never
      return 7
  }
}

function isObeyed({
  isDryRun,
  acknowledgement,
}: {
  readonly isDryRun: boolean
  readonly acknowledgement: Acknowledgement | null
}): boolean {
  return isDryRun || acknowledgement?.kind === 'acknowledged'
}
