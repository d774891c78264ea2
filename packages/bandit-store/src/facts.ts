import type { Part, RewardResult } from './bandit-store.ts'

/** What a store tells. `directory` is as the caller gave it. */
export type BanditStoreFact =
  | {
      readonly kind: 'bandit-store.opened'
      readonly directory: string
      readonly decisions: number
      readonly tookMs: number
    }
  /** A reward was answered. */
  | {
      readonly kind: 'bandit-store.reward'
      readonly result: RewardResult
      readonly part: Part
    }
  /** Decisions of this process were given up without a reward: too old, or too many. */
  | { readonly kind: 'bandit-store.decisions-given-up'; readonly count: number }
  /** Nothing could be written; it is tried again until it works. */
  | {
      readonly kind: 'bandit-store.write-failed'
      readonly directory: string
      /** Lessons that wait to be written. */
      readonly unsaved: number
      readonly error: unknown
    }
  /** Everything that had to wait is written. */
  | {
      readonly kind: 'bandit-store.recovered'
      readonly directory: string
      readonly lessons: number
    }
  /** Decisions could not be written down for other processes. This one knows them. */
  | {
      readonly kind: 'bandit-store.decisions-not-shared'
      readonly directory: string
      readonly error: unknown
    }
  /** What other processes have learned could not be read; it is tried again. */
  | {
      readonly kind: 'bandit-store.read-failed'
      readonly directory: string
      readonly error: unknown
    }
  | {
      readonly kind: 'bandit-store.compacted'
      readonly directory: string
      readonly decisions: number
      readonly segments: number
      readonly sizeBytes: number
      readonly tookMs: number
    }
  | {
      readonly kind: 'bandit-store.compaction-failed'
      readonly directory: string
      readonly error: unknown
    }
  /** The torn tail of a process that was killed was cut; nothing in it was acknowledged. */
  | { readonly kind: 'bandit-store.segment-cut'; readonly path: string; readonly bytes: number }
  /** Bytes between lessons could not be read: lessons are lost. The file is kept. */
  | { readonly kind: 'bandit-store.segment-damaged'; readonly path: string; readonly bytes: number }
  /** A snapshot could not be used, and the one before took its place. */
  | {
      readonly kind: 'bandit-store.snapshot-broken'
      readonly path: string
      readonly error: unknown
    }
  /** Everything was read anew. */
  | {
      readonly kind: 'bandit-store.reloaded'
      readonly directory: string
      readonly decisions: number
    }
  /** Two processes were told of one decision with another arm, context or reward. One of them counts. */
  | { readonly kind: 'bandit-store.conflict'; readonly directory: string }
  /** A lesson was stored so late that nobody can tell whether it was counted before; it does not count. */
  | { readonly kind: 'bandit-store.late'; readonly directory: string }
  /** What is stored of an arm cannot be computed with; it decides by what it knew before. */
  | { readonly kind: 'bandit-store.arm-unusable'; readonly arm: string; readonly error: unknown }
