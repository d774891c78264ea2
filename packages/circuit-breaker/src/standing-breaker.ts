import type { Timer } from '@holdfast/seams'
import type {
  Breaker,
  BreakerReading,
  BreakerStateName,
  IsolateOptions,
  RunOptions,
  TripOptions,
} from './breaker.ts'
import { known, shown } from './check.ts'
import { endingOf, resultOf, type Call, type Ending } from './ending.ts'
import { CircuitOpenError } from './errors.ts'
import { Gate, REFUSED } from './gate.ts'
import type { Hold } from './holds.ts'
import { judgementOf } from './judge.ts'
import { codeOf, type Judgement, type Outcome } from './kinds.ts'
import { Line } from './line.ts'
import type { Rules } from './options.ts'
import { GivenPass, type Pass } from './pass.ts'
import {
  readingOf,
  refill,
  refusal,
  refuse,
  restoredState,
  retryInMs,
  snapshotOf,
  stateName,
} from './reading.ts'
import type { BreakerSnapshot } from './snapshot.ts'
import type { Mode } from './state.ts'
import { isolate, reset, setMode, trip } from './steering.ts'

const NO_OPTIONS: RunOptions<never> = {}
/** What a breaker that was disposed of is held by for ever. */
const DISPOSED: Hold = { reason: 'disposed of', untilMs: Infinity }

/** Promises, timers and callers around a `Gate`. */
export class StandingBreaker implements Breaker {
  readonly #gate: Gate
  #line: Line<number | CircuitOpenError> | null = null
  #alarm: { readonly era: number; readonly timer: Timer } | null = null

  constructor(rules: Rules, snapshot: BreakerSnapshot | undefined) {
    this.#gate = new Gate(rules, restoredState(rules, snapshot))
    if (snapshot !== undefined) refill(this.#gate, snapshot)
  }

  get name(): string {
    return this.#gate.rules.name
  }

  get state(): BreakerStateName {
    this.#catchUp()
    return stateName(this.#gate)
  }

  get era(): number {
    this.#catchUp()
    return this.#gate.state.era
  }

  run<T>(call: Call<T>, options: RunOptions<T> = NO_OPTIONS): Promise<T> {
    if (typeof call !== 'function') {
      // A mistake of the caller's must not count against the service.
      return Promise.reject(new TypeError(`call must be a function, got ${shown(call)}`))
    }
    const { timeoutMs, queue } = this.#gate.rules
    if (options !== NO_OPTIONS || timeoutMs !== undefined || queue > 0) {
      return this.#guardedly(call, options)
    }
    const era = this.#gate.take()
    return era === REFUSED ? Promise.reject(this.#refusal()) : this.#plainly(call, era)
  }

  /**
   * As little as there may be around a call: nobody can abort it, and it may take as long as it likes. One `then` makes a promise less
   * than an async function with an await in it would.
   */
  #plainly<T>(call: Call<T>, era: number): Promise<T> {
    if (this.#gate.news.length > 0) this.#finish()
    const { judge, slowMs } = this.#gate.rules
    const startMs = slowMs === Infinity ? 0 : this.#gate.nowMs()
    const isSimple = judge === undefined && slowMs === Infinity
    return resultOf(call).then(
      (value) => {
        if (isSimple) this.#settle(era, 'success', 0, undefined)
        else this.#settleEnding(era, { kind: 'value', value }, startMs)
        return value
      },
      (error: unknown) => {
        this.#settleEnding(era, { kind: 'error', error }, startMs)
        throw error
      },
    )
  }

  async #guardedly<T>(call: Call<T>, options: RunOptions<T>): Promise<T> {
    known('options', options, ['signal', 'fallback'])
    const { signal, fallback } = options
    signal?.throwIfAborted()
    let leave: number | CircuitOpenError = this.#gate.take()
    if (leave === REFUSED) leave = await this.#stand(signal)
    this.#finish()
    if (typeof leave === 'object') return this.#instead(fallback, leave, 'refused')
    const era = leave
    const { name, timeoutMs, clock, slowMs } = this.#gate.rules
    const startMs = slowMs === Infinity ? 0 : this.#gate.nowMs()
    let judgement: Judgement = 'ignore'
    const ending = await endingOf(call, { name, signal, timeoutMs, clock }, (ending) => {
      judgement = this.#settleEnding(era, ending, startMs)
    })
    if (ending.kind === 'value') return ending.value
    if (ending.kind === 'timeout') return this.#instead(fallback, ending.error, 'timeout')
    const isFailure = judgement !== 'ignore' && judgement !== 'success'
    return this.#instead(isFailure ? fallback : undefined, ending.error, 'failure')
  }

  /** A place in the line if there is one to have, else the refusal. */
  async #stand(signal: AbortSignal | undefined): Promise<number | CircuitOpenError> {
    const { rules, state } = this.#gate
    const length = this.#line?.length ?? 0
    if (state.kind !== 'probing' || this.#gate.holds.length > 0 || length >= rules.queue) {
      return this.#refusal()
    }
    this.#line ??= new Line()
    const turn = this.#line.join(signal)
    this.#finish()
    return await turn
  }

  #instead<T>(
    fallback: RunOptions<T>['fallback'],
    error: unknown,
    because: 'refused' | 'timeout' | 'failure',
  ): T | PromiseLike<T> {
    if (fallback === undefined) throw error
    this.#gate.note({ kind: 'breaker.fallback', breaker: this.name, because })
    this.#finish()
    return fallback(error)
  }

