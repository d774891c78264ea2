import { createMemoryStore, type BanditStore } from '@holdfast/bandit-store'
import { seededRandom } from '@holdfast/seams'
import { VirtualClock, recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { NONE, type Restrictions } from '../decide/restrictions.ts'
import { uuid } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import { openLearner } from './learner.ts'

const context = Float64Array.of(1, 0.5)
const lesson = { arm: 'R1', context, reward: 1, part: 'immediate' } as const

async function learner({
  store,
  isTrusted = true,
  caps = {},
}: { store?: BanditStore | null; isTrusted?: boolean; caps?: Record<string, number> } = {}) {
  const facts = recordedFacts<RouterFact>()
  const clock = new VirtualClock()
  const random = seededRandom('learner')
  const options = {
    bandit: { arms: ['R1', 'R2'], guardrail: 'R2' },
    caps,
    halfLifeHours: null,
    observe: facts.observe,
  }
  const memory = createMemoryStore({ dim: 2, clock, deadlineMs: 1_000 })
  const open = await openLearner(
    { store: store === undefined ? memory : store, isTrusted },
    options,
  )
  return { open, facts, clock, memory, newId: () => uuid(clock.wallMs(), random) }
}

describe('what the router learns', () => {
  it('is decided by from then on, once', async () => {
    const { open, newId } = await learner()
    const id = newId()
    open.remember(id, { route: 'R1', context, costUsd: 0.25 })
    expect(open.awaiting).toBe(1)
    expect(await open.recall(id)).toEqual({
      kind: 'found',
      decision: { route: 'R1', context, costUsd: 0.25 },
    })
    const before = open.decide('d', context).scores['R1']
    expect(await open.reward(id, { ...lesson, reward: -1 })).toBe('applied')
    expect(await open.reward(id, { ...lesson, reward: -1 })).toBe('duplicate')
    expect(open.updates).toBe(1)
    expect(open.awaiting).toBe(0)
    expect(open.decide('d', context).scores['R1']).toBeLessThan(before ?? Number.NaN)
  })

  it('is not said to be unknown while other processes cannot write down what they decided', async () => {
    const { memory, newId } = await learner()
    const store: BanditStore = { ...memory, recall: async () => ({ kind: 'unavailable' }) }
    const { open } = await learner({ store })
    expect(await open.recall(newId())).toEqual({ kind: 'unavailable' })
  })

  it('is decided by within the caps that always hold, whatever else is restricted', async () => {
    const { open } = await learner({ caps: { R1: 0.25 } })
    const shares = (restrictions?: Restrictions) =>
      open.decide('d', context, restrictions).probabilities
    expect(shares()).toEqual({ R1: 0.25, R2: 0.75 })
    expect(shares({ ...NONE, caps: { R1: 0.5 }, reasons: ['x'] })).toEqual({ R1: 0.25, R2: 0.75 })
    expect(shares({ ...NONE, caps: { R1: 0.125 }, reasons: ['x'] })).toEqual({
      R1: 0.125,
      R2: 0.875,
    })
    expect(shares({ ...NONE, mask: ['R1'], reasons: ['x'] })).toEqual({ R1: 0, R2: 1 })
  })

  it('may come in two parts, the later one long after', async () => {
    const { open, newId } = await learner()
    const id = newId()
    open.remember(id, { route: 'R1', context, costUsd: 0 })
    expect(await open.reward(id, lesson)).toBe('applied')
    expect(await open.reward(id, { ...lesson, part: 'later' })).toBe('applied')
    expect(open.updates).toBe(1)
  })

  it('may be told by another process', async () => {
    const { open, memory, newId } = await learner()
    const id = newId()
    await memory.another().reward(id, { ...lesson, reward: -1 })
    expect(open.updates).toBe(1)
  })

  it('is not sought under an id that was never given out, or too long ago', async () => {
    const { open, clock, newId } = await learner()
    expect(await open.recall('nobody')).toEqual({ kind: 'unknown' })
    expect(await open.recall(newId())).toEqual({ kind: 'unknown' })
    const old = newId()
    await clock.advance(1_001)
    expect(await open.recall(old)).toEqual({ kind: 'expired' })
  })

  it('is nothing while the store cannot be opened: the guardrail answers, and no reward is acknowledged', async () => {
    const { open, newId } = await learner({ store: null, isTrusted: false })
    expect(open.isTrusted).toBe(false)
    expect(open.decide('d', context)).toMatchObject({ arm: 'R2', p: 1 })
    const id = newId()
    open.remember(id, { route: 'R1', context, costUsd: 0 })
    expect(await open.recall(id)).toEqual({ kind: 'unavailable' })
    expect(await open.reward(id, lesson)).toBe('unavailable')
    expect(open.health().status).toBe('critical')
    await open.close()
  })

  it('never fails a request: when the policy throws, the guardrail answers and a fact says why', async () => {
    const { open, facts } = await learner()
    // A context of another length is a bug of ours.
    expect(open.decide('d1', Float64Array.of(1))).toMatchObject({
      arm: 'R2',
      p: 1,
      probabilities: { R2: 1 },
    })
    open.remember('no id of ours', { route: 'R1', context, costUsd: 0 })
    expect(facts.ofKind('router.decision-failed').map(({ id }) => id)).toEqual([
      'd1',
      'no id of ours',
    ])
  })
})
