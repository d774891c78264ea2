import { createLinUCB } from '@holdfast/linucb'
import { systemClock, type Clock } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BanditStore, Lesson } from '../bandit-store.ts'
import { plain } from '../contract/laboratory.ts'
import { readDecisionId } from '../decision-id.ts'
import { Fold } from '../fold.ts'
import { recordOf } from '../input.ts'
import { HOUR_MS, idAt } from '../records.fixture.ts'
import { createSharedBandit, type SharedBandit } from '../shared-bandit.ts'
import { checkedForgetting, weigh } from '../weigh.ts'
import { openFileStore } from './file-store.ts'

const directory = scratch()
const NOW_MS = Date.UTC(2026, 0, 1)
const DIM = 2
const ARMS = ['R1', 'R2']
const clock: Clock = { ...systemClock, wallMs: () => NOW_MS }
const options = { dim: DIM, keepEpochs: 3, clock }

type Step =
  | {
      readonly kind: 'reward'
      readonly user: number
      readonly n: number
      readonly isLater: boolean
    }
  | { readonly kind: 'compact' | 'catchUp' | 'restart' | 'decide'; readonly user: number }

const user = fc.nat(2)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('reward' as const),
        user,
        n: fc.nat(30),
        isLater: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('compact' as const, 'catchUp', 'restart', 'decide'),
        user,
      }),
    },
  ),
  { maxLength: 60 },
)

/** The one account there is of the `n`th decision. */
function accountOf(n: number, isLater: boolean): readonly [string, Lesson] {
  const context = [1, (n % 7) / 7]
  const part = isLater ? 'later' : 'immediate'
  const reward = isLater ? -n / 10 : n / 3
  return [idAt(NOW_MS - (n % 6) * HOUR_MS, n), { arm: ARMS[n % 2]!, context, reward, part }]
}

interface User {
  readonly store: BanditStore
  readonly bandit: SharedBandit
}

async function begin(at: string): Promise<User> {
  const store = await openFileStore(at, options)
  return { store, bandit: await createSharedBandit({ store, arms: ARMS, epsilon: 0 }) }
}

async function end({ store, bandit }: User): Promise<void> {
  await bandit.close()
  await store.close()
}

const scoresOf = ({ decide }: Pick<SharedBandit, 'decide'>): readonly number[] => {
  const { scores } = decide([1, 0.5], { id: 'any' })
  return ARMS.map((arm) => scores[arm]!)
}

/** Plays steps, several at once, and looks at the end whether everyone knows the same. */
async function shows(played: readonly Step[], atOnce: number): Promise<void> {
  const at = directory()
  const users = await Promise.all([begin(at), begin(at), begin(at)])
  const model = new Fold({ dim: DIM, epochMs: HOUR_MS, keepEpochs: 3 })
  const answers = new Set<string>()
  const run = async (step: Step): Promise<void> => {
    const { store, bandit } = users[step.user]!
    if (step.kind === 'reward') {
      const [id, lesson] = accountOf(step.n, step.isLater)
      model.count(recordOf(readDecisionId(id), lesson, DIM))
      answers.add(await store.reward(id, lesson))
    } else if (step.kind === 'compact') await store.compact()
    else if (step.kind === 'catchUp') await store.catchUp()
    else bandit.decide([1, 0])
  }
  try {
    for (let i = 0; i < played.length; i += atOnce) {
      const batch = played.slice(i, i + atOnce)
      await Promise.all(batch.map(async (step) => step.kind === 'restart' || (await run(step))))
      for (const step of batch) {
        if (step.kind !== 'restart') continue
        await end(users[step.user]!)
        users[step.user] = await begin(at)
      }
    }
    const last = await begin(at)
    users.push(last)
    for (const { store, bandit } of users) {
      await store.catchUp()
      await bandit.settled()
      expect(plain(store.read())).toEqual(plain(model))
      expect(await store.verify()).toMatchObject({ isSound: true, problems: [] })
      const computed = createLinUCB({ arms: ARMS, dim: DIM, epsilon: 0 })
      for (const [arm, sums] of weigh(model, checkedForgetting({}))) computed.adopt(arm, sums)
      const expected = scoresOf(computed)
      for (const [i, score] of scoresOf(bandit).entries())
        expect(score).toBeCloseTo(expected[i]!, 9)
    }
    expect(answers.has('expired')).toBe(false)
  } finally {
    for (const each of users) await end(each)
  }
}

describe('whatever three users do', () => {
  it.each([1, 4, 20])(
    'all know the same in the end, and what one model knows that was told it all (%i steps at once)',
    async (atOnce) => {
      await fc.assert(
        fc.asyncProperty(steps, async (played) => await shows(played, atOnce)),
        { numRuns: 12 },
      )
    },
  )
})
