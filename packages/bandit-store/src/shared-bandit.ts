import {
  createLinUCB,
  emptySums,
  type Decision,
  type DecideOptions,
  type LinUCB,
  type LinUCBFact,
  type LinUCBOptions,
  type Prior,
  type Sums,
} from '@holdfast/linucb'
import { ignore, systemClock, type Observe } from '@holdfast/seams'
import type { BanditStore, Change, Learnt } from './bandit-store.ts'
import type { BanditStoreFact } from './facts.ts'
import { codeOf } from './errors.ts'
import { addSums } from './fold.ts'
import { contextOf, contextSteps } from './quantum.ts'
import { checkedForgetting, weigh, weightOf, weightOfEarlier, type Forgetting } from './weigh.ts'

export interface SharedBanditOptions extends Omit<LinUCBOptions, 'dim' | 'observe'> {
  readonly store: BanditStore
  /**
   * What of the past counts. Default all of it. With a half-life or a window the prior fades too, as what is from
   * before the first epoch: one that stayed whole would have the last word again as soon as the lessons against
   * it fade.
   */
  readonly forgetting?: Forgetting
  readonly observe?: Observe<BanditStoreFact | LinUCBFact>
}

/** A bandit that decides by what all processes have learned. Rewards are told to its store. */
export interface SharedBandit extends AsyncDisposable {
  readonly arms: readonly string[]
  /**
   * Chooses an arm, at once: it waits for no disk and no other process.
   * @throws what `LinUCB.decide` throws, and {BanditStoreInputError} for a context that cannot be stored.
   */
  decide(context: ArrayLike<number>, options?: DecideOptions): Decision
  diagnostics(): ReturnType<LinUCB['diagnostics']>
  /** Resolves when everything that the store knows now is decided by, or nothing is listened to any more. */
  settled(): Promise<void>
  /** Stops listening to the store, which stays open. */
  close(): Promise<void>
}

/**
 * Makes a bandit over a store. From then on it learns what the store is told, by whatever process.
 * @throws {RangeError} or {TypeError} for an option out of range, naming it.
 */
