import type { Clock, Random } from '@holdfast/seams'
import type { LockOwner } from './owner.ts'

/** What an engine can and cannot do. Ask before relying on it. */
export interface LockCapabilities {
  /** Each holder has a number higher than all before it. */
  readonly fencing: boolean
  /** What frees the lock of a holder that died: proof of its death, or only the end of its lease. */
  readonly autoRelease: 'process-death' | 'lease'
  /** Holders on several machines respect one another. */
  readonly crossHost: boolean
}

/**
 * When a lock may be taken from its holder. `dead`: on proof of death, and where no proof can be had (another
 * machine, another container) after its lease; `lease`: after its lease, alive or not.
 */
export type Takeover = 'dead' | 'lease'

/** Why a lock could be had. */
export type Opening = 'free' | 'dead' | 'lease'

/** On what terms one caller contends for a lock. */
export interface Terms {
  readonly takeover: Takeover
  readonly staleMs: number
  readonly fairnessMs: number
  /** Make directories that are missing above the lock. */
  readonly createDirectory: boolean
  readonly clock: Clock
  readonly random: Random
}

/**
 * A way to hold locks. `acquireLock` does the waiting, the order within the thread and the handle; an engine knows what a
 * lock is made of. Implementations run the suite in `@holdfast/file-lock/contract`.
 */
export interface LockEngine {
  /** Lower-case letters and dashes; it becomes part of the owner's record. */
  readonly name: string
  readonly capabilities: LockCapabilities
  /** The one name of the lock that `path` means, equal for all paths that mean it. */
  locate(path: string, options: { readonly createDirectory: boolean }): string
  /** Enters the contest for the lock called `key`. Changes nothing yet. */
  contend(key: string, terms: Terms): Contest
  /** What is known of the lock called `key`. Changes nothing. */
  inspect(key: string, clock: Clock): Promise<LockInspection> | LockInspection
  /** Takes the lock called `key` from its holder if that holds it under `fence`, and leaves it free. */
  breakIf(key: string, fence: number): Promise<BreakResult> | BreakResult
}

/** One caller's part in the contest for a lock. */
export interface Contest {
  /** One try, which waits for no holder. */
  attempt(): Promise<Attempt> | Attempt
  /** Ends the contest, won or not. Idempotent; never throws. */
  leave(): void
}

export type Attempt =
  | {
      readonly kind: 'won'
      readonly grip: Grip
      readonly opening: Opening
      readonly from: LockOwner | null
    }
  | {
      readonly kind: 'taken'
      /** Null for a holder that leaves no record. */
      readonly owner: LockOwner | null
      /** How long to wait before the next try, in ms. */
      readonly pauseMs: number
    }

/** A lock that is held, as the engine sees it. */
export interface Grip {
  readonly fence: number
  readonly owner: LockOwner
  /** Looks whether the lock is still held. Throws if that cannot be found out. */
  isOurs(): boolean
  /** Keeps the lease alive, and calls `onLost` once if the lock turns out to be lost. Called once. */
  keep(onLost: (cause?: unknown) => void): void
  /** Gives the lock back. False if it was not ours any more; then nothing was changed. */
  release(): Promise<boolean> | boolean
  /** Gives the lock back while the process exits. Never throws. */
  releaseAtExit(): void
}

/** What `inspectLock` found. */
export interface LockInspection {
  /** What was looked at: for a lock in the file system, its directory. */
  readonly lock: string
  /**
   * `absent`: never locked yet. `foreign`: an empty directory, as proper-lockfile without this package makes it.
   * `damaged`: its directory is there, but holds no token that this release knows.
   */
  readonly state: 'free' | 'held' | 'absent' | 'foreign' | 'damaged'
  /** The last number given out; null where there is none. */
  readonly fence: number | null
  readonly owner: LockOwner | null
  /** Whether the owner is alive; null without an owner. */
  readonly liveness: 'alive' | 'dead' | 'unknown' | null
  /** Since the owner took it, in ms by the wall clock; null without an owner. */
  readonly heldMs: number | null
  /** Since the owner last showed a sign of life, in ms by the wall clock; null without one. */
  readonly quietMs: number | null
  /** Who waits, the longest waiting first. Short waits are not seen. */
  readonly waiters: readonly LockOwner[]
}

export type BreakResult =
  | { readonly kind: 'broken'; readonly fence: number; readonly owner: LockOwner }
  /** Not held under that fence: nothing was changed. */
  | {
      readonly kind: 'refused'
      readonly found: LockInspection['state']
      readonly fence: number | null
    }
