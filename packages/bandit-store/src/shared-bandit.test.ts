import { createLinUCB, emptySums, type LinUCB } from '@holdfast/linucb'
import { recordedFacts, seededRandom, VirtualClock } from '@holdfast/seams/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BanditStore, Change, Learned, Lesson } from './bandit-store.ts'
import { broadcast, type Broadcast } from './broadcast.ts'
import type { BanditStoreFact } from './facts.ts'
import { Fold } from './fold.ts'
import { recordOf } from './input.ts'
import { readDecisionId } from './decision-id.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'
import { quantised } from './quantum.ts'
import { HOUR_MS, idAt } from './records.fixture.ts'
import { createSharedBandit, type SharedBandit, type SharedBanditOptions } from './shared-bandit.ts'
import { checkedForgetting, weigh } from './weigh.ts'

const arms = ['R1', 'R2', 'R3']
const DIM = 3
const NOW_MS = Date.UTC(2026, 0, 1, 12, 30)
const random = seededRandom('lessons of a shared bandit')

const bandits: SharedBandit[] = []
afterEach(async () => {
  for (const bandit of bandits.splice(0)) await bandit.close()
})

async function banditOver(
  store: BanditStore,
  options: Partial<SharedBanditOptions> = {},
): Promise<SharedBandit> {
  const bandit = await createSharedBandit({ store, arms, epsilon: 0, ...options })
  bandits.push(bandit)
  return bandit
}

const memory = (): MemoryStore =>
  createMemoryStore({ dim: DIM, keepEpochs: 4, clock: new VirtualClock(NOW_MS) })

let decided = 0
function lessonAt(atMs = NOW_MS, given: Partial<Lesson> = {}): readonly [string, Lesson] {
  const context = [1, random.next() * 2 - 1, random.next() * 2 - 1]
  const arm = arms[random.integer(arms.length)]!
  decided += 1
  return [idAt(atMs, decided), { arm, context, reward: random.next(), ...given }]
}

const CONTEXTS = Array.from({ length: 20 }, () => quantised([1, random.next(), random.next()]))

/** What a model makes of some contexts: its choices, and how sure it is of each arm. */
function viewOf(model: Pick<LinUCB, 'decide'>): number[] {
  return CONTEXTS.flatMap((context) => {
    const { scores, bounds } = model.decide(context, { id: 'any' })
    return arms.flatMap((arm) => [scores[arm]!, bounds[arm]!])
  })
}

/** Whether two models score alike, up to how rounding gathers on the way. */
function shows(one: Pick<LinUCB, 'decide'>, other: Pick<LinUCB, 'decide'>): void {
  const expected = viewOf(other)
  for (const [i, value] of viewOf(one).entries()) expect(value).toBeCloseTo(expected[i]!, 9)
}

/** A model computed from what is stored. */
function computed(learned: Learned, forgetting = {}): LinUCB {
  const model = createLinUCB({ arms, dim: DIM, epsilon: 0 })
  for (const [arm, sums] of weigh(learned, checkedForgetting(forgetting))) {
    if (arms.includes(arm)) model.adopt(arm, sums)
  }
  return model
}

