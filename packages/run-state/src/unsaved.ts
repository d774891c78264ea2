import type { TimedResult } from './progress.ts'

/** Attempts in doubt that are remembered; a file remembers no more updates than that. */
const MOST_ATTEMPTS = 16

/**
 * What a tracker was told and does not know to be in the file, oldest first. A write takes all of it. When it cannot be confirmed, the
 * stamps in the file tell later whether it was made, so that nothing is taken in twice.
 */
export class Unsaved {
  readonly #results: TimedResult[] = []
  /** Writes that may have been made, and how many of the results went with each: always the oldest. */
  #attempts: readonly { readonly stamp: string; readonly count: number }[] = []

  get size(): number {
    return this.#results.length
  }

  add(result: TimedResult): void {
    this.#results.push(result)
  }

  /** What goes into a write with that stamp. From now on the file may have it. */
  begin(stamp: string): readonly TimedResult[] {
    const attempt = { stamp, count: this.#results.length }
    this.#attempts = [...this.#attempts, attempt].slice(-MOST_ATTEMPTS)
    return this.#results.slice()
  }

  /** It is in the file, with all that earlier attempts took. */
  succeeded(count: number): void {
    this.#results.splice(0, count)
    this.#attempts = []
  }

  /** Nothing was written. */
  failed(stamp: string): void {
    this.#attempts = this.#attempts.filter((attempt) => attempt.stamp !== stamp)
  }

  /** What a file that was made by updates with these stamps lacks. */
  notIn(stamps: readonly string[]): TimedResult[] {
    const made = this.#attempts.filter(({ stamp }) => stamps.includes(stamp))
    return this.#results.slice(Math.max(0, ...made.map(({ count }) => count)))
  }
}

/** What goes into one write, counted: results, those of them that are failures, and runs that are to be tried anew. */
export function countsOf(results: readonly TimedResult[]): {
  readonly results: number
  readonly failed: number
  readonly retried: number
} {
  const count = (outcome: TimedResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length
  const retried = count('again')
  return { results: results.length - retried, failed: count('failed'), retried }
}
