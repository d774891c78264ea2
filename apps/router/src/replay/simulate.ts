import { createMemoryStore, createSharedBandit } from '@holdfast/bandit-store'
import { createLinUCB, type LinUCBOptions } from '@holdfast/linucb'
import { systemClock, type Clock } from '@holdfast/seams'
import { LOWEST_REWARD } from '../decide/reward.ts'
import { epochsFor } from '../learning/learned-store.ts'
import type { ReplayIds } from './replay-ids.ts'

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
 * Plays a stream with what the router itself learns by, but for the disk: given the ids of a replay of one request at a
 * time, it decides as that did.
 * @returns the reward of each decision.
 */
export async function simulate(
  stream: readonly Prompt[],
  learner: Simulated,
  ids: ReplayIds,
): Promise<number[]> {
  const { caps, halfLifeHours } = learner
  const { dim, observe: _, ...bandit } = learner.bandit
  await using store = createMemoryStore({
    dim,
    keepEpochs: epochsFor(halfLifeHours),
    // The time of the ids is logical, and long past.
    deadlineMs: FOR_EVER_MS,
    clock,
  })
  const forgetting = halfLifeHours === null ? {} : { halfLifeMs: halfLifeHours * HOUR_MS }
  await using shared = await createSharedBandit({ ...bandit, store, forgetting, clock })
  const rewards: number[] = []
  for (const prompt of stream) {
    const id = ids.next()
    const { context } = prompt
    const { arm } = shared.decide(context, { id, caps })
    const reward = prompt.rewards[shared.arms.indexOf(arm)] ?? 0
    await store.reward(id, { arm, context, reward: Math.max(reward, LOWEST_REWARD) })
    await shared.settled()
    rewards.push(reward)
  }
  return rewards
}

/** Nobody else waits for this process, so that nothing has to pause for them. */
const clock: Clock = { ...systemClock, sleep: () => Promise.resolve() }
const HOUR_MS = 3_600_000
const FOR_EVER_MS = 1e15

/** Plays a stream by what was known before it, and learns nothing. @returns the reward of each decision. */
export function simulateStatic(stream: readonly Prompt[], bandit: LinUCBOptions): number[] {
  const table = createLinUCB({ ...bandit, alpha: 0, epsilon: 0 })
  return stream.map(({ context, rewards }) => {
    // Nothing is left to chance but equal scores, and those are broken alike each time.
    const { arm } = table.decide(context, { id: 'static table' })
    return rewards[table.arms.indexOf(arm)] ?? 0
  })
}
