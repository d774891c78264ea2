import { SLOW } from './kinds.ts'
import type { CallWindow, WindowContent } from './window.ts'

const FIELDS = 3 // Per second: calls, failures, slow.

/** Calls of this second and of the `seconds` − 1 before: a ring of seconds, and running sums. No timer moves it. */
export class TimeWindow implements CallWindow {
  calls = 0
  failures = 0
  slow = 0
  #second = 0
  readonly #seconds: number
  readonly #buckets: Float64Array
  readonly #weights: readonly number[]

  constructor(seconds: number, weights: readonly number[]) {
    this.#seconds = seconds
    this.#buckets = new Float64Array(seconds * FIELDS)
    this.#weights = weights
  }

  record(code: number, isSlow: boolean, second: number): void {
    if (second > this.#second) this.moveTo(second)
    this.#add(1, this.#weights[code] ?? 0, isSlow ? (this.#weights[SLOW] ?? 0) : 0, this.#second)
  }

  #add(calls: number, failures: number, slow: number, second: number): void {
    const buckets = this.#buckets
    const at = this.#placeOf(second)
    this.calls += calls
    this.failures += failures
    this.slow += slow
    buckets[at]! += calls
    buckets[at + 1]! += failures
    buckets[at + 2]! += slow
  }

  /** A restored call may be older than the clock, so the second may be below 0. */
  #placeOf(second: number): number {
    const place = second % this.#seconds
    return (place < 0 ? place + this.#seconds : place) * FIELDS
  }

  /** However long ago the last call was, this empties each second of the ring at most once. */
  moveTo(second: number): void {
    const steps = Math.min(second - this.#second, this.#seconds)
    for (let step = 0; step < steps; step += 1) {
      const at = this.#placeOf(second - step)
      this.calls -= this.#buckets[at]!
      this.failures -= this.#buckets[at + 1]!
      this.slow -= this.#buckets[at + 2]!
      this.#buckets.fill(0, at, at + FIELDS)
    }
    this.#second = Math.max(second, this.#second)
  }

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.slow = 0
    this.#buckets.fill(0)
  }

  content(): WindowContent {
    const buckets: number[][] = []
    for (let age = this.#seconds - 1; age >= 0; age -= 1) {
      const at = this.#placeOf(this.#second - age)
      const bucket = [...this.#buckets.subarray(at, at + FIELDS)]
      if (bucket[0] !== 0) buckets.push([age, ...bucket])
    }
    return { kind: 'time', buckets }
  }

  refill(content: WindowContent, agedSeconds: number, second: number): void {
    this.clear()
    this.#second = second
    if (content.kind !== 'time') return
    for (const [age = 0, calls = 0, failures = 0, slow = 0] of content.buckets) {
      const presentAge = age + agedSeconds
      if (presentAge < this.#seconds) this.#add(calls, failures, slow, second - presentAge)
    }
  }
}
