import { CountWindow } from './count-window.ts'
import { RowWindow } from './row-window.ts'
import { TimeWindow } from './time-window.ts'

/** Which calls are looked at while the breaker is closed. */
export type Window =
  /** The last `size` calls. Integer from 1 to 1 000 000. */
  | { readonly kind: 'count'; readonly size: number }
  /** Those that ended in this second of the monotonic clock or in the `seconds` − 1 before. Integer from 1 to 86 400. */
  | { readonly kind: 'time'; readonly seconds: number }
  /** Those since the last good one: opens when `minimumCalls` in a row failed. */
  | { readonly kind: 'consecutive' }

/** Sums over the calls a window holds, failures and slow calls weighted, in units of `WEIGHT_UNIT`. */
export interface Sums {
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

/** Takes in calls one by one. Costs the same however many it holds. */
export interface CallWindow extends Sums {
  /**
   * @param code   0 for a success, else the kind of failure.
   * @param isSlow whether it took too long, whatever came of it.
   * @param second whole second in which it ended; only a window by time looks at it.
   */
  record(code: number, isSlow: boolean, second: number): void
  /** Lets go of what has become too old by `second`. */
  moveTo(second: number): void
  clear(): void
  /** Its content as plain data, to be given to `refill` of a window of the same kind. */
  content(): WindowContent
  /** @param agedSeconds how long ago `content` was taken. @param second the present one. */
  refill(content: WindowContent, agedSeconds: number, second: number): void
}

/** What a window holds, as JSON. */
export type WindowContent =
  /** A hexadecimal digit per call, oldest first: 0 for a success, else the kind of failure, plus 8 if it was slow. */
  | { readonly kind: 'count'; readonly calls: string }
  /** Per second: its age in seconds, then calls, failures and slow calls. */
  | { readonly kind: 'time'; readonly buckets: readonly (readonly number[])[] }
  | {
      readonly kind: 'consecutive'
      readonly calls: number
      readonly failures: number
      readonly slow: number
    }

/** @param weights by code, in units of `WEIGHT_UNIT`. */
export function createWindow(window: Window, weights: readonly number[]): CallWindow {
  if (window.kind === 'count') return new CountWindow(window.size, weights)
  if (window.kind === 'time') return new TimeWindow(window.seconds, weights)
  return new RowWindow(weights)
}
