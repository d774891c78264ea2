import {
  createSharedBandit,
  type Lesson,
  type Recalled,
  type RewardResult,
  type SharedBandit,
  type StoreHealth,
} from '@holdfast/bandit-store'
import type { Decision, LinUCBOptions } from '@holdfast/linucb'
import type { Observe } from '@holdfast/seams'
import { NONE, together, type Restrictions } from '../decide/restrictions.ts'
import type { RouterFact } from '../tell/facts.ts'
import type { LearnedStore } from './learned-store.ts'

export interface LearnerOptions {
  readonly bandit: Omit<LinUCBOptions, 'dim' | 'observe'> & { readonly guardrail: string }
  /** Upper bounds of an arm's probability, 0 to 1. */
  readonly caps: Readonly<Record<string, number>>
  /** After so many hours of traffic a lesson counts half; null: for ever whole. */
  readonly halfLifeHours: number | null
  /** Whether other processes learn too, so that one of them may have been told the same a moment ago. Default false. */
  readonly isShared?: boolean
  readonly observe: Observe<RouterFact>
}

/** A decision that was carried out and waits to hear how good it was. */
export interface PendingDecision {
  readonly route: string
  readonly context: Float64Array
  readonly costUsd: number
}

export type Claim =
  | { readonly kind: 'found'; readonly decision: PendingDecision }
  /** `unavailable`: nothing is remembered, because what was learned cannot be opened, or what others decided cannot be known now. */
  | { readonly kind: 'unknown' | 'expired' | 'unavailable' }

/** What all processes of the router have learned. */
export interface Learner {
  /** False after what was learned was found broken: the guardrail answers until the next start. */
  readonly isTrusted: boolean
  /** Decisions whose reward was learned, by every process that there ever was. */
  readonly updates: number
  /** Decisions of this process that wait for their reward. */
  readonly awaiting: number
  /**
   * Never throws: when the policy cannot decide, the guardrail answers, and a fact says why.
   * @param restrictions on top of the caps that always hold. Default none.
   */
  decide(id: string, context: Float64Array, restrictions?: Restrictions): Decision
  /** Keeps a decision until its reward comes, to whatever process. Never waits, never throws. */
  remember(id: string, decision: PendingDecision): void
  recall(id: string): Promise<Claim>
  /**
   * Learns what a decision brought, and answers when that is durable and decided by, also when it was known already.
   * @throws {BanditStoreWriteError} if it could not be written yet; it is learned, and written when that is possible.
   * @throws {BanditStoreFullError} if nothing can be written and no more is taken.
   */
  reward(id: string, lesson: Lesson): Promise<RewardResult | 'unavailable'>
  health(): StoreHealth
  /** Waits until everything is written; what cannot be is told as a fact. */
  close(): Promise<void>
}

/** Makes a learner of what was learned. It owns the store. */
export async function openLearner(
  { store, isTrusted }: LearnedStore,
  options: LearnerOptions,
): Promise<Learner> {
  const { caps, halfLifeHours, isShared = false, observe } = options
  const { guardrail } = options.bandit
  const always: Restrictions = { ...NONE, caps }
  const byGuardrail: Decision = {
    arm: guardrail,
    p: 1,
    probabilities: { [guardrail]: 1 },
    scores: {},
    bounds: {},
  }
  const shared: SharedBandit | null =
    store === null
      ? null
      : await createSharedBandit({
          ...options.bandit,
          store,
          forgetting: halfLifeHours === null ? {} : { halfLifeMs: halfLifeHours * HOUR_MS },
          observe,
        })

  return {
    isTrusted,
    get updates() {
      if (store === null) return 0
      const { decisions, imported } = store.read()
      return [...imported.values()].reduce((sum, { pulls }) => sum + pulls, decisions)
    },
    get awaiting() {
      return store?.awaiting ?? 0
    },
    decide(id, context, restrictions = NONE) {
      const { reasons, ...limits } = together(always, restrictions)
      try {
        const decision = shared?.decide(context, { id, ...limits }) ?? byGuardrail
        if (reasons.length > 0) {
          const { mask } = limits
          const { probabilities } = decision
          observe({ kind: 'router.restricted', id, reasons, mask, probabilities })
        }
        return decision
      } catch (error) {
        // A bug in the learning must not cost an answer: the guardrail stands in, and we hear of it.
        observe({ kind: 'router.decision-failed', id, error })
        return byGuardrail
      }
    },
    remember(id, { route, context, costUsd }) {
      try {
        store?.remember(id, { arm: route, context, note: JSON.stringify({ costUsd }) })
      } catch (error) {
        observe({ kind: 'router.decision-failed', id, error })
      }
    },
    async recall(id) {
      if (store === null) return { kind: 'unavailable' }
      try {
        return claimOf(await store.recall(id))
      } catch (error) {
        // What is no id of ours was never given out.
        if ((error as { code?: unknown }).code === 'BANDIT_STORE_INPUT') return { kind: 'unknown' }
        throw error
      }
    },
    async reward(id, lesson) {
      if (store === null) return 'unavailable'
      // What another process learned is known within a moment; whoever tells a thing twice should be told so now.
      // That it cannot be read is told by `health`, and then a duplicate counts once all the same.
      if (isShared) await store.catchUp().catch(() => {})
      const result = await store.reward(id, lesson)
      await shared?.settled()
      return result
    },
    health() {
      if (store !== null) return store.health()
      const error = new Error('what was learned could not be opened')
      return { status: 'critical', unsaved: 0, error, savedAtMs: null }
    },
    async close() {
      await shared?.close()
      try {
        await store?.close()
      } catch (error) {
        const unsaved = store?.health().unsaved ?? 0
        observe({ kind: 'router.lessons-unsaved', unsaved, error })
      }
    },
  }
}

const HOUR_MS = 3_600_000

function claimOf(recalled: Recalled): Claim {
  if (recalled.kind !== 'found') return { kind: recalled.kind }
  const { arm: route, context, note } = recalled
  const { costUsd } = JSON.parse(note) as { costUsd: number }
  return { kind: 'found', decision: { route, context, costUsd } }
}