describe('a shared bandit', () => {
  it('decides as a LinUCB that is taught the same', async () => {
    const store = memory()
    const bandit = await banditOver(store)
    const model = createLinUCB({ arms, dim: DIM, epsilon: 0 })
    for (let i = 0; i < 200; i += 1) {
      const [id, given] = lessonAt()
      await store.reward(id, given)
      model.learn(given.arm, quantised(given.context), Math.round(given.reward * 4096) / 4096)
    }
    await bandit.settled()
    shows(bandit, model)
    for (const context of CONTEXTS) {
      const [mine, its] = [bandit.decide(context, { id: 'x' }), model.decide(context, { id: 'x' })]
      expect(mine.arm).toBe(its.arm)
    }
    expect(bandit.diagnostics()).toMatchObject({ arms: expect.anything() as object })
  })

  it('learns what other users are told, and what was there before', async () => {
    const store = memory()
    for (let i = 0; i < 20; i += 1) await store.reward(...lessonAt())
    const other = store.another()
    const [one, two] = [await banditOver(store), await banditOver(other)]
    for (let i = 0; i < 20; i += 1) await (i % 2 ? store : other).reward(...lessonAt())
    await Promise.all([one.settled(), two.settled()])
    shows(one, computed(store.read()))
    shows(two, computed(store.read()))
  })

  it('learns a reward in parts as their sum, whichever comes first', async () => {
    const store = memory()
    const bandit = await banditOver(store)
    for (const order of [
      ['immediate', 'later'],
      ['later', 'immediate'],
    ] as const) {
      const [id, given] = lessonAt()
      for (const part of order) await store.reward(id, { ...given, part })
    }
    await bandit.settled()
    shows(bandit, computed(store.read()))
  })

  it('decides by a context as it would be learned', async () => {
    const bandit = await banditOver(memory())
    const rough = [1, 0.12345, -0.98765]
    expect(bandit.decide(rough, { id: 'x' })).toEqual(bandit.decide(quantised(rough), { id: 'x' }))
  })

  it.each([
    ['context.length', undefined],
    ['context.length', [1]],
    ['context[1]', [1, 8, 0]],
  ])('refuses a context that could not be learned: %s of %j', async (field, context) => {
    const bandit = await banditOver(memory())
    expect(() => bandit.decide(context as number[])).toThrow(
      expect.objectContaining({ code: 'BANDIT_STORE_INPUT', field }),
    )
  })

  it('passes over arms that are not its own, which others have', async () => {
    const store = memory()
    const bandit = await banditOver(store)
    const before = viewOf(bandit)
    await store.reward(...lessonAt(NOW_MS, { arm: 'R9' }))
    await bandit.settled()
    expect(viewOf(bandit)).toEqual(before)
    expect(bandit.arms).toEqual(arms)
    shows(await banditOver(store), computed(store.read()))
  })

  it('takes in what is imported', async () => {
    const store = memory()
    const bandit = await banditOver(store)
    const sums = { ...emptySums(DIM), pulls: 4 }
    sums.a[0] = 4
    sums.b[0] = -8
    await store.importSums(new Map([['R2', sums]]))
    await bandit.settled()
    shows(bandit, computed(store.read()))
  })

  it('is told of sums that it cannot compute with, and decides on', async () => {
    const facts = recordedFacts<BanditStoreFact>()
    const store = memory()
    const wrong = { ...emptySums(DIM), pulls: 1 }
    wrong.a[0] = -1
    await store.importSums(new Map([['R2', wrong]]))
    const bandit = await banditOver(store, {
      observe: (fact) => facts.observe(fact as BanditStoreFact),
    })
    expect(facts.ofKind('bandit-store.arm-unusable')).toMatchObject([{ arm: 'R2' }])
    expect(arms).toContain(bandit.decide([1, 0, 0]).arm)
  })

  it('refuses options as the model does', async () => {
    await expect(banditOver(memory(), { alpha: -1 })).rejects.toThrow(/alpha/)
    await expect(banditOver(memory(), { forgetting: { windowMs: 0 } })).rejects.toThrow(
      /^forgetting\.windowMs must be /,
    )
  })
})

