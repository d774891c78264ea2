/** No single call costs more: a larger figure is a mistake of the upstream, and would drown every lesson. */
export const LARGEST_COST_USD = 1000

/** No reward is lower, or higher than its opposite: beyond it one lesson would drown all others. */
export const LOWEST_REWARD = -1000

/** Tokens of one call, as the upstream counted them. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  /** What the upstream says the call cost, in USD. It knows better than a price list. */
  readonly costUsd?: number
}

/** USD per million tokens. */
export interface Prices {
  readonly input: number
  readonly output: number
}

export function costUsd(usage: Usage, prices: Prices): number {
  const { inputTokens, outputTokens } = usage
  const listed = (inputTokens * prices.input + outputTokens * prices.output) / 1_000_000
  return Math.min(usage.costUsd ?? listed, LARGEST_COST_USD)
}

/** Reward = quality − λ · cost. λ says how much quality one US dollar is worth. */
export function reward(quality: number, cost: number, lambda: number): number {
  return quality - lambda * cost
}

/** A token is about four characters of English: the estimate when an upstream reports no usage. */
export function estimatedTokens(characters: number): number {
  return Math.ceil(characters / 4)
}
