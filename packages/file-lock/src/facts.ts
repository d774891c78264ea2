import type { LockFailedCode } from './errors.ts'
import type { Opening } from './engine.ts'
import type { LockOwner } from './owner.ts'

/** Everything worth knowing that this package does or finds. `path` is as the caller gave it. */
export type LockFact =
  | {
      readonly kind: 'lock.won'
      readonly path: string
      readonly engine: string
      readonly fence: number
      /** From the call to the lock, in ms. */
      readonly waitedMs: number
    }
  /** It was taken from a holder who died, or whose lease ran out. */
  | {
      readonly kind: 'lock.taken-over'
      readonly path: string
      readonly fence: number
      readonly because: Exclude<Opening, 'free'>
      /** Null for a holder that left no record. */
      readonly from: LockOwner | null
    }
  | {
      readonly kind: 'lock.timed-out'
      readonly path: string
      readonly waitedMs: number
      readonly owner: LockOwner | null
    }
  | {
      readonly kind: 'lock.released'
      readonly path: string
      readonly fence: number
      readonly heldMs: number
    }
  /** The lock is not ours any more, and we did not give it back. */
  | {
      readonly kind: 'lock.lost'
      readonly path: string
      readonly fence: number
      readonly heldMs: number
    }
  /** Someone took the lock from its holder by hand. */
  | {
      readonly kind: 'lock.broken'
      readonly path: string
      readonly fence: number
      readonly owner: LockOwner
    }
  /** The system refused; what the code means is in the list of errors. */
  | { readonly kind: 'lock.failed'; readonly path: string; readonly code: LockFailedCode }