describe('a shared bandit that forgets', () => {
  it('lets all fade when a new epoch begins', async () => {
    const store = memory()
    const forgetting = { halfLifeMs: HOUR_MS }
    const bandit = await banditOver(store, { forgetting })
    for (const hoursAgo of [6, 3, 1, 2, 0]) {
      for (let i = 0; i < 5; i += 1) await store.reward(...lessonAt(NOW_MS - hoursAgo * HOUR_MS))
      await bandit.settled()
      shows(bandit, computed(store.read(), forgetting))
    }
  })

  it('keeps to its window', async () => {
    const store = memory()
    const forgetting = { windowMs: 2 * HOUR_MS }
    const bandit = await banditOver(store, { forgetting })
    for (const hoursAgo of [3, 2, 1, 0]) {
      await store.reward(...lessonAt(NOW_MS - hoursAgo * HOUR_MS, { arm: 'R1' }))
    }
    await bandit.settled()
    shows(bandit, computed(store.read(), forgetting))
  })

  it('does not learn from an outage, also when its lessons come late', async () => {
    const store = memory()
    const forgetting = { forget: [{ fromMs: NOW_MS - 2 * HOUR_MS, toMs: NOW_MS - HOUR_MS }] }
    const bandit = await banditOver(store, { forgetting })
    await store.reward(...lessonAt(NOW_MS, { arm: 'R1', reward: 1 }))
    await bandit.settled()
    const before = viewOf(bandit)
    for (let i = 0; i < 10; i += 1) {
      await store.reward(...lessonAt(NOW_MS - 1.5 * HOUR_MS, { arm: 'R1', reward: -5 }))
    }
    await bandit.settled()
    expect(bandit.diagnostics().arms['R1']).toMatchObject({ pulls: 11 })
    for (const [i, value] of viewOf(bandit).entries()) expect(value).toBeCloseTo(before[i]!, 9)
  })

  it('computes nothing anew for the lessons of a forgotten time that still goes on', async () => {
    const store = memory()
    const bandit = await banditOver(store, {
      forgetting: { forget: [{ fromMs: NOW_MS, toMs: Infinity }] },
    })
    await store.reward(...lessonAt(NOW_MS - 2 * HOUR_MS, { arm: 'R1', reward: 1 }))
    await bandit.settled()
    const before = viewOf(bandit)
    // Whoever computes an arm reads it.
    const computing = vi.spyOn(Fold.prototype, 'imported', 'get')
    const [id, given] = lessonAt(NOW_MS, { arm: 'R1', reward: -5 })
    await store.reward(id, given)
    await store.reward(id, { ...given, reward: -1, part: 'later' })
    await bandit.settled()
    expect(computing).not.toHaveBeenCalled()
    computing.mockRestore()
    expect(bandit.diagnostics().arms['R1']).toMatchObject({ pulls: 2, averageReward: -2.5 })
    expect(viewOf(bandit)).toEqual(before)
  })

  it('learns in full what comes too late to be told from what is not forgotten', async () => {
    const store = memory()
    const forgetting = { forget: [{ fromMs: NOW_MS - 8 * HOUR_MS, toMs: NOW_MS - 7 * HOUR_MS }] }
    const bandit = await banditOver(store, { forgetting })
    await store.reward(...lessonAt(NOW_MS, { arm: 'R1' }))
    await store.reward(...lessonAt(NOW_MS - 7.5 * HOUR_MS, { arm: 'R1' }))
    await bandit.settled()
    shows(bandit, computed(store.read(), forgetting))
  })
})

/** A store whose news are told when a test says so. */
function staged() {
  const rules = { dim: DIM, epochMs: HOUR_MS, keepEpochs: 4 }
  let fold = new Fold(rules)
  const news: Broadcast = broadcast()
  let untold: Change[] = []
  const store = {
    dim: DIM,
    epochMs: HOUR_MS,
    read: () => fold,
    watch: (signal?: AbortSignal) => news.watch(signal),
  } as unknown as BanditStore
  return {
    store,
    /** Counts a lesson, and keeps what is to be told of it. */
    learn: (given: readonly [string, Lesson]): void => {
      const [id, lesson] = given
      const counted = fold.count(recordOf(readDecisionId(id), lesson, DIM))
      if (counted.kind === 'applied') untold.push({ kind: 'lessons', lessons: [counted.learnt] })
    },
    /** Reads everything anew: with these lessons only. */
    reload: (...lessons: readonly (readonly [string, Lesson])[]): void => {
      const loaded = new Fold(rules)
      for (const [id, lesson] of lessons) {
        loaded.count(recordOf(readDecisionId(id), lesson, DIM))
      }
      loaded.continueFrom(fold)
      fold = loaded
      untold.push({ kind: 'reset' })
    },
    /** Tells up to `count` of what is untold. */
    tell: (count = Infinity): void => {
      for (const change of untold.slice(0, count)) news.tell(change)
      untold = untold.slice(count)
    },
    news,
  }
}

