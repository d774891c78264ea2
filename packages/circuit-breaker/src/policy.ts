import { systemClock, type Clock } from '@holdfast/seams'
import type { Breaker } from './breaker.ts'

/** A place to listen, as cockatiel has them: gives a listener, gets the means to leave. */
export type PolicyEvent<E> = (listener: (event: E) => void) => { dispose(): void }

/** A call that was made and threw. What is no `Error` is told as one that has it as its `cause`. */
interface PolicyFailure {
  /** In ms. */
  readonly duration: number
  readonly handled: boolean
  readonly reason: { readonly error: Error }
}

/**
 * A breaker in the form of the `IPolicy` of cockatiel 3 and 4, so that their `wrap` puts retries, timeouts and bulkheads around it, or
 * it around those. This package needs no cockatiel for it.
 */
export interface BreakerPolicy {
  /** Only for the compiler: no value takes the place of the call's. */
  readonly _altReturn: never
  /** A call went well. `duration` in ms. */
  readonly onSuccess: PolicyEvent<{ duration: number }>
  /** A call that was made threw. A refusal is not told here, as in cockatiel's own breakers. */
  readonly onFailure: PolicyEvent<PolicyFailure>
  /** @throws what `run` of the breaker throws. */
  execute<T>(
    fn: (context: { signal: AbortSignal }) => PromiseLike<T> | T,
    signal?: AbortSignal,
  ): Promise<T>
}

/** @param options `clock` measures the durations that listeners are told. */
export function asPolicy(
  breaker: Pick<Breaker, 'run'>,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): BreakerPolicy {
  const successes = new Listeners<{ duration: number }>()
  const failures = new Listeners<PolicyFailure>()
  return {
    _altReturn: undefined as never,
    onSuccess: successes.listen,
    onFailure: failures.listen,
    async execute(fn, signal) {
      let startMs: number | null = null
      const call = (own: AbortSignal): ReturnType<typeof fn> => {
        startMs = clock.monotonicMs()
        return fn({ signal: own })
      }
      try {
        const value = await breaker.run(call, { signal })
        successes.tell({ duration: clock.monotonicMs() - (startMs ?? 0) })
        return value
      } catch (error) {
        if (startMs !== null) {
          const duration = clock.monotonicMs() - startMs
          failures.tell({ duration, handled: true, reason: { error: asError(error) } })
        }
        throw error
      }
    },
  }
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error
    ? thrown
    : new Error(typeof thrown === 'string' ? thrown : 'what was thrown is no Error', {
        cause: thrown,
      })

class Listeners<E> {
  readonly #all = new Set<(event: E) => void>()

  readonly listen: PolicyEvent<E> = (listener) => {
    // One function may listen twice, and each time leaves by itself.
    const own = (event: E): void => listener(event)
    this.#all.add(own)
    return { dispose: () => void this.#all.delete(own) }
  }

  /** One that throws is a bug, and surfaces as an uncaught exception; the call and the others do not notice. */
  tell(event: E): void {
    for (const listener of this.#all) {
      try {
        listener(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
