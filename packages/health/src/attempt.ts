import type { Clock, Timer } from '@holdfast/seams'
import type { Check } from './check.ts'
import { CheckCancelledError, CheckTimeoutError } from './errors.ts'
import { pledge } from './pledge.ts'

/** How one call of a check ended. */
export type Ending =
  | { readonly kind: 'answered'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'timed-out' }
  /** Nobody wanted to know any more. */
  | { readonly kind: 'cancelled' }

/** One call of a check, which has an end whatever the check does. */
export interface Attempt {
  readonly startedAtMs: number
  /** Never rejects. Comes at the latest when the time is up. */
  readonly ending: Promise<Ending>
  /** Whether the check's own promise has not settled, which it may never do. */
  readonly isPending: boolean
  /** Keeps the process alive until the end, for somebody waits for it. */
  hold(): void
  /** Ends it at once. @returns when the check's own promise settles, at the latest when its time is up. */
  cancel(): Promise<void>
}

/** Calls `check` and cuts it off after `timeoutMs`. What it does after that is heard by nobody. */
export function attempt(name: string, check: Check, timeoutMs: number, clock: Clock): Attempt {
  const startedAtMs = clock.monotonicMs()
  const controller = new AbortController()
  const { signal } = controller
  const timers: Timer[] = []
  let isPending = true
  let isHeld = false
  const { promise: ending, resolve: end } = pledge<Ending>()
  const leftMs = (): number => Math.max(0, startedAtMs + timeoutMs - clock.monotonicMs())
  const atDeadline = (run: () => void, keepsAlive: boolean): void =>
    void timers.push(clock.after(leftMs(), run, { keepsAlive }))
  const expire = (): void => {
    end({ kind: 'timed-out' })
    controller.abort(new CheckTimeoutError(name, timeoutMs))
  }
  atDeadline(expire, false)
  // Called in a function of its own, so that one that throws at once is like one that rejects.
  const settled = (async () => await check({ signal }))()
    .then(
      (value) => end({ kind: 'answered', value }),
      (error: unknown) => end({ kind: 'threw', error }),
    )
    .then(() => {
      isPending = false
      for (const timer of timers) timer.cancel()
    })
  return {
    startedAtMs,
    ending,
    get isPending() {
      return isPending
    },
    hold() {
      if (isHeld || !isPending || signal.aborted) return
      isHeld = true
      atDeadline(expire, true)
    },
    async cancel() {
      end({ kind: 'cancelled' })
      // What is over is left alone: its signal may by now belong to something that lives longer.
      if (!isPending) return
      controller.abort(new CheckCancelledError(name))
      if (leftMs() === 0) return
      const deadline = pledge<void>()
      atDeadline(deadline.resolve, true)
      await Promise.race([settled, deadline.promise])
    },
  }
}
