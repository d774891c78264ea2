import { hashOf } from './hash.ts'
import type { EvidenceRow } from './row.ts'

/** How many subjects were live, beside how many should have been. */
export interface StageSplit {
  /** Subjects counted, each once; a decision without a subject is one of its own. */
  readonly subjects: number
  readonly live: number
  readonly expected: number
  /** Σ s (1 − s): by how much chance alone moves `live`. */
  readonly variance: number
}

const BITS = 2 ** 20

/**
 * Counts each subject once, because the decisions of one subject all fall on one side. A bit stands for a subject; two that
 * share one are counted once, which tells nothing of their side. Constant memory: 128 KiB.
 */
export class SubjectSplit {
  readonly #seen = new Uint8Array(BITS / 8)
  #subjects = 0
  #live = 0
  #expected = 0
  #variance = 0

  add({ subject, stage, live }: EvidenceRow): void {
    if (stage === null || stage <= 0 || stage >= 100) return
    if (subject !== undefined && subject !== null && this.#isKnown(subject)) return
    const share = stage / 100
    this.#subjects += 1
    this.#live += live === null ? 0 : 1
    this.#expected += share
    this.#variance += share * (1 - share)
  }

  split(): StageSplit {
    return {
      subjects: this.#subjects,
      live: this.#live,
      expected: this.#expected,
      variance: this.#variance,
    }
  }

  #isKnown(subject: string): boolean {
    const bit = hashOf(subject) & (BITS - 1)
    const [byte, mask] = [bit >> 3, 1 << (bit & 7)]
    const isKnown = ((this.#seen[byte] ?? 0) & mask) !== 0
    this.#seen[byte] = (this.#seen[byte] ?? 0) | mask
    return isKnown
  }
}
