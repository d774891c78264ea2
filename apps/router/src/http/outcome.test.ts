import {
  BanditStoreFullError,
  BanditStoreWriteError,
  createMemoryStore,
  type BanditStore,
} from '@holdfast/bandit-store'
import { seededRandom } from '@holdfast/seams'
import { VirtualClock, recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { openLearner } from '../learning/learner.ts'
import type { RewardLine } from '../learning/ledger.ts'
import { createComparison } from '../decide/tri-delta.ts'
import { uuid } from '../router.ts'
import type { RouterFact, Said } from '../tell/facts.ts'
import { feedbackAnswer } from './feedback.ts'
import { settleReward, tellSaved } from './outcome.ts'
import type { RouterParts } from './router-parts.ts'

/** What settling a reward needs, over a store whose disk is as it is told. */
async function settling(trouble: Error | null) {
  const clock = new VirtualClock()
  const facts = recordedFacts<RouterFact>()
  const memory = createMemoryStore({ dim: 1, clock })
  const told: number[] = []
  const store: BanditStore = {
    ...memory,
    read: () => memory.read(),
    async reward(id, lesson) {
      told.push(lesson.reward)
      if (trouble !== null) throw trouble
      return await memory.reward(id, lesson)
    },
  }
  const learner = await openLearner(
    { store, isTrusted: true },
    {
      bandit: { arms: ['R1', 'R2'], guardrail: 'R2' },
      caps: {},
      halfLifeHours: null,
      observe: facts.observe,
    },
  )
  const lines: RewardLine[] = []
  const ledger = { append: async (line: RewardLine) => void lines.push(line) }
  const unsaved = new Map()
  const compare = createComparison('R2')
  const parts = { learner, lambda: 40, clock, observe: facts.observe, ledger, unsaved, compare }
  const id = uuid(clock.wallMs(), seededRandom('settling'))
  learner.remember(id, { route: 'R1', context: Float64Array.of(1), costUsd: 100 })
  return {
    id,
    told,
    lines,
    saved: () => tellSaved(parts as unknown as RouterParts),
    facts,
    settle: (verdict: Parameters<typeof settleReward>[2], said: Said | null = null) =>
      settleReward(parts as unknown as RouterParts, id, verdict, said),
  }
}

const directory = '/data/learned'
const cause = new Error('no space left on device')
const good = { part: 'immediate', quality: 1 } as const

/** What a line says of a reward that is settled so, and the fact. */
const told = async (verdict: Parameters<typeof settleReward>[2], said: Partial<Said> | null) => {
  const { settle, lines, facts } = await settling(null)
  const whole = { quality: null, triDelta: null, deployment: null, ...said }
  await settle(verdict, said === null ? null : whole)
  const [{ quality, rewards } = {}] = lines
  return { quality, rewards, triDelta: facts.ofKind('router.learned')[0]?.triDelta }
}

describe('a reward', () => {
  it('that is learned is written down', async () => {
    const { settle, lines, id } = await settling(null)
    expect(await settle({ part: 'immediate', reward: 0.5 })).toEqual({
      result: 'learned',
      reward: 0.5,
    })
    expect(lines).toMatchObject([{ kind: 'reward', id, reward: 0.5, part: 'immediate', update: 1 }])
  })

  it("has in its line what was told, and what that is worth beside the guardrail's, in the seed's form", async () => {
    expect(await told({ part: 'immediate', reward: 0.5 }, { triDelta: 0.1 })).toEqual({
      quality: null,
      rewards: { immediate: { tri_delta_norm: 0.5 } },
      triDelta: 0.5,
    })
    // Nothing is known of the guardrail's answers.
    expect(await told(good, { quality: 1 })).toEqual({ quality: 1, rewards: {}, triDelta: null })
    const failed = { part: 'immediate', quality: 0 } as const
    expect(await told(failed, null)).toEqual({ quality: 0, rewards: {}, triDelta: null })
    const deployment = { isSloOk: false, isRollback: true, errorRate: 0.25 }
    expect(await told({ part: 'later', reward: -1 }, { deployment })).toEqual({
      quality: null,
      rewards: { deployment: { slo_ok: 0, rollback: 1, error_rate: 0.25 } },
      triDelta: null,
    })
  })

  it('that is known is a duplicate, and leaves no second line', async () => {
    const { settle, lines } = await settling(null)
    await settle({ part: 'immediate', reward: 0.5 })
    expect(await settle(good)).toEqual({ result: 'duplicate', reward: null })
    expect(lines).toHaveLength(1)
  })

  it('is never so low that one costly answer drowns all others', async () => {
    const { settle } = await settling(null)
    expect(await settle(good)).toEqual({ result: 'learned', reward: -1000 })
  })

  it('that is learned and not yet saved says so, and leaves its line when it is', async () => {
    const { settle, saved, lines, id } = await settling(new BanditStoreWriteError(directory, cause))
    const settled = await settle(good)
    expect(settled).toEqual({ result: 'unsaved', reward: null })
    expect(lines).toEqual([])
    expect(() => feedbackAnswer(id, settled)).toThrow(
      expect.objectContaining({ status: 503, code: 'feedback_unsaved' }),
    )
    await settle(good)
    await saved()
    await saved()
    expect(lines).toMatchObject([{ id, reward: -1000 }])
  })

  it('that is not even learned, because too many wait to be saved, says that', async () => {
    const { settle, lines, id } = await settling(
      new BanditStoreFullError(directory, 100_000, cause),
    )
    const settled = await settle(good)
    expect(settled).toEqual({ result: 'unavailable', reward: null })
    expect(lines).toEqual([])
    expect(() => feedbackAnswer(id, settled)).toThrow(
      expect.objectContaining({ status: 503, code: 'learning_unavailable' }),
    )
  })

  it('that fails in a way nobody thought of is a bug, and no answer', async () => {
    const bug = new TypeError('a bug')
    const { settle } = await settling(bug)
    await expect(settle(good)).rejects.toBe(bug)
  })
})