  #settleEnding(era: number, ending: Ending<unknown>, startMs: number): Judgement {
    const { judge, slowMs } = this.#gate.rules
    const tookMs = slowMs === Infinity ? 0 : this.#gate.nowMs() - startMs
    let judgement: Judgement
    try {
      judgement = judgementOf(judge, ending)
    } catch (error) {
      // Its error must not take the place of what the service gave, and the breaker must open all the same.
      this.#gate.note({ kind: 'breaker.judge-failed', breaker: this.name, error })
      judgement = judgementOf(undefined, ending)
    }
    this.#settle(era, judgement, tookMs, ending.kind === 'value' ? undefined : ending.error)
    return judgement
  }

  admit(): Pass | null {
    const era = this.#gate.take()
    if (era === REFUSED) refuse(this.#gate, this.#gate.nowMs())
    this.#finish()
    return era === REFUSED ? null : new GivenPass(this, era)
  }

  settle(pass: Pass, outcome: Outcome, tookMs: number): void {
    const given = pass as GivenPass
    if (given.owner !== this) {
      this.#dropSettled(given)
      return
    }
    if (outcome !== 'success' || !(tookMs >= 0)) checkResult(outcome, tookMs)
    given.owner = null
    this.#gate.settle(given.era, outcome, tookMs)
    this.#finish()
  }

  #dropSettled(pass: GivenPass): void {
    if (!(pass instanceof GivenPass) || pass.owner !== null) {
      throw new TypeError(`pass must be one that breaker ${this.name} gave`)
    }
    this.#gate.drop(pass.era)
    this.#finish()
  }

  #settle(era: number, outcome: Outcome, tookMs: number, error: unknown): void {
    this.#gate.settle(era, outcome, tookMs, error)
    this.#finish()
  }

  isolate(options: IsolateOptions): Disposable {
    const gate = this.#gate
    this.#catchUp()
    const hold = isolate(gate, options)
    this.#finish()
    const release = (): void => {
      this.#catchUp()
      if (!gate.holds.includes(hold)) return
      gate.letGo([hold], 'handle')
      this.#finish()
    }
    return { [Symbol.dispose]: release }
  }

  trip(options: TripOptions): void {
    this.#catchUp()
    trip(this.#gate, options)
    this.#finish()
  }

  reset(): void {
    this.#catchUp()
    reset(this.#gate)
    this.#finish()
  }

  setMode(mode: Mode): void {
    this.#catchUp()
    setMode(this.#gate, mode)
    this.#finish()
  }

  retryInMs(): number | null {
    this.#catchUp()
    return retryInMs(this.#gate, this.#gate.nowMs())
  }

  reading(): BreakerReading {
    this.#catchUp()
    return readingOf(this.#gate, this.#gate.nowMs())
  }

  snapshot(): BreakerSnapshot {
    this.#catchUp()
    return snapshotOf(this.#gate, this.#gate.nowMs())
  }

  [Symbol.dispose](): void {
    this.#catchUp()
    if (!this.#gate.holds.includes(DISPOSED)) this.#gate.hold(DISPOSED)
    this.#finish()
  }

  #refusal(): CircuitOpenError {
    const error = refusal(this.#gate, this.#gate.nowMs())
    this.#finish()
    return error
  }

  #catchUp(): void {
    const { state, holds } = this.#gate
    if (state.kind !== 'probing' && holds.length === 0) return
    this.#gate.lapse(this.#gate.nowMs())
    this.#finish()
  }

  /** After each step: whoever waits for it goes on, and whoever listens hears. */
  #finish(): void {
    if (this.#line !== null) this.#serve(this.#line)
    if (this.#gate.news.length > 0) this.#gate.tell()
  }

  #serve(line: Line<number | CircuitOpenError>): void {
    const gate = this.#gate
    while (line.length > 0) {
      const era = gate.take()
      const isFull = era === REFUSED && gate.state.kind === 'probing' && gate.holds.length === 0
      if (isFull) break
      line.giveFirst(era === REFUSED ? refusal(gate, gate.nowMs()) : era)
    }
    const { state } = gate
    if (this.#alarm?.era === state.era && line.length > 0) return
    this.#alarm?.timer.cancel()
    this.#alarm = null
    if (state.kind !== 'probing' || line.length === 0) return
    const timer = gate.rules.clock.after(Math.max(0, state.endsAtMs - gate.nowMs()), () => {
      this.#alarm = null
      this.#catchUp()
    })
    this.#alarm = { era: state.era, timer }
  }
}

function checkResult(outcome: Outcome, tookMs: number): void {
  codeOf(outcome)
  if (!(tookMs >= 0)) throw new RangeError(`tookMs must be ≥ 0, got ${shown(tookMs)}`)
}
