import type { Clock } from '@holdfast/seams'
import { CallTimeoutError } from './errors.ts'

/** How a call came to an end, as far as its caller is concerned. */
export type Ending<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'timeout'; readonly error: CallTimeoutError }
  /** The caller's signal was aborted, with this reason. */
  | { readonly kind: 'aborted'; readonly error: unknown }

export interface Terms {
  /** For the message of a timeout. */
  readonly name: string
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number | undefined
  readonly clock: Clock
}

export type Call<T> = (signal: AbortSignal) => T | PromiseLike<T>

/**
 * Makes a call and resolves with how it ended: by itself, by its time, or by its caller, whichever is first. What the call does
 * afterwards is nobody's: its result is dropped, its error is no unhandled rejection.
 * @param ended called once, at the very moment of the end, before anyone who waits for the promise hears of it. It must not throw.
 */
export function endingOf<T>(
  call: Call<T>,
  terms: Terms,
  ended: (ending: Ending<T>) => void,
): Promise<Ending<T>> {
  const { name, signal, timeoutMs, clock } = terms
  return new Promise((resolve) => {
    const controller = new AbortController()
    let isOver = false
    const end = (ending: Ending<T>): void => {
      if (isOver) return
      isOver = true
      timer?.cancel()
      signal?.removeEventListener('abort', abort)
      ended(ending)
      resolve(ending)
      if (ending.kind === 'timeout' || ending.kind === 'aborted') controller.abort(ending.error)
    }
    const abort = (): void => end({ kind: 'aborted', error: signal?.reason })
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.after(timeoutMs, () =>
            end({ kind: 'timeout', error: new CallTimeoutError(name, timeoutMs) }),
          )
    if (signal?.aborted) {
      abort()
      return
    }
    signal?.addEventListener('abort', abort)
    try {
      Promise.resolve(call(controller.signal)).then(
        (value) => end({ kind: 'value', value }),
        (error: unknown) => end({ kind: 'error', error }),
      )
    } catch (error) {
      end({ kind: 'error', error })
    }
  })
}

/**
 * What a call gets that asked for a signal it may keep, when nobody can abort it. One for all that take no argument; the
 * others get one of their own, because listeners added to a common one would never go away.
 */
const NEVER_ABORTED: AbortSignal = new AbortController().signal

/** Makes a call that nobody can abort, and promises its result, also if it throws at once. */
export function resultOf<T>(call: Call<T>): Promise<T> {
  try {
    const made = call(call.length > 0 ? new AbortController().signal : NEVER_ABORTED)
    return made instanceof Promise ? made : Promise.resolve(made)
  } catch (error) {
    return Promise.reject(error)
  }
}
