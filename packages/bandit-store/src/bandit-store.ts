import type { Sums } from '@holdfast/linucb'
import type { VerifyReport } from './verify-report.ts'

/** Which part of a decision's reward: what is known at once, or what a deployment shows later. */
export type Part = 'immediate' | 'later'

/** What a decision brought. */
export interface Lesson {
  /** The arm that was carried out, 1 to 255 bytes of UTF-8. */
  readonly arm: string
  /** x, length `dim`, each entry from −8 to below 8. Rounded to a multiple of 2⁻¹². */
  readonly context: ArrayLike<number>
  /** From −1000 to 1000. Rounded to a multiple of 2⁻¹². */
  readonly reward: number
  /**
   * Default `immediate`. Each part counts once. Whichever comes first adds x·xᵀ to A, and each adds its
   * reward·x to b, so that a decision of two parts is one observation of their sum.
   */
  readonly part?: Part
}

/**
 * `applied`: it counts, once. `duplicate`: this part of this decision is known already, nothing changed.
 * `expired`: the decision is too old for anyone to know whether it was counted, nothing changed.
 */
export type RewardResult = 'applied' | 'duplicate' | 'expired'

/** A decision that waits for its reward. */
export interface Decided {
  readonly arm: string
  readonly context: ArrayLike<number>
  /** What else its maker wants back with it, as text of at most 4096 bytes. Default empty. */
  readonly note?: string
}

export type Recalled =
  | {
      readonly kind: 'found'
      readonly arm: string
      /** x as it is learned: rounded to multiples of 2⁻¹². */
      readonly context: Float64Array
      readonly note: string
      /** The parts of its reward that this process knows of. */
      readonly rewarded: readonly Part[]
    }
  /** Nobody remembers it: it was never made, was lost with a killed process, or gave way to newer ones. */
  | { readonly kind: 'unknown' }
  /** It is not known here, and while nothing can be written nobody knows what other processes keep in memory: ask again later. */
  | { readonly kind: 'unavailable' }
  /** It is older than rewards are taken. */
  | { readonly kind: 'expired' }

/**
 * All that was learned. It is a view: it grows as lessons come in, up to the next reset, so copy what you keep, read anew
 * what you use, and change nothing.
 * Its total is the sum of `imported`, `older` and every epoch.
 */
export interface Learned {
  /** d: length of every context. */
  readonly dim: number
  /** Length of an epoch in ms: an hour or a day. */
  readonly epochMs: number
  /** By epoch number, ⌊ms since 1970 / epochMs⌋ of the decision's id: the sums of each arm. */
  readonly epochs: ReadonlyMap<number, ReadonlyMap<string, Sums>>
  /** Sums of epochs that are no longer kept apart. */
  readonly older: ReadonlyMap<string, Sums>
  /** The first epoch that is kept apart; those in `older` lie before it. Null before the first decision. */
  readonly oldestKept: number | null
  /** What was taken over from another system. */
  readonly imported: ReadonlyMap<string, Sums>
  /** The newest epoch any decision was of; null before the first. */
  readonly newestEpoch: number | null
  /** Decisions with a reward; those imported not included. */
  readonly decisions: number
  /** The number of what became known last: lessons of lower or equal number that are still to be heard are in it. */
  readonly told: number
}

/** A lesson as it was learned. */
export interface Learnt {
  /** Counts what became known in this process, lessons and resets. Lessons are told in ascending order. */
  readonly number: number
  readonly arm: string
  /** Length `dim`, multiples of 2⁻¹². */
  readonly context: Float64Array
  /** A multiple of 2⁻¹². */
  readonly reward: number
  /** Whether it added x·xᵀ to A: it was the first part of its decision. */
  readonly isFirst: boolean
  readonly epoch: number
}

/** What became known, here or in another process. */
export type Change =
  | { readonly kind: 'lessons'; readonly lessons: readonly Learnt[] }
  /** Too much at once, or other than was thought: read everything anew. */
  | { readonly kind: 'reset' }

export interface Compacted {
  /** `elsewhere`: another process is at it. */
  readonly kind: 'done' | 'elsewhere'
  /** Decisions with a reward that this process knows of. */
  readonly decisions: number
}

/** Whether what is learned is also kept. */
export interface StoreHealth {
  readonly status: 'ok' | 'critical'
  /** Lessons that are learned here, and wait to be written. */
  readonly unsaved: number
  /** What keeps them from it; null when nothing does. */
  readonly error: unknown
  /** When a lesson was last made durable by this process, in ms since 1970; null before the first. */
  readonly savedAtMs: number | null
}

/**
 * What several processes teach one bandit. What was learned is a fold over a set of lessons: they may be
 * told in any order, by any process, more than once, and the sums are the same to the last bit.
 *
 * Decision ids are UUIDs of version 7 (RFC 9562). Their time tells the epoch of a lesson, and when it expires.
 */
export interface BanditStore extends AsyncDisposable {
  readonly dim: number
  readonly epochMs: number
  /**
   * Takes in a reward. It is learned here at once, and the answer comes when it is durable.
   * @throws {BanditStoreInputError} if something is not as it may be, or the part that is known already was of another
   * arm or context; then nothing was learned.
   * @throws {BanditStoreWriteError} if it could not be written. It is learned here, and is written as soon as that
   * is possible; telling it again, here or elsewhere, is safe.
   */
  reward(decisionId: string, lesson: Lesson): Promise<RewardResult>
  /**
   * Keeps a decision until its reward comes, here or in another process. Never waits: it is written behind the
   * caller's back, and a process killed in that moment takes it along.
   * @throws {BanditStoreInputError} if something is not as it may be.
   */
  remember(decisionId: string, decided: Decided): void
  /**
   * Finds a decision, also one that another process made. It stays, for its other part.
   * @throws {BanditStoreInputError} if `decisionId` is none.
   */
  recall(decisionId: string): Promise<Recalled>
  /** Decisions of this process that wait for their first reward. */
  readonly awaiting: number
  read(): Learned
  /** Tells what becomes known, from now until `signal` is aborted or the store closed. Then it ends, without an error. */
  watch(signal?: AbortSignal): AsyncIterable<Change>
  /** Looks now for what other processes have learned. Otherwise it comes by itself, within a second. */
  catchUp(): Promise<void>
  /**
   * Takes over what another system has learned, into a store that has learned nothing.
   * @returns `taken`: the store has lessons already, and is unchanged.
   * @throws {BanditStoreInputError} if a sum is not of `dim`. {BanditStoreBrokenError} if other processes make snapshots
   * faster than it can be done; then nothing was taken over.
   */
  importSums(sums: ReadonlyMap<string, Sums>): Promise<'imported' | 'taken'>
  /** Makes the next start quick and frees what is no longer needed. It happens by itself too. */
  compact(): Promise<Compacted>
  /** Reads all that is stored afresh, and compares. */
  verify(): Promise<VerifyReport>
  health(): StoreHealth
  /** Waits until everything is written, and lets go. A second call does nothing. */
  close(): Promise<void>
}
