import type { Lesson, Part, RewardResult } from '@holdfast/bandit-store'

/**
 * Lessons that are learned in this process and not known to be durable. Until they are, telling one again must not be
 * answered as if it had been taken in for good.
 */
export interface UnsettledLessons {
  has(id: string, part: Part): boolean
  /** @param save makes durable what it is given: the lesson as it was told first. */
  settle(
    id: string,
    lesson: Lesson,
    save: (first: Lesson) => Promise<RewardResult>,
  ): Promise<RewardResult>
  /** What could not be written was written since. */
  allSaved(): void
}

export function unsettledLessons(): UnsettledLessons {
  const waiting = new Map<string, { readonly lesson: Lesson; hasFailed: boolean }>()
  let failures = 0
  return {
    has: (id, part) => waiting.has(keyOf(id, part)),
    async settle(id, lesson, save) {
      const key = keyOf(id, lesson.part ?? 'immediate')
      const entry = waiting.get(key) ?? { lesson, hasFailed: false }
      waiting.set(key, entry)
      try {
        const result = await save(entry.lesson)
        waiting.delete(key)
        return result
      } catch (error) {
        const isLearned = (error as { code?: unknown }).code === 'BANDIT_STORE_WRITE'
        if (isLearned) {
          entry.hasFailed = true
          failures += 1
        } else if (!entry.hasFailed) waiting.delete(key)
        throw error
      }
    },
    allSaved() {
      if (failures === 0) return
      failures = 0
      for (const [key, { hasFailed }] of waiting) if (hasFailed) waiting.delete(key)
    },
  }
}

const keyOf = (id: string, part: Part): string => `${id} ${part}`
