import { checkDelay, sleepWith, type Clock, type Timer } from './clock.ts'

interface Due {
  readonly atMs: number
  readonly run: () => void
}

/**
 * A clock that stands still until a test moves it. Timers run in order of their moment, and those of
 * one moment in the order they were set.
 */
export class VirtualClock implements Clock {
  #nowMs = 0
  #wallOffsetMs: number
  readonly #due = new Set<Due>()

  /** @param wallMs what `wallMs()` says at the start. Default 2026-01-01T00:00:00Z. */
  constructor(wallMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = wallMs
  }

  /** Timers waiting to run. */
  get waiting(): number {
    return this.#due.size
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#nowMs)
  }

  /** Sets the wall clock, as an operator or a time server would. Timers do not notice. */
  setWallMs(wallMs: number): void {
    this.#wallOffsetMs = wallMs - this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith(this, ms, signal)
  }

  after(ms: number, run: () => void): Timer {
    checkDelay(ms)
    const due: Due = { atMs: this.#nowMs + ms, run }
    this.#due.add(due)
    const cancel = (): void => void this.#due.delete(due)
    return { cancel, [Symbol.dispose]: cancel }
  }

  /**
   * Moves time on by `ms`, running what falls due on the way, also timers set by those. Between two
   * timers it lets pending promises settle, so awaiting code sees time pass step by step.
   * @throws {RangeError} if `ms` is not finite and ≥ 0.
   */
  async advance(ms: number): Promise<void> {
    checkDelay(ms)
    const untilMs = this.#nowMs + ms
    await settled()
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#due.delete(next)
      this.#nowMs = next.atMs
      next.run()
      await settled()
    }
    this.#nowMs = untilMs
  }

  #next(untilMs: number): Due | undefined {
    let first: Due | undefined
    for (const due of this.#due) {
      if (due.atMs <= untilMs && (first === undefined || due.atMs < first.atMs)) first = due
    }
    return first
  }
}

/** Resolves once the promises that can settle without time or the outside world have done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
