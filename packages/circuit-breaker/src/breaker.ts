import type { Call } from './ending.ts'
import type { FailureKind, Outcome } from './kinds.ts'
import type { Pass } from './pass.ts'
import type { BreakerSnapshot } from './snapshot.ts'
import type { OpenCause } from './cause.ts'
import type { Mode } from './state.ts'

/**
 * `closed`: calls are made and looked at. `open`: refused. `probing`: a few are let through to look. `isolated`: refused by
 * hand. `disabled`, `observing`: see the option `mode`.
 */
export type BreakerStateName = 'closed' | 'open' | 'probing' | 'isolated' | 'disabled' | 'observing'

export interface RunOptions<T> {
  /** Ends the call for its caller: `run` rejects with its reason at once, and the call says nothing about the service. */
  readonly signal?: AbortSignal | undefined
  /**
   * What to answer instead: when the call was refused, took too long, or threw what was judged a failure. Not
   * when its error was judged anything else, nor when the caller aborted.
   */
  readonly fallback?: ((error: unknown) => T | PromiseLike<T>) | undefined
}

export interface IsolateOptions {
  /** Told to those who are refused. Not empty. */
  readonly reason: string
  /** ms, finite and ≥ 0. Default: until the handle is disposed of. */
  readonly forMs?: number
}

export interface TripOptions {
  /** Told to those who are refused. Not empty. */
  readonly reason: string
  /** Default `anomaly`. */
  readonly kind?: FailureKind
  /** ms, finite and ≥ 0. Default what `openMs` says. */
  readonly forMs?: number
}

/** What a breaker is and has, for status pages and gauges. */
export interface BreakerReading {
  readonly name: string
  readonly state: BreakerStateName
  readonly era: number
  /** Recorded calls that the window holds, or the probes that answered. */
  readonly calls: number
  /** 0 to 1; null while there are too few calls. */
  readonly failureRatio: number | null
  readonly slowRatio: number | null
  /** How many times it has opened since it was last closed. */
  readonly attempt: number
  readonly retryInMs: number | null
  /** Why it refuses, or refused until it began to probe; null otherwise. */
  readonly cause: OpenCause | null
  /** Those in force, oldest first. `leftMs` is null when it has no end. */
  readonly isolations: readonly { readonly reason: string; readonly leftMs: number | null }[]
  /** Calls whose result was taken in since it was made, well or not: a total, where `calls` is what it looks at now. */
  readonly recorded: number
  /** Calls refused since it was made. */
  readonly rejected: number
  /** Results dropped since it was made. */
  readonly stale: number
}

export interface Breaker extends Disposable {
  readonly name: string
  readonly state: BreakerStateName
  /** Grows by 1 with every change of state. Integer ≥ 0. */
  readonly era: number
  /**
   * Makes the call, or refuses to. Gives what it gives.
   * @param call gets a signal of its own, aborted when the time is up or the caller goes away.
   * @throws {CircuitOpenError} if it was refused: nothing was sent.
   * @throws {CallTimeoutError} at once after `timeoutMs`.
   * @throws `signal.reason` as soon as `signal` is aborted, and whatever the call throws.
   * @throws {TypeError} for an option that there is not: nothing was sent.
   */
  run<T>(call: Call<T>, options?: RunOptions<T>): Promise<T>
  /** Leave to make one call, or null. Whoever gets a pass settles it. */
  admit(): Pass | null
  /**
   * Takes in what became of a call. A pass of an earlier era, or one settled before, changes nothing and is counted as stale.
   * @param tookMs how long it took, in ms ≥ 0; matters only with `slowMs`.
   * @throws {TypeError | RangeError} if the outcome or the time is none, or the pass another breaker's; the pass is as it was.
   */
  settle(pass: Pass, outcome: Outcome, tookMs: number): void
  /**
   * Refuses every call until the handle is disposed of or `forMs` is over. Isolations nest. After the last, an open
   * breaker is still open with its own time; any other is closed and knows nothing of earlier calls.
   * @throws {RangeError | TypeError} naming the option, what it may be and what it was.
   */
  isolate(options: IsolateOptions): Disposable
  /**
   * Opens at once, for a signal from outside such as a detector of anomalies. An open breaker stays open at least that long. Not heard
   * when the weight of `kind` is 0, nor in the modes `disabled` and `observing`, which tells it only.
   * @throws {RangeError | TypeError} naming the option, what it may be and what it was.
   */
  trip(options: TripOptions): void
  /** Closes it, knowing nothing of earlier calls. Isolations stay. */
  reset(): void
  /** A change of mode begins anew, knowing nothing of earlier calls. Isolations have no effect but in mode `active`. */
  setMode(mode: Mode): void
  /** How long until a call may be let through, in ms ≥ 0; Infinity in an isolation without an end; null when nothing is refused. */
  retryInMs(): number | null
  reading(): BreakerReading
  /** What it knows, to be given to the option `snapshot` later or elsewhere. */
  snapshot(): BreakerSnapshot
  /**
   * Refuses whoever waits for a probe, and from now on every call: an isolation without an end, of which no fact tells. Results of
   * calls that are under way are dropped. There is nothing else to clear away.
   */
  [Symbol.dispose](): void
}
