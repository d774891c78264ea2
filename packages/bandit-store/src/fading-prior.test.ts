import { priorFromTable } from '@holdfast/linucb'
import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { Forgetting } from './weigh.ts'
import { createMemoryStore } from './memory-store.ts'
import { createSharedBandit } from './shared-bandit.ts'

const HOUR_MS = 3_600_000
const ALWAYS = [1]
/** Three observations of reward 1 for the first arm. */
const prior = priorFromTable(
  Array.from({ length: 3 }, () => ({ arm: 'a', context: ALWAYS, reward: 1 })),
  2000,
)

/** A UUID of version 7 of the given hour. */
function idIn(hour: number): string {
  const time = (hour * HOUR_MS).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000001`
}

/** What is thought of the first arm after the other was taught in each of these hours. */
async function estimateAfter(
  hours: readonly number[],
  forgetting: Forgetting,
): Promise<number | undefined> {
  const clock = new VirtualClock(100 * HOUR_MS)
  await using store = createMemoryStore({ dim: 1, clock })
  await using bandit = await createSharedBandit({
    store,
    arms: ['a', 'b'],
    alpha: 0,
    epsilon: 0,
    priorMean: 0,
    prior,
    forgetting,
    clock,
  })
  for (const hour of hours) await store.reward(idIn(hour), { arm: 'b', context: ALWAYS, reward: 0 })
  await bandit.settled()
  return bandit.decide(ALWAYS, { id: '1' }).scores['a']
}

describe('a prior', () => {
  it('stays whole where nothing is forgotten: 3 of reward 1, and the ridge', async () => {
    expect(await estimateAfter([1, 2, 30], {})).toBeCloseTo(3 / 4)
  })

  it('is whole until the first lesson, and fades from then on, as what is from the hour before it', async () => {
    const forgetting = { halfLifeMs: HOUR_MS }
    expect(await estimateAfter([], forgetting)).toBeCloseTo(3 / 4)
    expect(await estimateAfter([1], forgetting)).toBeCloseTo(1.5 / 2.5)
    expect(await estimateAfter([1, 2], forgetting)).toBeCloseTo(0.75 / 1.75)
  })

  it('is outside a window as soon as what is from before the first hour is', async () => {
    const forgetting = { windowMs: 3 * HOUR_MS }
    expect(await estimateAfter([1, 2], forgetting)).toBeCloseTo(3 / 4)
    expect(await estimateAfter([1, 2, 3], forgetting)).toBe(0)
  })

  it('must be of the length of the contexts, also where it fades', async () => {
    const store = createMemoryStore({ dim: 2 })
    const options = { store, arms: ['a'], prior, forgetting: { halfLifeMs: 1 } }
    await expect(createSharedBandit(options)).rejects.toMatchObject({ code: 'LINUCB_DIMENSION' })
  })
})
