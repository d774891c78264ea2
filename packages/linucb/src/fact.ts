import { counterRows, type CounterRow } from '@holdfast/seams'

export type LinUCBFact =
  | {
      /** The guardrail was given probability that no other allowed arm could take. */
      readonly kind: 'linucb.guarded'
      readonly reason: 'nothing-allowed' | 'caps'
      /** How much, above 0 and up to 1. */
      readonly probability: number
    }
  | {
      /** An arm's inverse was computed afresh from its sums. */
      readonly kind: 'linucb.anchored'
      readonly arm: string
      /** Largest relative difference to the running inverse; null if the running one was kept. */
      readonly drift: number | null
    }
  | {
      readonly kind: 'linucb.arm-added'
      readonly arm: string
      /** `resting`: it came back with what it had learned. */
      readonly was: 'new' | 'resting'
    }
  | { readonly kind: 'linucb.arm-removed'; readonly arm: string; readonly pulls: number }
  | {
      readonly kind: 'linucb.restored'
      readonly version: '1.0' | '2.0'
      /** Observations in the snapshot. */
      readonly updates: number
      /** Arms of the options that the snapshot did not know. */
      readonly added: readonly string[]
      /** Arms of the snapshot that the options do not name. */
      readonly resting: readonly string[]
    }

/** How these facts feed counters. */
export const linucbCounters: readonly CounterRow[] = counterRows<LinUCBFact>(
  {
    name: 'holdfast_linucb_guarded_total',
    help: 'Decisions in which the guardrail took probability that no other arm could.',
    kind: 'linucb.guarded',
    labels: ['reason'],
  },
  {
    name: 'holdfast_linucb_anchored_total',
    help: 'Times an arm was computed afresh from its sums.',
    kind: 'linucb.anchored',
    labels: ['arm'],
  },
)
