import { addObservation, addReward, emptySums, type Sums } from '@holdfast/linucb'
import type { Learned, Learnt, Part } from './bandit-store.ts'
import { IdSet } from './id-set.ts'
import { rewardMark, subjectOf } from './marks.ts'
import { contextOf, STEPS } from './quantum.ts'
import type { LessonRecord } from './record.ts'

/** How lessons are put together. */
export interface FoldRules {
  readonly dim: number
  /** Length of an epoch, in ms. */
  readonly epochMs: number
  /** How many epochs, the newest included, are kept apart. Integer ≥ 1. */
  readonly keepEpochs: number
}

export type Counted =
  /** `differs`: its other part was of another arm or context, so that it matters which came first. */
  | { readonly kind: 'applied'; readonly learnt: Learnt; readonly differs: boolean }
  /** Known already. `differs`: with another arm, context or reward, so that the first seen here stands. */
  | { readonly kind: 'duplicate'; readonly differs: boolean }
  /** From before the ids that are still remembered, so that nobody can tell whether it was counted. */
  | { readonly kind: 'late' }

export type ArmSums = Map<string, Sums>

/** Everything a fold is, ready to be written down. */
export interface FoldContents {
  readonly epochs: Map<number, ArmSums>
  readonly older: ArmSums
  readonly imported: ArmSums
  readonly ids: IdSet
  /** Ids of before are no longer remembered, in ms since 1970. */
  droppedBeforeMs: number
  decisions: number
}

export const emptyContents = (): FoldContents => ({
  epochs: new Map(),
  older: new Map(),
  imported: new Map(),
  ids: new IdSet(),
  droppedBeforeMs: -Infinity,
  decisions: 0,
})

const FIRST_PART = 1
const SECOND_PART = 2
/** The flags of an id that are stored. */
export const STORED_FLAGS: number = FIRST_PART | SECOND_PART
/**
 * Which mark of an id tells of arm and context, and which of the rewards. What came from a snapshot has none: how it
 * was counted there is final.
 */
const SUBJECT = 0
const REWARDS = 1

/**
 * All that was learned, as the sum over a set of lessons. Which lessons are in it decides every bit of it; the order in
 * which they came does not: sums of multiples of 2⁻²⁴ are exact, and what is put where depends on ids alone.
 */
export class Fold implements Learned {
  readonly rules: FoldRules
  readonly #contents: FoldContents
  #newestEpoch: number | null
  #told = 0

