import { SLOW } from './kinds.ts'
import type { CallWindow, WindowContent } from './window.ts'

const SLOW_FLAG = 8
const KIND_MASK = 7

/** The last `size` calls: a ring of small numbers, and running sums. */
export class CountWindow implements CallWindow {
  calls = 0
  failures = 0
  slow = 0
  #at = 0
  readonly #ring: Uint8Array
  readonly #weights: readonly number[]

  constructor(size: number, weights: readonly number[]) {
    this.#ring = new Uint8Array(size)
    this.#weights = weights
  }

  record(code: number, isSlow: boolean): void {
    const ring = this.#ring
    const at = this.#at
    if (this.calls < ring.length) this.calls += 1
    else if (ring[at] !== 0) this.#count(ring[at]!, -1)
    const entry = isSlow ? code | SLOW_FLAG : code
    ring[at] = entry
    if (entry !== 0) this.#count(entry, 1)
    this.#at = at + 1 === ring.length ? 0 : at + 1
  }

  #count(entry: number, sign: 1 | -1): void {
    this.failures += sign * (this.#weights[entry & KIND_MASK] ?? 0)
    if (entry >= SLOW_FLAG) this.slow += sign * (this.#weights[SLOW] ?? 0)
  }

  moveTo(): void {}

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.slow = 0
    this.#at = 0
  }

  content(): WindowContent {
    const { length } = this.#ring
    const oldest = this.calls < length ? 0 : this.#at
    const calls = Array.from({ length: this.calls }, (_, i) =>
      this.#ring[(oldest + i) % length]!.toString(16),
    )
    return { kind: 'count', calls: calls.join('') }
  }

  refill(content: WindowContent): void {
    this.clear()
    if (content.kind !== 'count') return
    for (const digit of content.calls) {
      const entry = Number.parseInt(digit, 16)
      this.record(entry & KIND_MASK, entry >= SLOW_FLAG)
    }
  }
}
