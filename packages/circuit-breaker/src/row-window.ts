import { SLOW, SUCCESS } from './kinds.ts'
import type { CallWindow, WindowContent } from './window.ts'

/** Failures in a row, and slow calls in a row. A success starts the first anew, a quick call the second. */
export class RowWindow implements CallWindow {
  /** How many calls the row of failures has. */
  calls = 0
  failures = 0
  slow = 0
  readonly #weights: readonly number[]

  constructor(weights: readonly number[]) {
    this.#weights = weights
  }

  record(code: number, isSlow: boolean): void {
    this.calls = code === SUCCESS ? 0 : this.calls + 1
    this.failures = code === SUCCESS ? 0 : this.failures + (this.#weights[code] ?? 0)
    this.slow = isSlow ? this.slow + (this.#weights[SLOW] ?? 0) : 0
  }

  moveTo(): void {}

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.slow = 0
  }

  content(): WindowContent {
    const { calls, failures, slow } = this
    return { kind: 'consecutive', calls, failures, slow }
  }

  refill(content: WindowContent): void {
    this.clear()
    if (content.kind !== 'consecutive') return
    this.calls = content.calls
    this.failures = content.failures
    this.slow = content.slow
  }
}
