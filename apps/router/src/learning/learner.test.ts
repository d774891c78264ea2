import { createLinUCB, type LinUCB } from '@holdfast/linucb'
import { VirtualClock, recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { RouterFact } from '../tell/facts.ts'
import { openLearner } from './learner.ts'
import type { LoadedState, StateFile } from './state-file.ts'

const bandit = { arms: ['R1', 'R2'], dim: 2, guardrail: 'R2' }
const context = Float64Array.of(1, 0.5)

/** A state file that keeps what it was given, and fails while `isFull`. */
function memoryFile(loaded: LoadedState = { kind: 'fresh' }) {
  const saved: number[] = []
  const state = { isFull: false, tries: 0 }
  const file: StateFile = {
    load: () => Promise.resolve(loaded),
    save({ updates }) {
      state.tries += 1
      if (!state.isFull) saved.push(updates)
      return Promise.resolve(!state.isFull)
    },
  }
  return { file, saved, state }
}

async function learner(kept: ReturnType<typeof memoryFile>, saveInterval = 10) {
  const facts = recordedFacts<RouterFact>()
  const clock = new VirtualClock()
  const options = { bandit, caps: {}, saveInterval, file: kept.file, clock, observe: facts.observe }
  const open = await openLearner(options, 0)
  const teach = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      open.learn('R1', context, 1)
      await clock.advance(0) // Lets a save that has begun end.
    }
  }
  return { open, facts, teach }
}

describe('what the router learns', () => {
  it('is saved every so many updates, and at the end', async () => {
    const kept = memoryFile()
    const { open, teach } = await learner(kept)
    await teach(25)
    expect(kept.saved).toEqual([10, 20])
    await open.save()
    expect(kept.saved).toEqual([10, 20, 25])
    await open.save()
    expect(kept.saved).toHaveLength(3)
  })

  it('is tried again only after as many updates when a save has failed, and nothing is lost', async () => {
    const kept = memoryFile()
    const { open, teach } = await learner(kept)
    kept.state.isFull = true
    await teach(35)
    expect(kept.state.tries).toBe(3)
    kept.state.isFull = false
    await teach(5)
    expect(kept.saved).toEqual([40])
    expect(open.updates).toBe(40)
  })

  it('goes on from the updates that were loaded', async () => {
    const loaded = { kind: 'loaded', bandit: createLinUCB(bandit), updates: 100 } as const
    const { open } = await learner(memoryFile(loaded))
    expect(open.learn('R1', context, 1)).toBe(101)
    expect(open.isTrusted).toBe(true)
  })

  it('is not trusted after its file was found broken', async () => {
    expect((await learner(memoryFile({ kind: 'broken' }))).open.isTrusted).toBe(false)
  })

  it('never fails a request: when the policy throws, the guardrail answers and a fact says why', async () => {
    const failing: LinUCB = {
      ...createLinUCB(bandit),
      decide() {
        throw new Error('a bug')
      },
    }
    const kept = memoryFile({ kind: 'loaded', bandit: failing, updates: 0 })
    const { open, facts } = await learner(kept)
    expect(open.decide('d1', context)).toMatchObject({ arm: 'R2', p: 1, probabilities: { R2: 1 } })
    expect(facts.ofKind('router.decision-failed')).toMatchObject([{ id: 'd1' }])
  })
})
