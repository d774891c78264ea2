import { uniformFrom } from './chance.ts'
import { LinUCBInputError, UnknownArmError } from './errors.ts'
import type { Model, Play } from './model.ts'
import { applyCaps, draw, spreadShares } from './policy.ts'
import { readContext } from './input.ts'

export interface DecideOptions {
  /** Ids of the arms that may NOT be chosen this time. Default none. */
  readonly mask?: readonly string[]
  /** The most probability an arm may have this time, 0 to 1, by id. Default 1 each. */
  readonly caps?: Readonly<Record<string, number>>
  /** The share of exploration this time, 0 to 1. Default: the model's own. */
  readonly epsilon?: number
  /** Id of the decision, non-empty. Chance is derived from it, so the decision can be replayed. */
  readonly id?: string
}

/** Which arm, and how likely each was. */
export interface Decision {
  /** The chosen arm, or the guardrail. */
  readonly arm: string
  /** The probability with which it was chosen: `probabilities[arm]`, above 0. */
  readonly p: number
  /** Every arm in play, 0 where masked, and the guardrail if it could be chosen. They add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>
  /** xᵀθ + bound of every arm in play, masked or not, in units of reward. */
  readonly scores: Readonly<Record<string, number>>
  /** α·√(xᵀA⁻¹x) of every arm in play, in units of reward. */
  readonly bounds: Readonly<Record<string, number>>
}

/** The rules of a decision, in order: score, mask, spread, cap, draw. */
export function decide(
  model: Model,
  context: ArrayLike<number>,
  options: DecideOptions | undefined,
): Decision {
  const { settings, play } = model
  const { scores, shares, guardrail } = play
  readContext(context, play.kernel.context, 'context')
  const capped = readLimits(model, options)
  const epsilon = epsilonOf(model, options?.epsilon)
  const uniform = uniformOf(model, options?.id)

  score(play, settings.alpha)
  let rest = spreadShares(scores, play.allowed, epsilon, settings.exploreWithin, shares)
  const reason = rest > 0 ? 'nothing-allowed' : 'caps'
  if (capped && rest === 0) rest = applyCaps(scores, play.allowed, play.caps, shares)
  if (guardrail >= 0) shares[guardrail] = Math.min(1, shares[guardrail]! + rest)

  const outside = guardrail >= 0 ? 0 : rest
  const decision = decisionOf(model, draw(shares, outside, uniform), outside)
  // Told last: whoever hears it may decide in turn, with the same arrays.
  if (rest > 0) settings.observe({ kind: 'linucb.guarded', reason, probability: rest })
  return decision
}

function epsilonOf({ settings }: Model, epsilon: number | undefined): number {
  if (epsilon === undefined) return settings.epsilon
  if (typeof epsilon !== 'number' || !(epsilon >= 0 && epsilon <= 1)) {
    throw new LinUCBInputError('epsilon', 'a number from 0 to 1', epsilon)
  }
  return epsilon
}

function uniformOf({ settings }: Model, id: string | undefined): number {
  if (id === undefined) return settings.random.next()
  if (typeof id !== 'string' || id === '') {
    throw new LinUCBInputError('id', 'a non-empty string', id)
  }
  return uniformFrom(id)
}

/** Reads mask and caps into `play`. @returns whether there are caps. */
function readLimits(model: Model, options: DecideOptions | undefined): boolean {
  const { allowed, caps } = model.play
  for (let i = 0; i < allowed.length; i += 1) allowed[i] = 1
  if (options === undefined) return false
  const { mask, caps: limits } = options
  if (mask !== undefined) {
    for (const id of mask) {
      const slot = slotOf(model, 'mask', id)
      if (slot >= 0) allowed[slot] = 0
    }
  }
  if (limits === undefined) return false
  caps.fill(1)
  for (const [id, cap] of Object.entries(limits)) {
    if (typeof cap !== 'number' || !(cap >= 0 && cap <= 1)) {
      throw new LinUCBInputError(`caps.${id}`, 'a number from 0 to 1', cap)
    }
    const slot = slotOf(model, 'caps', id)
    if (slot >= 0) caps[slot] = cap
  }
  return true
}

/** @returns −1 for a name that is known but has no slot: an arm at rest, or the guardrail. */
function slotOf({ arms, settings, retired }: Model, field: string, id: string): number {
  const arm = arms.get(id)
  if (arm !== undefined) return arm.slot
  // A mask may outlive the arm it speaks of; a name never heard of is a mistake, and an unsafe one.
  if (id === settings.guardrail || retired.has(id)) return -1
  throw new UnknownArmError(field, id, [...arms.keys()], false)
}

function score({ kernel, scores, bounds }: Play, alpha: number): void {
  const { means, spreads } = kernel
  kernel.score()
  for (let i = 0; i < scores.length; i += 1) {
    const bound = alpha * Math.sqrt(spreads[i]!)
    bounds[i] = bound
    scores[i] = means[i]! + bound
  }
}

function decisionOf({ settings, play }: Model, chosen: number, outside: number): Decision {
  const { ids, shares, recordOf } = play
  const probabilities = recordOf(shares)
  if (outside > 0) probabilities[settings.guardrail] = outside
  play.decisions[chosen < 0 ? ids.length : chosen]! += 1
  return {
    arm: chosen < 0 ? settings.guardrail : ids[chosen]!,
    p: chosen < 0 ? outside : shares[chosen]!,
    probabilities,
    scores: recordOf(play.scores),
    bounds: recordOf(play.bounds),
  }
}