export async function createSharedBandit(options: SharedBanditOptions): Promise<SharedBandit> {
  const { store, forgetting = {}, observe = ignore, ...linucb } = options
  const { clock = systemClock } = linucb
  const memory = checkedForgetting(forgetting)
  const begin = { ...linucb, dim: store.dim, observe }
  // Made with the prior in any case, which checks it.
  const whole = createLinUCB(begin)
  const isFading = Math.min(memory.halfLifeMs, memory.windowMs) < Infinity
  const known = isFading ? sumsOf(linucb.prior) : new Map<string, Sums>()
  const { prior: _, ...unknowing } = begin
  const model = known.size === 0 ? whole : createLinUCB(unknowing)
  const ending = new AbortController()
  const changes = store.watch(ending.signal)
  /** For each arm, the number up to which everything is in what it was computed from. */
  const heard = new Map<string, number>()
  let newestEpoch: number | null = null
  /** Number of the last lesson or reset that all arms know. */
  let upTo = 0
  let isOver = false
  let waiting: { readonly number: number; readonly resolve: () => void }[] = []

  const nothing = new Float64Array(store.dim)
  /** Arms that were taught anything: the others are as they begin. */
  const taught = new Set<string>()

  /** Computes arms anew from what is stored, with a breath between two: one is O(d³). */
  const adopt = async (arms: Iterable<string>): Promise<void> => {
    for (const arm of arms) {
      const learned = store.read()
      let sums = weigh(learned, memory, new Set([arm])).get(arm)
      const before = known.get(arm)
      if (before !== undefined) {
        sums ??= emptySums(store.dim)
        addSums(sums, before, weightOfEarlier(learned, memory))
      }
      heard.set(arm, learned.told)
      if (sums !== undefined) taught.add(arm)
      try {
        // It may have been taught what, of two accounts of a decision, does not count in the end.
        if (taught.has(arm)) model.adopt(arm, sums ?? emptySums(store.dim))
      } catch (error) {
        observe({ kind: 'bandit-store.arm-unusable', arm, error })
      }
      if (model.dim * model.arms.length > MOST_AT_ONCE) await clock.sleep(0)
    }
  }
  const adoptAll = async (): Promise<void> => {
    const { newestEpoch: newest, told } = store.read()
    newestEpoch = newest
    await adopt(model.arms)
    upTo = Math.max(upTo, told)
  }

  /**
   * Whether a lesson may simply be added: it is not in the arm yet, and counts in full, or not at all. One that does not
   * count is learned with a context of zeros: that is one pull more, and leaves no trace in any score.
   */
  const take = (lesson: Learnt): 'done' | 'adopt' => {
    if (lesson.number <= (heard.get(lesson.arm) ?? 0)) return 'done'
    const learned = store.read()
    const weight = weightOf(lesson.epoch, learned, memory)
    // What is not kept apart any more counts with all else that is not.
    const isApart = lesson.epoch >= (learned.oldestKept ?? lesson.epoch)
    const isForgotten = weight === 0 && isApart && !isFading
    if (weight !== 1 && !isForgotten) return 'adopt'
    taught.add(lesson.arm)
    const context = isForgotten ? nothing : lesson.context
    if (lesson.isFirst) model.learn(lesson.arm, context, lesson.reward)
    else model.learnMore(lesson.arm, context, lesson.reward)
    return 'done'
  }

  const hear = async (change: Change): Promise<void> => {
    if (change.kind === 'reset') {
      await adoptAll()
      return
    }
    // With a new epoch everything is older.
    if (isFading && store.read().newestEpoch !== newestEpoch) await adoptAll()
    const arms = new Set(model.arms)
    const stale = new Set<string>()
    for (const lesson of change.lessons) {
      if (!arms.has(lesson.arm) || stale.has(lesson.arm)) continue
      if (take(lesson) === 'adopt') stale.add(lesson.arm)
    }
    await adopt(stale)
    upTo = Math.max(upTo, change.lessons.at(-1)?.number ?? 0)
  }

  /** What to wait for until everything is known. Of a store that is closed only the end of listening. */
  const toldByNow = (): number => {
    try {
      return store.read().told
    } catch (error) {
      if (codeOf(error) !== 'BANDIT_STORE_CLOSED') throw error
      return Infinity
    }
  }

  const listen = async (): Promise<void> => {
    try {
      for await (const change of changes) {
        await hear(change)
        for (const { number, resolve } of waiting) if (number <= upTo) resolve()
        waiting = waiting.filter(({ number }) => number > upTo)
      }
    } catch (error) {
      // What was still to be heard cannot be read any more. Everything else is a bug.
      if (codeOf(error) !== 'BANDIT_STORE_CLOSED') throw error
    } finally {
      isOver = true
      for (const { resolve } of waiting) resolve()
      waiting = []
    }
  }

  try {
    await adoptAll()
  } catch (error) {
    ending.abort()
    throw error
  }
  const listening = listen()
  const close = async (): Promise<void> => {
    ending.abort()
    await listening
  }
  return {
    get arms() {
      return model.arms
    },
    decide: (context, decideOptions) =>
      model.decide(contextOf(contextSteps(context, store.dim)), decideOptions),
    diagnostics: () => model.diagnostics(),
    async settled() {
      const number = toldByNow()
      if (isOver || number <= upTo) return
      await new Promise<void>((resolve) => {
        waiting.push({ number, resolve })
      })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A prior as if it had been learned; its observations are nobody's pulls. */
function sumsOf(prior: Prior | undefined): Map<string, Sums> {
  return new Map(
    Object.entries(prior?.arms ?? {}).map(([arm, { a, b }]) => [
      arm,
      { a: Float64Array.from(a), b: Float64Array.from(b), pulls: 0, rewardSum: 0 },
    ]),
  )
}

/** Features times arms beyond which computing all arms anew is felt by whoever waits for a decision. */
const MOST_AT_ONCE = 256
