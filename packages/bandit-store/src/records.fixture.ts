import fc from 'fast-check'
import { plain } from './contract/laboratory.ts'
import { readDecisionId } from './decision-id.ts'
import { Fold, type FoldRules } from './fold.ts'
import type { LessonRecord } from './record.ts'

export const HOUR_MS = 3_600_000
export const RULES: FoldRules = { dim: 2, epochMs: HOUR_MS, keepEpochs: 3 }

/** The id of the `n`th decision made at `atMs`. */
export function idAt(atMs: number, n = 0): string {
  const time = atMs.toString(16).padStart(12, '0')
  const last = n.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${last}`
}

export const keyOf = (id: string): Uint8Array => readDecisionId(id).bytes

/** A lesson in steps of 2⁻¹². */
export function record(id: string, given: Partial<LessonRecord> = {}): LessonRecord {
  return {
    ...readDecisionId(id),
    offset: 0,
    arm: 'R1',
    part: 'immediate',
    context: Int16Array.from([4096, -2048]),
    reward: 2048,
    ...given,
  }
}

/** Decisions over several epochs, each told in one part or two. */
export const tellings: fc.Arbitrary<LessonRecord[]> = fc
  .uniqueArray(
    fc.record({
      hour: fc.integer({ min: 0, max: 9 }),
      n: fc.integer({ min: 0, max: 1000 }),
      arm: fc.constantFrom('R1', 'R2', 'größer'),
      context: fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 2, maxLength: 2 }),
      rewards: fc.array(fc.integer({ min: -4_096_000, max: 4_096_000 }), {
        minLength: 1,
        maxLength: 2,
      }),
      laterFirst: fc.boolean(),
    }),
    { selector: ({ hour, n }) => `${hour} ${n}`, maxLength: 40 },
  )
  .map((decisions) =>
    decisions.flatMap(({ hour, n, arm, context, rewards, laterFirst }) =>
      rewards.map((reward, i) =>
        record(idAt(hour * HOUR_MS, n), {
          arm,
          context: Int16Array.from(context),
          reward,
          part: (i === 0) === laterFirst ? 'later' : 'immediate',
        }),
      ),
    ),
  )

export function folded(records: readonly LessonRecord[], rules: FoldRules = RULES): Fold {
  const fold = new Fold(rules)
  for (const one of records) fold.count(one)
  return fold
}

/** Every bit of a fold, but for the order in which its ids came. */
export function everything(fold: Fold): object {
  const { keys, flags } = fold.contents.ids.contents()
  const ids = [...flags].map(
    (flag, i) => `${Buffer.from(keys).toString('hex', i * 16, i * 16 + 16)} ${flag & 3}`,
  )
  return {
    learned: plain(fold),
    ids: ids.toSorted(),
    droppedBeforeMs: fold.contents.droppedBeforeMs,
  }
}
