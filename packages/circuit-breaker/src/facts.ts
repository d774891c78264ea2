import type { FailureKind } from './kinds.ts'
import type { OpenCause } from './cause.ts'
import type { Mode, State } from './state.ts'

/** Everything worth knowing that a breaker does. `breaker` is its name. A call that went well is no fact. */
export type BreakerFact =
  /** Calls are refused from now on. Told again when an open breaker is tripped for longer. */
  | {
      readonly kind: 'breaker.opened'
      readonly breaker: string
      readonly era: number
      /** How many times it has opened since it was last closed. */
      readonly attempt: number
      /** For how long, in ms. */
      readonly openMs: number
      readonly because: OpenCause['kind']
      readonly cause: OpenCause
    }
  /** The open time is over and the first probe is let through. */
  | {
      readonly kind: 'breaker.probing'
      readonly breaker: string
      readonly era: number
      readonly attempt: number
    }
  | {
      readonly kind: 'breaker.closed'
      readonly breaker: string
      readonly era: number
      readonly because: 'probes' | 'reset'
    }
  /** A call failed and was recorded. */
  | {
      readonly kind: 'breaker.failure'
      readonly breaker: string
      readonly era: number
      readonly failure: FailureKind
      /** What it counts. */
      readonly weight: number
      readonly error?: unknown
    }
  /** A call took longer than `slowMs`, whatever came of it. */
  | {
      readonly kind: 'breaker.slow'
      readonly breaker: string
      readonly era: number
      readonly tookMs: number
    }
  /** A call was not let through. */
  | {
      readonly kind: 'breaker.refused'
      readonly breaker: string
      readonly state: 'open' | 'probing' | 'isolated'
      readonly retryInMs: number
    }
  /** A result came from an earlier era, or for the second time. It was dropped. */
  | {
      readonly kind: 'breaker.stale'
      readonly breaker: string
      /** The era of its pass. */
      readonly passEra: number
      readonly era: number
    }
  /** A caller got its fallback instead of an error. */
  | {
      readonly kind: 'breaker.fallback'
      readonly breaker: string
      readonly because: 'refused' | 'timeout' | 'failure'
    }
  /** It is observing and would have opened. Told once each time a limit is reached. */
  | {
      readonly kind: 'breaker.would-open'
      readonly breaker: string
      readonly era: number
      readonly because: OpenCause['kind']
      readonly cause: OpenCause
    }
  | {
      readonly kind: 'breaker.isolated'
      readonly breaker: string
      readonly era: number
      readonly reason: string
      /** Null: until it is released. */
      readonly forMs: number | null
    }
  /** One isolation ended: by its handle, or because its time ran out. Others may hold on. */
  | {
      readonly kind: 'breaker.released'
      readonly breaker: string
      readonly era: number
      readonly reason: string
      readonly because: 'handle' | 'expired'
      /** What it is now. */
      readonly to: State['kind'] | 'isolated'
    }
  | {
      readonly kind: 'breaker.mode-set'
      readonly breaker: string
      readonly era: number
      readonly from: Mode
      readonly to: Mode
    }
  /**
   * The function `openMs` threw, or gave no length of time: the last good one, or 30 s, was taken instead. Or chance did, which
   * then moved nothing.
   */
  | {
      readonly kind: 'breaker.open-ms-failed'
      readonly breaker: string
      readonly usedMs: number
      readonly error: unknown
    }
  /** The judge threw, or said what is no judgement: the call counted as it would without a judge. */
  | {
      readonly kind: 'breaker.judge-failed'
      readonly breaker: string
      readonly error: unknown
    }
