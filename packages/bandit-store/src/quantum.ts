import { BanditStoreInputError } from './errors.ts'

/**
 * Steps in 1. Contexts and rewards are rounded to multiples of 2⁻¹², so that their products are multiples of 2⁻²⁴
 * and sums of them stay exact in a float up to 2²⁹ (5 · 10⁸ observations of size 1): addition then has no order.
 */
export const STEPS = 4096
/** Contexts are kept in 16 bits. */
const CONTEXT_LIMIT = 8
const REWARD_LIMIT = 1000

/**
 * A context in steps.
 * @throws {BanditStoreInputError} naming the entry.
 */
export function contextSteps(context: ArrayLike<number>, dim: number): Int16Array {
  // A caller without types may give nothing at all.
  const length = (context as ArrayLike<number> | null | undefined)?.length
  if (length !== dim) throw new BanditStoreInputError('context.length', `${dim}`, length)
  const steps = new Int16Array(dim)
  for (let i = 0; i < dim; i += 1) {
    const value = context[i]!
    if (typeof value !== 'number' || !(value >= -CONTEXT_LIMIT && value < CONTEXT_LIMIT)) {
      throw new BanditStoreInputError(
        `context[${i}]`,
        `a number from −${CONTEXT_LIMIT} to below ${CONTEXT_LIMIT}`,
        value,
      )
    }
    // What is nearer to 8 than to the last step below it would not fit.
    steps[i] = Math.min(Math.round(value * STEPS), 0x7fff)
  }
  return steps
}

/** @throws {BanditStoreInputError} if `reward` is not a usable number. */
export function rewardSteps(reward: number): number {
  if (typeof reward !== 'number' || !(Math.abs(reward) <= REWARD_LIMIT)) {
    throw new BanditStoreInputError(
      'reward',
      `a number from −${REWARD_LIMIT} to ${REWARD_LIMIT}`,
      reward,
    )
  }
  // Rounding gives −0 too, which would come back from a file as 0.
  return Math.round(reward * STEPS) + 0
}

/** @returns x of its steps, as it is learned. */
export function contextOf(steps: Int16Array): Float64Array {
  const context = new Float64Array(steps.length)
  for (let i = 0; i < steps.length; i += 1) context[i] = steps[i]! / STEPS
  return context
}

/**
 * A context as the store learns it: each entry rounded to a multiple of 2⁻¹².
 * @throws {BanditStoreInputError} naming the entry.
 */
export function quantised(context: ArrayLike<number>): Float64Array {
  return contextOf(contextSteps(context, context.length))
}
