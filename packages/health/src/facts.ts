import type { Group, Status } from './status.ts'

/** Everything worth knowing that this package does or finds. */
export type HealthFact =
  /** A check's status changed. */
  | {
      readonly kind: 'health.changed'
      readonly name: string
      readonly from: Status
      readonly to: Status
      readonly message: string | null
    }
  /** The worst of a group changed: what a probe of it is told. */
  | {
      readonly kind: 'health.group-changed'
      readonly group: Group
      readonly from: Status
      readonly to: Status
    }
  /** A check did not answer in time, and its signal was aborted. */
  | { readonly kind: 'health.check-timed-out'; readonly name: string; readonly timeoutMs: number }
  /** Whoever decides who may see details threw. Nothing but the status was shown. */
  | { readonly kind: 'health.authorise-failed'; readonly error: unknown }

/** What happens during a stop. */
export type LifecycleFact =
  | {
      readonly kind: 'lifecycle.stopping'
      readonly reason: string
      readonly drainMs: number
      readonly deadlineMs: number
    }
  | { readonly kind: 'lifecycle.phase-done'; readonly phase: string; readonly tookMs: number }
  | {
      readonly kind: 'lifecycle.phase-failed'
      readonly phase: string
      readonly tookMs: number
      readonly error: unknown
    }
  /** Its time, or that of the whole stop, is up. What comes after it goes on. */
  | { readonly kind: 'lifecycle.phase-hung'; readonly phase: string; readonly tookMs: number }
  /** The time of the whole stop was up before it could begin. */
  | {
      readonly kind: 'lifecycle.phase-skipped'
      readonly phase: string
      /** What it was to come after, and was not over. */
      readonly waitedFor: readonly string[]
    }
  /** A phase was to come after one that never was. */
  | { readonly kind: 'lifecycle.phase-missing'; readonly phase: string; readonly after: string }
  | {
      readonly kind: 'lifecycle.stopped'
      readonly reason: string
      readonly isClean: boolean
      readonly tookMs: number
    }
