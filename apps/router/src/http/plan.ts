import { quantised } from '@holdfast/bandit-store'
import type { EffectiveRollout } from '@holdfast/promotion'
import { SCANNED_CHARACTERS, features } from '../decide/features.ts'
import { fallbackOrder } from '../decide/fallback.ts'
import type { Restrictions } from '../decide/restrictions.ts'
import { assign } from '../decide/assign.ts'
import { AUTO, modelNames, routeFor, type Route } from '../decide/routes.ts'
import { lengthOf, promptOf, subjectOf, taskOf, type ChatRequest } from './chat-request.ts'
import { RequestError } from './errors.ts'
import type { RouterParts } from './router-parts.ts'

/** Who chose the route: the policy, the caller, or else what made the guardrail answer. */
export type Why =
  | 'policy'
  | 'named'
  | 'killed'
  | 'untrusted'
  | 'not enabled'
  | 'rolled back'
  /** No rollout was begun, or its state cannot be read. */
  | 'no rollout'
  | 'not in the pilot'
  /** Another route was to answer, and did not. */
  | 'fallback'

/** What will be done about one request, and why. */
export interface Plan {
  readonly id: string
  readonly route: Route
  readonly live: boolean
  /** Whether the caller named the route. */
  readonly isNamed: boolean
  readonly why: Why
  /** The share of subjects that the policy answered for when this was decided, 0 to 1. */
  readonly pilot: number
  /** Who asks, as `subjectOf` has it. */
  readonly subject: string | null
  /** Probability of `route` under everything that decided it. */
  readonly p: number
  /** The policy's own probabilities, scores and bounds. */
  readonly probabilities: Readonly<Record<string, number>>
  readonly scores: Readonly<Record<string, number>>
  readonly bounds: Readonly<Record<string, number>>
  /** The route that scored highest; null when the policy failed. */
  readonly argmax: string | null
  readonly context: Float64Array
  readonly promptCharacters: number
  /** What the decision was not free to do. */
  readonly restrictions: Restrictions
  /** 1 for the route that was chosen, 2 for the first that stands in for it, and so on. */
  readonly attempt: number
  /** The decision whose route this one stands in for; null if it is the first. */
  readonly after: string | null
}

/** @throws {RequestError} 404 if `model` names nothing we have. */
export function planFor(parts: RouterParts, request: ChatRequest): Plan {
  const { routes, guardrail, learner } = parts
  const rollout = parts.rollout()
  const wanted = routeFor(request.model, routes)
  if (wanted === null) {
    throw new RequestError(
      404,
      'model_not_found',
      `model: must be one of ${modelNames(routes).join(', ')}, got ${JSON.stringify(request.model)}`,
      { param: 'model' },
    )
  }
  const id = parts.newId()
  // What is decided by, written down and learned is the same to the last bit.
  const context = quantised(
    features(promptOf(request, SCANNED_CHARACTERS), taskOf(request), parts.features),
  )
  const restrictions = parts.restrictions()
  const pilot = learner.isTrusted ? rollout.pilot : 0
  const decision = learner.decide(id, context, restrictions)
  const shared = {
    id,
    context,
    probabilities: decision.probabilities,
    scores: decision.scores,
    bounds: decision.bounds,
    argmax: highest(decision.scores) ?? null,
    promptCharacters: lengthOf(request),
    restrictions,
    pilot,
    subject: subjectOf(request),
    attempt: 1,
    after: null,
  }
  // The kill switch is for the worst hour: it wins over a route that the caller named.
  if (wanted !== AUTO && rollout.because !== 'kill') {
    return { ...shared, route: wanted, live: false, isNamed: true, why: 'named', p: 1 }
  }
  const { route, live, p } = assign(decision, guardrail.id, pilot, request.user || id)
  const chosen = routes.find((one) => one.id === route) ?? guardrail
  const why = live ? 'policy' : learner.isTrusted ? WHY_GUARDRAIL[rollout.because] : 'untrusted'
  return { ...shared, route: chosen, live, isNamed: false, why, p }
}

/**
 * The routes to ask, one after the other. Where the guardrail must answer, or the caller named who should, nobody
 * stands in.
 */
export function* candidates(parts: RouterParts, plan: Plan): Generator<Route> {
  yield plan.route
  const { routes, guardrail, caps, fallback } = parts
  if (!plan.live || !fallback.enabled) return
  const ids = routes.map(({ id }) => id)
  for (const id of fallbackOrder(plan.route.id, guardrail.id, ids, { ...plan, caps })) {
    yield* routes.filter((route) => route.id === id)
  }
}

/** The plan of a route that stands in. Nothing is left to chance, so its probability, given what failed, is 1. */
export const standIn = (plan: Plan, route: Route, attempt: number, id: string): Plan => ({
  ...plan,
  id,
  route,
  live: false,
  why: 'fallback',
  p: 1,
  attempt,
  after: id === plan.id ? null : plan.id,
})

const WHY_GUARDRAIL: Readonly<Record<EffectiveRollout['because'], Why>> = {
  kill: 'killed',
  disabled: 'not enabled',
  rollback: 'rolled back',
  'no-state': 'no rollout',
  stage: 'not in the pilot',
  fixed: 'not in the pilot',
}

function highest(scores: Readonly<Record<string, number>>): string | undefined {
  let best: string | undefined
  for (const arm of Object.keys(scores)) {
    if (best === undefined || (scores[arm] ?? 0) > (scores[best] ?? 0)) best = arm
  }
  return best
}