  constructor(rules: FoldRules, contents: FoldContents = emptyContents()) {
    this.rules = rules
    this.#contents = contents
    this.#newestEpoch = null
    for (const epoch of contents.epochs.keys()) {
      if (this.#newestEpoch === null || epoch > this.#newestEpoch) this.#newestEpoch = epoch
    }
    // Whoever wrote the contents may have kept more epochs apart.
    this.#gatherOld()
  }

  get dim(): number {
    return this.rules.dim
  }

  get epochMs(): number {
    return this.rules.epochMs
  }

  get epochs(): ReadonlyMap<number, ArmSums> {
    return this.#contents.epochs
  }

  get older(): ArmSums {
    return this.#contents.older
  }

  get imported(): ArmSums {
    return this.#contents.imported
  }

  get newestEpoch(): number | null {
    return this.#newestEpoch
  }

  get oldestKept(): number | null {
    return this.#newestEpoch === null ? null : this.#newestEpoch - this.rules.keepEpochs + 1
  }

  get decisions(): number {
    return this.#contents.decisions
  }

  get told(): number {
    return this.#told
  }

  /** Goes on counting where another fold is, in whose place this one comes: that counts as well. */
  continueFrom({ told }: Fold): void {
    this.#told = told + 1
  }

  get contents(): FoldContents {
    return this.#contents
  }

  /** The parts of a decision's reward that were counted. */
  partsOf(key: Uint8Array): readonly Part[] {
    const place = this.#contents.ids.find(key)
    const flags = place < 0 ? 0 : this.#contents.ids.flagsAt(place)
    const parts: Part[] = []
    if ((flags & FIRST_PART) !== 0) parts.push('immediate')
    if ((flags & SECOND_PART) !== 0) parts.push('later')
    return parts
  }

  /** Whether a lesson lasts: it is in a snapshot, or this process has made it durable. */
  isSettled({ bytes, offset, part }: LessonRecord): boolean {
    const { ids } = this.#contents
    const place = ids.find(bytes, offset)
    if (place < 0 || (ids.flagsAt(place) & flagOf(part)) === 0) return false
    if ((ids.flagsAt(place) & durableFlagOf(part)) !== 0) return true
    return this.#rewardMarkAt(place, part) === 0
  }

  /** Notes that this process has made a lesson durable. */
  settle({ bytes, offset, part }: LessonRecord): void {
    const { ids } = this.#contents
    const place = ids.find(bytes, offset)
    if (place >= 0) ids.setFlags(place, ids.flagsAt(place) | durableFlagOf(part))
  }

  /** Whether the other part of this decision was of another arm or context. */
  contradicts(record: LessonRecord): boolean {
    const { ids } = this.#contents
    const place = ids.find(record.bytes, record.offset)
    if (place < 0 || (ids.flagsAt(place) & flagOf(record.part)) !== 0) return false
    return this.#isOfOther(place, record)
  }

  /** Counts a lesson, once. */
  count(record: LessonRecord): Counted {
    const { ids } = this.#contents
    const { bytes, offset, atMs, part, reward } = record
    const flag = flagOf(part)
    const known = ids.find(bytes, offset)
    const flags = known < 0 ? 0 : ids.flagsAt(known)
    if ((flags & flag) !== 0) return { kind: 'duplicate', differs: this.#differs(known, record) }
    // Also a second part of a decision whose first is forgotten, which would count it twice in A.
    if (atMs < this.#contents.droppedBeforeMs) return { kind: 'late' }

    const differs = known >= 0 && this.#isOfOther(known, record)
    const place = known < 0 ? ids.add(bytes, offset, flag) : known
    ids.setFlags(place, flags | flag)
    if (!differs) ids.setMark(place, SUBJECT, subjectOf(record))
    ids.setMark(place, REWARDS, (ids.markAt(place, REWARDS) | rewardMark(part, reward)) >>> 0)
    return { kind: 'applied', learnt: this.#add(record, known < 0), differs }
  }

  /** Whether there is nothing yet, learned or imported. */
  get isEmpty(): boolean {
    return this.#contents.decisions === 0 && this.#contents.imported.size === 0
  }

  /** Takes in what another system has learned. */
  adoptImported(sums: ArmSums): void {
    for (const [arm, { a, b, pulls, rewardSum }] of sums) {
      this.#contents.imported.set(arm, { a: a.slice(), b: b.slice(), pulls, rewardSum })
    }
    this.#told += 1
  }

  /** Forgets the ids of before `atMs`: what is told of them from now on is late. */
  dropIdsBefore(atMs: number): void {
    if (atMs <= this.#contents.droppedBeforeMs) return
    this.#contents.ids.dropBefore(atMs)
    this.#contents.droppedBeforeMs = atMs
  }

  #add({ arm, context, reward, atMs }: LessonRecord, isFirst: boolean): Learnt {
    const { dim, epochMs } = this.rules
    const epoch = Math.floor(atMs / epochMs)
    if (this.#newestEpoch === null || epoch > this.#newestEpoch) {
      this.#newestEpoch = epoch
      this.#gatherOld()
    }
    const sums = sumsIn(this.#bucketOf(epoch), arm, dim)
    this.#told += 1
    const learnt: Learnt = {
      number: this.#told,
      arm,
      context: contextOf(context),
      reward: reward / STEPS,
      isFirst,
      epoch,
    }
    if (isFirst) {
      addObservation(sums, learnt.context, learnt.reward)
      this.#contents.decisions += 1
    } else addReward(sums, learnt.context, learnt.reward)
    return learnt
  }

  #bucketOf(epoch: number): ArmSums {
    const { epochs, older } = this.#contents
    if (epoch < this.oldestKept!) return older
    let bucket = epochs.get(epoch)
    if (bucket === undefined) epochs.set(epoch, (bucket = new Map()))
    return bucket
  }

  #gatherOld(): void {
    const { epochs, older } = this.#contents
    const { oldestKept } = this
    if (oldestKept === null) return
    for (const [epoch, bucket] of epochs) {
      if (epoch >= oldestKept) continue
      for (const [arm, sums] of bucket) addSums(sumsIn(older, arm, this.rules.dim), sums, 1)
      epochs.delete(epoch)
    }
  }

  /** Whether a part that is known was told with another arm, context or reward. */
  #differs(place: number, record: LessonRecord): boolean {
    const seen = this.#rewardMarkAt(place, record.part)
    if (seen === 0) return false
    return seen !== rewardMark(record.part, record.reward) || this.#isOfOther(place, record)
  }

  #isOfOther(place: number, record: LessonRecord): boolean {
    const subject = this.#contents.ids.markAt(place, SUBJECT)
    return subject !== 0 && subject !== subjectOf(record)
  }

  #rewardMarkAt(place: number, part: Part): number {
    const mask = part === 'immediate' ? 0xffff : 0xffff0000
    return (this.#contents.ids.markAt(place, REWARDS) & mask) >>> 0
  }
}

/** What is known of a part in this process only. */
const durableFlagOf = (part: Part): number => flagOf(part) << 2

const flagOf = (part: Part): number => (part === 'immediate' ? FIRST_PART : SECOND_PART)

/** The sums of an arm, made when they are not there. */
export function sumsIn(bucket: ArmSums, arm: string, dim: number): Sums {
  let sums = bucket.get(arm)
  if (sums === undefined) bucket.set(arm, (sums = emptySums(dim)))
  return sums
}

/** into += weight · sums; the counts are added whole. */
export function addSums(into: Sums, sums: Sums, weight: number): void {
  for (let i = 0; i < into.a.length; i += 1) into.a[i]! += weight * sums.a[i]!
  for (let i = 0; i < into.b.length; i += 1) into.b[i]! += weight * sums.b[i]!
  into.pulls += sums.pulls
  into.rewardSum += sums.rewardSum
}
