import { packedLength, type Sums } from '@holdfast/linucb'
import type { Clock } from '@holdfast/seams'
import type { Decided, Lesson } from './bandit-store.ts'
import { readDecisionId, type DecisionKey } from './decision-id.ts'
import { BanditStoreInputError } from './errors.ts'
import type { Fold } from './fold.ts'
import type { PendingDecision } from './pending-table.ts'
import { contextSteps, rewardSteps } from './quantum.ts'
import type { LessonRecord } from './record.ts'

/** How far the clocks of two machines may differ, in ms. An id from later on would be the newest for that long. */
const MOST_AHEAD_MS = 3_600_000
const LONGEST_ARM_BYTES = 255
const LONGEST_NOTE_BYTES = 4096

/** @throws {BanditStoreInputError} if it is no id of a decision made by now. */
export function readMadeId(id: unknown, clock: Pick<Clock, 'wallMs'>): DecisionKey {
  const key = readDecisionId(id)
  if (key.atMs > clock.wallMs() + MOST_AHEAD_MS) {
    throw new BanditStoreInputError('decisionId', 'of a time that is not to come', id)
  }
  return key
}

/** @throws {BanditStoreInputError} naming what is not as it may be. */
export function recordOf({ bytes, atMs }: DecisionKey, lesson: Lesson, dim: number): LessonRecord {
  const { arm, context, reward, part = 'immediate' } = lesson
  if (part !== 'immediate' && part !== 'later') {
    throw new BanditStoreInputError('part', '"immediate" or "later"', part)
  }
  checkArm(arm)
  return {
    bytes,
    offset: 0,
    atMs,
    arm,
    part,
    context: contextSteps(context, dim),
    reward: rewardSteps(reward),
  }
}

/** @throws {BanditStoreInputError} if the decision's other part was of another arm or context. */
export function checkSameDecision(
  fold: Pick<Fold, 'contradicts'>,
  record: LessonRecord,
  lesson: Lesson,
): void {
  if (!fold.contradicts(record)) return
  const mayBe = "of the same arm and context as the decision's other part"
  throw new BanditStoreInputError('lesson', mayBe, lesson)
}

/** @throws {BanditStoreInputError} naming what is not as it may be. */
export function pendingOf(
  { bytes, atMs }: DecisionKey,
  { arm, context, note = '' }: Decided,
  dim: number,
): PendingDecision {
  checkArm(arm)
  if (!isText(note) || Buffer.byteLength(note) > LONGEST_NOTE_BYTES) {
    throw new BanditStoreInputError('note', `text of at most ${LONGEST_NOTE_BYTES} bytes`, note)
  }
  return { key: bytes, atMs, arm, context: contextSteps(context, dim), note }
}

/** @throws {BanditStoreInputError} naming the arm whose sums are not of `dim`, or not finite. */
export function checkSums(sums: ReadonlyMap<string, Sums>, dim: number): void {
  for (const [arm, { a, b, pulls, rewardSum }] of sums) {
    checkArm(arm)
    const isWhole =
      isVector(a, packedLength(dim)) &&
      isVector(b, dim) &&
      Number.isFinite(rewardSum) &&
      Number.isFinite(pulls) &&
      pulls >= 0
    if (!isWhole) {
      throw new BanditStoreInputError(`sums.${arm}`, `finite sums of ${dim} features`, { a, b })
    }
  }
}

function checkArm(arm: unknown): void {
  const isId =
    isText(arm) && arm !== '' && arm !== '__proto__' && Buffer.byteLength(arm) <= LONGEST_ARM_BYTES
  if (!isId) {
    throw new BanditStoreInputError(
      'arm',
      `an id of 1 to ${LONGEST_ARM_BYTES} bytes other than __proto__`,
      arm,
    )
  }
}

/** Half of a surrogate pair has no form in UTF-8: it would come back as another text. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && !/\p{Surrogate}/u.test(value)

const isVector = (value: unknown, length: number): boolean =>
  value instanceof Float64Array && value.length === length && value.every(Number.isFinite)
