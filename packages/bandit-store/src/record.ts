import type { Part } from './bandit-store.ts'

/** A lesson as it is counted and stored: plain whole numbers, the same wherever it is read. */
export interface LessonRecord {
  /** Where the decision's id lies. */
  readonly bytes: Uint8Array
  readonly offset: number
  /** The time of that id, in ms since 1970. */
  readonly atMs: number
  readonly arm: string
  readonly part: Part
  /** x in steps of 2⁻¹². */
  readonly context: Int16Array
  /** In steps of 2⁻¹². */
  readonly reward: number
}
