import { createLinUCB, emptySums } from '@holdfast/linucb'
import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { lesson } from './contract/laboratory.ts'
import { idAt } from './records.fixture.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'
import { exportSeedState, importState, type SeedState } from './seed-state.ts'

const clock = new VirtualClock()
const now = (n: number): string => idAt(clock.wallMs(), n)
const store = (dim = 2): MemoryStore => createMemoryStore({ dim, clock })

/** As the first system writes it: a ridge of 1 is counted in A. */
const seed: SeedState = {
  version: '1.0',
  arms: ['R1', 'R2', 'R3'],
  context_dim: 2,
  alpha: 0.8,
  A: {
    R1: [
      [2.25, 0.5],
      [0.5, 1.125],
    ],
    R2: [
      [1.01, 0.1],
      [0.1, 2],
    ],
    R3: [
      [1, 0],
      [0, 1],
    ],
  },
  b: { R1: [0.75, -0.25], R2: [0.1, 1], R3: [0, 0] },
  total_pulls: { R1: 2, R2: 1, R3: 0 },
  total_reward: { R1: 0.5, R2: 1, R3: 0 },
  last_update_time: 1_764_000_000,
  save_counter: 3,
}

describe('the state file of the first system', () => {
  it('is taken over without its ridge, which a model adds again', async () => {
    const one = store()
    expect(await importState(one, seed)).toBe('imported')
    expect(one.read().imported.get('R1')).toEqual({
      a: Float64Array.from([1.25, 0.5, 0.125]),
      b: Float64Array.from([0.75, -0.25]),
      pulls: 2,
      rewardSum: 0.5,
    })
  })

  it('comes out again as it went in', async () => {
    const one = store()
    await importState(one, JSON.parse(JSON.stringify(seed)))
    const { alpha, last_update_time: updatedAt } = seed
    const again = exportSeedState(one.read(), { alpha, updatedAtMs: updatedAt * 1000 + 999 })
    expect(again).toEqual({ ...seed, save_counter: 0 })
  })

  it('is not taken twice, nor into a store that has learned', async () => {
    const one = store()
    await importState(one, seed)
    expect(await importState(one, seed)).toBe('taken')
    const other = store()
    await other.reward(now(1), lesson({ context: [1, 0] }))
    expect(await importState(other, seed)).toBe('taken')
    expect(other.read().imported.size).toBe(0)
  })

  it.each<[string, string, unknown]>([
    ['b.R2', 'LINUCB_SNAPSHOT', { ...seed, b: { ...seed.b, R2: [1] } }],
    ['A.R1[1]', 'LINUCB_SNAPSHOT', { ...seed, A: { ...seed.A, R1: [[1, 0], [0]] } }],
  ])('is refused by the name of what is wrong: %s', async (field, code, state) => {
    const one = store()
    const refusal = { code, field: expect.stringContaining(field) as string }
    await expect(importState(one, state)).rejects.toMatchObject(refusal)
    expect(one.read().imported.size).toBe(0)
  })

  it('is refused when it is of another dimension', async () => {
    await expect(importState(store(3), seed)).rejects.toMatchObject({ code: 'LINUCB_DIMENSION' })
  })

  it('is refused when the store could not name its arms', async () => {
    const name = 'R'.repeat(256)
    const model = createLinUCB({ arms: [name], dim: 2 })
    await expect(importState(store(), model.snapshot())).rejects.toMatchObject({
      code: 'BANDIT_STORE_INPUT',
      field: 'arm',
    })
  })
})

describe('what a LinUCB has learned', () => {
  const model = createLinUCB({ arms: ['R1', 'R2'], dim: 2 })
  model.learn('R2', [1, 0.5], 0.25)

  it.each([
    ['its snapshot', () => JSON.parse(JSON.stringify(model.snapshot())) as unknown],
    ['its bytes', () => model.encode()],
  ])('is taken over from %s', async (_form, state) => {
    const one = store()
    expect(await importState(one, state())).toBe('imported')
    expect(one.read().imported.get('R2')).toEqual({
      a: Float64Array.from([1, 0.5, 0.25]),
      b: Float64Array.from([0.25, 0.125]),
      pulls: 1,
      rewardSum: 0.25,
    })
    expect([...one.read().imported.keys()]).toEqual(['R1', 'R2'])
  })

  it('may be of weighted observations', async () => {
    const weighted = createLinUCB({ arms: ['R1'], dim: 2 })
    weighted.adopt('R1', { ...emptySums(2), pulls: 2.5 })
    const one = store()
    expect(await importState(one, weighted.snapshot())).toBe('imported')
    expect(one.read().imported.get('R1')).toMatchObject({ pulls: 2.5 })
  })
})

describe('an export', () => {
  it('adds up all epochs and what was imported', async () => {
    const one = store()
    await importState(one, seed)
    const yesterdayMs = clock.wallMs() - 24 * 3_600_000
    await one.reward(idAt(yesterdayMs), lesson({ arm: 'R3', context: [1, 0], reward: 1 }))
    await one.reward(now(1), lesson({ arm: 'R3', context: [1, 2], reward: -0.5 }))
    expect(exportSeedState(one.read(), { updatedAtMs: 5000 })).toMatchObject({
      alpha: 1,
      A: {
        R1: seed.A['R1'],
        R3: [
          [3, 2],
          [2, 5],
        ],
      },
      b: { R3: [0.5, -1] },
      total_pulls: { R1: 2, R2: 1, R3: 2 },
      total_reward: { R3: 0.5 },
      last_update_time: 5,
    })
  })

  it('has the arms it is asked for, also those that learned nothing', async () => {
    const one = store()
    await one.reward(now(1), lesson({ arm: 'R2', context: [1, 0] }))
    const {
      arms,
      A,
      total_pulls: pulls,
    } = exportSeedState(one.read(), {
      arms: ['R1', 'R2'],
      updatedAtMs: 0,
    })
    expect(arms).toEqual(['R1', 'R2'])
    expect(A['R1']).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(pulls).toEqual({ R1: 0, R2: 1 })
  })

  it('has whole matrices, row by row', async () => {
    const one = store(3)
    await one.reward(now(1), lesson({ arm: 'R1', context: [1, 2, 3] }))
    expect(exportSeedState(one.read(), { updatedAtMs: 0 }).A['R1']).toEqual([
      [2, 2, 3],
      [2, 5, 6],
      [3, 6, 10],
    ])
  })

  it('of nothing has no time of an update', () => {
    const state = exportSeedState(store().read(), { updatedAtMs: 5000 })
    expect(state).toMatchObject({ arms: [], last_update_time: 0 })
  })
})
