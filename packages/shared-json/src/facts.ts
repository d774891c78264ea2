import type { JsonFact } from '@holdfast/atomic-json'
import type { LockFact } from '@holdfast/file-lock'

/** All that `observe` hears: what this package tells, and what the lock and the file tell on the way. */
export type SharedJsonFact = SharedJsonOwnFact | LockFact | JsonFact

/** What this package itself tells. `path` is as the caller gave it. */
export type SharedJsonOwnFact =
  /** The new value is in place, the lock given back. */
  | {
      readonly kind: 'shared-json.updated'
      readonly path: string
      readonly fence: number
      /** From the call to the lock, in ms. */
      readonly waitedMs: number
      /** From the lock to its return: reading, `change` and writing, in ms. */
      readonly heldMs: number
    }
  /** `change` found nothing to do, so nothing was written. */
  | {
      readonly kind: 'shared-json.unchanged'
      readonly path: string
      readonly fence: number
      readonly waitedMs: number
      readonly heldMs: number
    }
  /** Written, but the lock was not confirmed as ours until then; `code` is the lock's. */
  | {
      readonly kind: 'shared-json.unconfirmed'
      readonly path: string
      readonly fence: number
      readonly code: string
    }
  /** A file without fence became the one under fence 0. */
  | { readonly kind: 'shared-json.adopted'; readonly path: string; readonly file: string }