describe('a lesson that is still to be told when the bandit computes from what is stored', () => {
  it('is not learned twice by a bandit that begins', async () => {
    const { store, learn, tell } = staged()
    const beginning = banditOver(store)
    learn(lessonAt())
    const bandit = await beginning
    learn(lessonAt())
    tell()
    await bandit.settled()
    shows(bandit, computed(store.read()))
  })

  it('is not learned twice after a reset, nor lost', async () => {
    const { store, learn, tell, reload } = staged()
    const bandit = await banditOver(store)
    const before = [lessonAt(), lessonAt()]
    for (const one of before) learn(one)
    tell(1)
    reload(...before, lessonAt(), lessonAt())
    learn(lessonAt())
    tell(1)
    learn(lessonAt())
    tell()
    await bandit.settled()
    shows(bandit, computed(store.read()))
  })

  it('is unlearned when it does not count in the end, also as the only one of its arm', async () => {
    const { store, learn, tell, reload } = staged()
    const bandit = await banditOver(store)
    const untaught = viewOf(bandit)
    learn(lessonAt(NOW_MS, { arm: 'R2', reward: -3 }))
    tell()
    await bandit.settled()
    expect(viewOf(bandit)).not.toEqual(untaught)
    reload()
    tell()
    await bandit.settled()
    for (const [i, value] of viewOf(bandit).entries()) expect(value).toBeCloseTo(untaught[i]!, 12)
  })

  it.each(Array.from({ length: 40 }, (_seed, i) => i))(
    'never shows, in whatever order things happen (seed %i)',
    async (seed) => {
      const chance = seededRandom(`races ${seed}`)
      const forgetting = seed % 2 === 0 ? {} : { halfLifeMs: HOUR_MS }
      const breaths = clockOfBreaths()
      const { store, learn, tell, reload } = staged()
      const counted: (readonly [string, Lesson])[] = []
      // So many arms are computed with a breath between two.
      const many = [...arms, ...Array.from({ length: 90 }, (_arm, i) => `S${i}`)]
      const options = { forgetting, ...(seed % 4 < 2 ? {} : { clock: breaths, arms: many }) }
      const bandit = await banditOver(store, options)
      for (let step = 0; step < 60; step += 1) {
        const what = chance.integer(6)
        if (what < 3) {
          const one = lessonAt(NOW_MS - chance.integer(6) * HOUR_MS)
          counted.push(one)
          learn(one)
        } else if (what === 3) tell(1 + chance.integer(3))
        else if (what === 4 && chance.integer(4) === 0) reload(...counted)
        else await Promise.resolve()
      }
      tell()
      await bandit.settled()
      shows(bandit, computed(store.read(), forgetting))
    },
  )
})

/** A clock whose pauses end when everything that is due has run. */
function clockOfBreaths(): VirtualClock {
  const clock = new VirtualClock(NOW_MS)
  clock.sleep = async () => {
    for (let i = 0; i < 5; i += 1) await Promise.resolve()
  }
  return clock
}

describe('settled', () => {
  it('resolves at once when everything is known', async () => {
    const store = memory()
    await store.reward(...lessonAt())
    const bandit = await banditOver(store)
    expect(await bandit.settled()).toBeUndefined()
  })

  it('waits for what is counted and not told yet', async () => {
    const { store, learn, tell } = staged()
    const bandit = await banditOver(store)
    learn(lessonAt())
    learn(lessonAt())
    let isSettled = false
    const settling = bandit.settled().then(() => {
      isSettled = true
    })
    tell(1)
    for (let i = 0; i < 20; i += 1) await Promise.resolve()
    expect(isSettled).toBe(false)
    tell()
    await settling
    shows(bandit, computed(store.read()))
  })

  it('resolves when the bandit or the store is closed', async () => {
    const { store, learn, news } = staged()
    const [one, other] = [await banditOver(store), await banditOver(store)]
    learn(lessonAt())
    const settling = [one.settled(), other.settled()]
    await one.close()
    news.end()
    expect(await Promise.all(settling)).toEqual([undefined, undefined])
    expect(await one.settled()).toBeUndefined()
  })
})

describe('a store that is closed under its bandit', () => {
  it('leaves it deciding by what it knows', async () => {
    const store = memory()
    const bandit = await banditOver(store, { forgetting: { halfLifeMs: HOUR_MS } })
    const rewarded = [0, 1, 2].map(() => store.reward(...lessonAt()))
    await store.close()
    await Promise.all(rewarded)
    await bandit.settled()
    expect(arms).toContain(bandit.decide([1, 0, 0]).arm)
    await bandit.close()
    await bandit.close()
  })

  it('is refused for a new one', async () => {
    const store = memory()
    await store.close()
    await expect(banditOver(store)).rejects.toMatchObject({ code: 'BANDIT_STORE_CLOSED' })
  })
})
