import { systemClock } from '@holdfast/seams'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { lesson } from './contract/laboratory.ts'
import type { BanditStoreFact } from './facts.ts'
import { idAt } from './records.fixture.ts'
import { banditStoreContract } from './contract.ts'
import { createMemoryStore } from './memory-store.ts'

banditStoreContract('a store in memory', (options) => {
  const store = createMemoryStore(options)
  return Promise.resolve({ store, another: () => Promise.resolve(store.another()) })
})

describe('a store in memory', () => {
  it('forgets ids beyond its limit, the oldest first, and then refuses what is told of them', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1))
    const store = createMemoryStore({ dim: 3, clock, dedupeLimit: 1000 })
    const ids = Array.from({ length: 2001 }, (_id, i) => idAt(clock.wallMs() + i))
    const results = async (): Promise<string[]> =>
      await Promise.all(ids.map((id) => store.reward(id, lesson())))
    expect(new Set(await results())).toEqual(new Set(['applied']))
    const again = await results()
    expect(again.slice(0, 1000)).toEqual(Array<string>(1000).fill('expired'))
    expect(again.slice(1000)).toEqual(Array<string>(1001).fill('duplicate'))
    expect(store.read().decisions).toBe(2001)
  })

  it('remembers ids that a clock which is a year ahead calls too old', async () => {
    let nowMs = Date.UTC(2026, 0, 1)
    const clock = { ...systemClock, wallMs: () => nowMs }
    const store = createMemoryStore({ dim: 3, clock, dedupeLimit: 1000 })
    const ids = Array.from({ length: 2000 }, (_id, i) => idAt(nowMs + i))
    for (const id of ids) await store.reward(id, lesson())
    nowMs = Date.UTC(2027, 0, 1)
    expect(await store.reward(idAt(nowMs), lesson())).toBe('applied')
    expect(await store.reward(ids.at(-1)!, lesson())).toBe('expired')
    nowMs = Date.UTC(2026, 0, 1)
    expect(await store.reward(ids.at(-1)!, lesson())).toBe('duplicate')
    expect(await store.reward(idAt(nowMs + 2000), lesson())).toBe('applied')
  })

  it('tells each answer as a fact', async () => {
    const { all, ...facts } = recordedFacts<BanditStoreFact>()
    const clock = new VirtualClock(Date.UTC(2026, 0, 1))
    const store = createMemoryStore({ dim: 3, clock, deadlineMs: 1000, observe: facts.observe })
    const [now, late] = [idAt(clock.wallMs()), idAt(clock.wallMs() - 1001)]
    await store.reward(now, lesson())
    await store.reward(now, lesson())
    await store.reward(late, lesson({ part: 'later' }))
    store.remember(late, lesson())
    expect(all).toEqual([
      { kind: 'bandit-store.reward', result: 'applied', part: 'immediate' },
      { kind: 'bandit-store.reward', result: 'duplicate', part: 'immediate' },
      { kind: 'bandit-store.reward', result: 'expired', part: 'later' },
      { kind: 'bandit-store.decisions-given-up', count: 1 },
    ])
  })
})
