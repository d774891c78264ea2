import { priorFromTable } from '@holdfast/linucb'
import { seededRandom } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { replayIds } from './replay-ids.ts'
import { simulate, simulateStatic, type Prompt } from './simulate.ts'

const ALWAYS = Float64Array.of(1)
/** The first arm is best, until it fails half way. */
const stream: readonly Prompt[] = Array.from({ length: 1_200 }, (_, i) => ({
  context: ALWAYS,
  rewards: i < 600 ? [0.9, 0.6] : [0.1, 0.6],
}))
const bandit = { arms: ['a', 'b'], dim: 1, alpha: 0.3, epsilon: 0.02 }
const played = (halfLifeHours: number | null, more: object = {}, seed = 1): Promise<number[]> =>
  simulate(
    stream,
    { bandit: { ...bandit, ...more }, caps: {}, halfLifeHours },
    replayIds(seededRandom(seed)),
  )
const prior = priorFromTable(
  Array.from({ length: 300 }, () => [
    { arm: 'a', context: ALWAYS, reward: 0.9 },
    { arm: 'b', context: ALWAYS, reward: 0.6 },
  ]).flat(),
  2000,
)
/** How many decisions after the failure still went to the arm that failed. */
const lateOn = (rewards: readonly number[]): number =>
  rewards.slice(600).filter((reward) => reward === 0.1).length

describe('a simulated learner', () => {
  it('repeats with its ids', async () => {
    const once = await played(null)
    expect(await played(null)).toEqual(once)
    expect(await played(null, {}, 2)).not.toEqual(once)
  })

  it('learns, and gets over a failure sooner when it forgets', async () => {
    const never = await played(null)
    expect(never.slice(0, 600).filter((reward) => reward === 0.9).length).toBeGreaterThan(550)
    expect(lateOn(await played(2))).toBeLessThan(lateOn(never) / 2)
  })

  it('gets over a failure sooner when it forgets, also when it knew something beforehand', async () => {
    const never = await played(null, { prior })
    expect(lateOn(await played(2, { prior }))).toBeLessThan(lateOn(never) / 2)
  })

  it('keeps to the caps of the router', async () => {
    const capped = { bandit: { ...bandit, epsilon: 0 }, caps: { a: 0 }, halfLifeHours: null }
    const rewards = await simulate(stream, capped, replayIds(seededRandom(1)))
    expect(rewards.every((reward) => reward === 0.6)).toBe(true)
  })

  it('gets every reward in full, though nothing so low is learned', async () => {
    const ruinous = [{ context: ALWAYS, rewards: [-1e6, -1e6] }]
    const learner = { bandit, caps: {}, halfLifeHours: null }
    expect(await simulate(ruinous, learner, replayIds(seededRandom(1)))).toEqual([-1e6])
  })
})

describe('a static table', () => {
  it('does what was best before, for ever', () => {
    const rewards = simulateStatic(stream, { ...bandit, prior })
    expect(rewards).toEqual(stream.map(({ rewards: [first] }) => first))
  })
})
