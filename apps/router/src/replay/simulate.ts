import { createLinUCB, type LinUCBOptions } from '@holdfast/linucb'
import { fading, type Learn } from './fading.ts'
import { DECISIONS_PER_HOUR, type ReplayIds } from './replay-ids.ts'

/** One prompt of a stream, as a learner meets it. */
export interface Prompt {
  readonly context: Float64Array
  /** What each arm would bring, in the order of the arms. */
  readonly rewards: readonly number[]
}

/** A learner that plays a stream in this process, without HTTP, and hears of each reward at once. */
export interface Simulated {
  readonly bandit: LinUCBOptions
  /** The most probability each arm may get. */
  readonly caps: Readonly<Record<string, number>>
  /** After how many hours a lesson counts half; null never forgets. */
  readonly halfLifeHours: number | null
}

/**
 * Plays a stream as the router would, given the same ids.
 * @returns the reward of each decision.
 */
export function simulate(stream: readonly Prompt[], learner: Simulated, ids: ReplayIds): number[] {
  const { caps, halfLifeHours } = learner
  const { prior, ...others } = learner.bandit
  const bandit = createLinUCB(halfLifeHours === null ? learner.bandit : others)
  const learn: Learn =
    halfLifeHours === null
      ? (arm, context, reward) => bandit.learn(arm, context, reward)
      : fading(bandit, prior, halfLifeHours)
  return stream.map(({ context, rewards }, i) => {
    const { arm } = bandit.decide(context, { id: ids.next(), caps })
    const reward = rewards[bandit.arms.indexOf(arm)] ?? 0
    // The first decision is of the first minute, not of minute 0.
    learn(arm, context, reward, Math.floor((i + 1) / DECISIONS_PER_HOUR))
    return reward
  })
}

/** Plays a stream by what was known before it, and learns nothing. @returns the reward of each decision. */
export function simulateStatic(stream: readonly Prompt[], bandit: LinUCBOptions): number[] {
  const table = createLinUCB({ ...bandit, alpha: 0, epsilon: 0 })
  return stream.map(({ context, rewards }) => {
    // Nothing is left to chance but equal scores, and those are broken alike each time.
    const { arm } = table.decide(context, { id: 'static table' })
    return rewards[table.arms.indexOf(arm)] ?? 0
  })
}
