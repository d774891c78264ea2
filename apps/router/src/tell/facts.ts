import type { BanditStoreFact, Part } from '@holdfast/bandit-store'
import type { BreakerFact } from '@holdfast/circuit-breaker'
import type { HealthFact, LifecycleFact } from '@holdfast/health'
import type { LedgerFact } from '@holdfast/ledger'
import type { LinUCBFact } from '@holdfast/linucb'
import type { PromotionFact } from '@holdfast/promotion'

/** What is worth knowing about the router. Logs, metrics and the tests hear the same facts. */
export type RouterFact =
  | RouterOwnFact
  | BanditStoreFact
  | LedgerFact
  | LinUCBFact
  | BreakerFact
  | HealthFact
  | LifecycleFact
  | PromotionFact

export type RouterOwnFact =
  | {
      /** A call to an upstream ended, well or not. */
      readonly kind: 'router.called'
      readonly id: string
      readonly route: string
      readonly live: boolean
      /** 1 for the route that was chosen; above it for one that stood in. */
      readonly attempt: number
      /** Whether the executed route is the one that scored highest. */
      readonly agrees: boolean
      readonly status: number
      readonly costUsd: number
      /** Of the prompt, as the upstream reports them, or guessed from its length. */
      readonly inputTokens: number
      /** Of the answer, likewise. */
      readonly outputTokens: number
      readonly upstreamMs: number
    }
  | {
      /** The client has its answer. */
      readonly kind: 'router.answered'
      readonly id: string
      readonly route: string
      readonly status: number
      /** What the router itself took: the whole time less the wait for the upstream, in ms. */
      readonly addedMs: number
    }
  | {
      readonly kind: 'router.refused'
      readonly status: number
      readonly code: string
      readonly message: string
      /** What was behind it, when the router itself failed. */
      readonly error?: unknown
    }
  | {
      readonly kind: 'router.upstream-failed'
      readonly id: string
      readonly route: string
      readonly status: number
      readonly code: string
      /** Begins with the route. */
      readonly message: string
    }
  /** A route that failed is called once more. */
  | {
      readonly kind: 'router.retried'
      readonly id: string
      readonly route: string
      readonly code: string
    }
  | {
      /** Another route stands in for one that did not answer. */
      readonly kind: 'router.fallback'
      /** The decision that this attempt is. */
      readonly id: string
      readonly route: string
      readonly attempt: number
      /** The decision that it stands in for. */
      readonly after: string
      /** The route that failed just before. */
      readonly from: string
    }
  /** Nobody answered, and an earlier answer to the same request was given again. */
  | { readonly kind: 'router.answered-from-cache'; readonly route: string; readonly ageMs: number }
  /** Operators' programs do not find this router by its data directory. */
  | { readonly kind: 'router.admin-file-failed'; readonly path: string; readonly error: unknown }
  /** What operators ordered of breakers cannot be read; what was obeyed before stays in force. */
  | { readonly kind: 'router.orders-unreadable'; readonly path: string; readonly reason: string }
  /** A route that rests was asked whether it is well. */
  | {
      readonly kind: 'router.probed'
      readonly route: string
      readonly isWell: boolean
      readonly tookMs: number
    }
  | { readonly kind: 'router.client-gone'; readonly id: string; readonly route: string }
  | {
      readonly kind: 'router.learned'
      readonly id: string
      readonly route: string
      readonly part: Part
      readonly reward: number
      readonly update: number
      /** How much better the answer was than the guardrail's, −1 to 1; null where that is not known. */
      readonly triDelta: number | null
      /** What the caller told besides; null when the router itself judged a call that failed. */
      readonly said: Said | null
    }
  | {
      readonly kind: 'router.feedback'
      readonly result: FeedbackResult
      /** How good the answer was at once, in the caller's own terms; null for what was known only later. */
      readonly told: number | null
    }
  | {
      /** A decision was made under restrictions, for a moment: an anomaly, or breakers that are open. */
      readonly kind: 'router.restricted'
      readonly id: string
      /** `anomaly_engaged` among them while the anomaly switch is engaged. */
      readonly reasons: readonly string[]
      /** Routes that could not be chosen. */
      readonly mask: readonly string[]
      /** The policy's probabilities under the restrictions, by route. */
      readonly probabilities: Readonly<Record<string, number>>
    }
  /** The anomaly switch has engaged: decisions are restricted from now on. */
  | ({ readonly kind: 'router.anomaly-engaged' } & AnomalyTold)
  /** All is as usual again. */
  | ({ readonly kind: 'router.anomaly-released' } & AnomalyTold)
  | { readonly kind: 'router.decision-failed'; readonly id: string; readonly error: unknown }
  | { readonly kind: 'router.state-fresh'; readonly path: string }
  | {
      readonly kind: 'router.state-loaded'
      readonly path: string
      /** Rewards learned so far. */
      readonly updates: number
    }
  | {
      /** The state was learned from other features; learning starts anew. */
      readonly kind: 'router.state-set-aside'
      readonly path: string
      readonly reason: string
      readonly keptAt: string | null
    }
  | {
      readonly kind: 'router.state-broken'
      readonly path: string
      readonly reason: string
      /** Where the broken file was put. */
      readonly keptAt: string | null
    }
  /** At the end of the process lessons were left that the disk never took. */
  | { readonly kind: 'router.lessons-unsaved'; readonly unsaved: number; readonly error: unknown }
  /** A process of the router works, and which process of the system it is. */
  | { readonly kind: 'router.worker-started'; readonly worker: number; readonly workerPid: number }
  /** A process of the router ended without being told to; another takes its place after `restartInMs`. */
  | {
      readonly kind: 'router.worker-ended'
      readonly worker: number
      readonly workerPid: number
      /** Its exit code, or the signal that ended it. */
      readonly how: string
      readonly restartInMs: number
    }
  | {
      /** Learning starts from a table of outcomes. */
      readonly kind: 'router.prior-loaded'
      readonly table: string
      readonly rows: number
      readonly effectiveCount: number
      /** What reading and adding up took, in ms. */
      readonly tookMs: number
    }
  | { readonly kind: 'router.ignored-setting'; readonly name: string; readonly why: string }
  | {
      /** Another router holds the data directory; this one waits for it to end. */
      readonly kind: 'router.waiting-for-lock'
      readonly path: string
      readonly ownerPid: number | null
      readonly waitMs: number
    }
  /** Another process may write to the data directory now: the state is not saved any more. */
  | { readonly kind: 'router.lock-lost'; readonly path: string; readonly error: unknown }
  | { readonly kind: 'router.listening'; readonly url: string }
  | { readonly kind: 'router.stopping'; readonly reason: string }

/** What the anomaly switch saw last. */
export interface AnomalyTold {
  /** Weighted sum of the smoothed signals. */
  readonly score: number
  readonly driftZ: number
  readonly jitter: number
  readonly pressure: number
}

/** What a caller says of an answer, as it was said. */
export interface Said {
  /** 0 to 1; null when something else was told. */
  readonly quality: number | null
  /** How much better the answer was than the usual, by the caller's own account; null when something else was told. */
  readonly triDelta: number | null
  /** What was deployed upon the answer, and how that went; null when something else was told. */
  readonly deployment: {
    readonly isSloOk: boolean
    /** It had to be taken back. */
    readonly isRollback: boolean
    /** 0 to 1. */
    readonly errorRate: number
  } | null
}

/** `unsaved`: learned, and not yet durable. `unavailable`: not learned, because it could not be kept. */
export type FeedbackResult =
  | 'learned'
  | 'duplicate'
  | 'unknown'
  | 'expired'
  | 'unsaved'
  | 'unavailable'
