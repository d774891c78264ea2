import type { EffectiveRollout } from '@holdfast/promotion'
import type { Clock, Observe, Random } from '@holdfast/seams'
import type { OperatorOrders } from '../breakers/operator-orders.ts'
import type { RouteBreakers } from '../breakers/route-breakers.ts'
import type { Config } from '../config/read-config.ts'
import type { FeatureOptions } from '../decide/features.ts'
import type { Restrictions } from '../decide/restrictions.ts'
import type { RetryBudget, RetryPolicy } from '../decide/retry.ts'
import type { createComparison } from '../decide/tri-delta.ts'
import type { Route } from '../decide/routes.ts'
import type { DirectoryLock } from '../learning/directory-lock.ts'
import type { Learner } from '../learning/learner.ts'
import type { RouterLedger } from '../learning/ledger.ts'
import type { AnswerCache } from './answer-cache.ts'
import type { Learned } from './outcome.ts'
import type { RouterFact } from '../tell/facts.ts'
import type { Upstream } from './upstream.ts'

/** Everything a request meets on its way, made once at the start. */
export interface RouterParts {
  readonly routes: readonly Route[]
  readonly guardrail: Route
  readonly upstreams: ReadonlyMap<string, Upstream>
  readonly breakers: RouteBreakers
  /** What operators ordered of them. */
  readonly orders: OperatorOrders
  readonly retry: RetryPolicy
  readonly retryBudget: RetryBudget
  readonly fallback: Config['fallback']
  /** What may stand in when nobody answers; null: nothing. */
  readonly cache: AnswerCache | null
  /** What the next decision is not free to do. */
  readonly restrictions: () => Restrictions
  /** How far the learned policy may act at this moment. */
  readonly rollout: () => EffectiveRollout
  readonly features: FeatureOptions
  /** λ: quality per US dollar. */
  readonly lambda: number
  /** Whether decisions that the guardrail answered are learned from. */
  readonly learnShadow: boolean
  readonly learner: Learner
  /** The most probability each route may get, where it is limited. */
  readonly caps: Readonly<Record<string, number>>
  /** What makes the data directory this router's alone. */
  readonly lock: Pick<DirectoryLock, 'isLost'>
  /** What was learned and could not be saved yet; in the ledger it is told when it is. */
  readonly unsaved: Map<string, Learned>
  readonly ledger: RouterLedger
  /** How much better than the guardrail's an answer was, by what is told of it. */
  readonly compare: ReturnType<typeof createComparison>
  /** A new decision id: a UUID version 7 (RFC 9562), unless told otherwise. */
  readonly newId: () => string
  readonly clock: Clock
  readonly random: Random
  readonly observe: Observe<RouterFact>
}
