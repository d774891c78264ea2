import type { Timer } from '@holdfast/seams'
import type { Breaker, BreakerReading, BreakerStateName, RunOptions } from './breaker.ts'
import { causeOf } from './cause.ts'
import { choice, length, shown } from './check.ts'
import { endingOf, type Call, type Ending } from './ending.ts'
import { CircuitOpenError } from './errors.ts'
import { Gate } from './gate.ts'
import { defaultJudge } from './judge.ts'
import {
  codeOf,
  FAILURE_KINDS,
  SUCCESS,
  type FailureKind,
  type Judgement,
  type Outcome,
} from './kinds.ts'
import { Line } from './line.ts'
import type { Rules } from './options.ts'
import type { GivenPass, Pass } from './pass.ts'
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
import { initial, type Mode } from './state.ts'

/**
 * What a call gets that asked for a signal it may keep, when nobody can abort it. One for all that take no argument; the
 * others get one of their own, because listeners added to a common one would never go away.
 */
const NEVER_ABORTED: AbortSignal = new AbortController().signal
const NO_OPTIONS: RunOptions<never> = {}

/** Promises, timers and callers around a `Gate`. */
export class StandingBreaker implements Breaker {
  readonly #gate: Gate
  #line: Line<GivenPass | CircuitOpenError> | null = null
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
    const { rules } = this.#gate
    if (options !== NO_OPTIONS || rules.timeoutMs !== undefined || rules.queue > 0) {
      return this.#guardedly(call, options)
    }
    const pass = this.#gate.take()
    if (pass === null) return Promise.reject(this.#refusal())
    return this.#plainly(call, pass)
  }

  /** As little as there may be around a call: nobody can abort it, and it may take as long as it likes. */
  async #plainly<T>(call: Call<T>, pass: GivenPass): Promise<T> {
    this.#finish()
    const { rules } = this.#gate
    const startMs = rules.slowMs === Infinity ? 0 : this.#gate.nowMs()
    let value: T
    try {
      value = await call(call.length > 0 ? new AbortController().signal : NEVER_ABORTED)
    } catch (error) {
      this.#settleEnding(pass, { kind: 'error', error }, startMs)
      throw error
    }
    this.#settleEnding(pass, { kind: 'value', value }, startMs)
    return value
  }

  async #guardedly<T>(call: Call<T>, { signal, fallback }: RunOptions<T>): Promise<T> {
    signal?.throwIfAborted()
    const pass = this.#gate.take() ?? (await this.#stand(signal))
    this.#finish()
    if (pass instanceof CircuitOpenError) return this.#instead(fallback, pass, 'refused')
    const { name, timeoutMs, clock, slowMs } = this.#gate.rules
    const startMs = slowMs === Infinity ? 0 : this.#gate.nowMs()
    let judgement: Judgement = 'ignore'
    const ending = await endingOf(call, { name, signal, timeoutMs, clock }, (ending) => {
      judgement = this.#settleEnding(pass, ending, startMs)
    })
    if (ending.kind === 'value') return ending.value
    if (ending.kind === 'timeout') return this.#instead(fallback, ending.error, 'timeout')
    const isFailure = isFailureOf(judgement)
    return this.#instead(isFailure ? fallback : undefined, ending.error, 'failure')
  }

  /** A place in the line if there is one to have, else the refusal. */
  async #stand(signal: AbortSignal | undefined): Promise<GivenPass | CircuitOpenError> {
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

  #settleEnding(pass: GivenPass, ending: Ending<unknown>, startMs: number): Judgement {
    const { judge, slowMs } = this.#gate.rules
    const tookMs = slowMs === Infinity ? 0 : this.#gate.nowMs() - startMs
    let judgement: Judgement = 'ignore'
    try {
      if (ending.kind === 'timeout') judgement = 'timeout'
      else if (ending.kind === 'value') judgement = judge === undefined ? 'success' : judge(ending)
      else if (ending.kind === 'error') judgement = (judge ?? defaultJudge)(ending)
      if (judgement !== 'success') codeOf(judgement)
    } catch (bug) {
      // The judge's. Its caller hears of it; the permit goes back.
      this.#gate.settle(pass, 'ignore', 0)
      this.#finish()
      throw bug
    }
    this.#gate.settle(pass, judgement, tookMs, ending.kind === 'value' ? undefined : ending.error)
    this.#finish()
    return judgement
  }

  admit(): Pass | null {
    const pass = this.#gate.take()
    if (pass === null) refuse(this.#gate, this.#gate.nowMs())
    this.#finish()
    return pass
  }

  settle(pass: Pass, outcome: Outcome, tookMs: number): void {
    this.#gate.settle(pass as GivenPass, outcome, tookMs)
    this.#finish()
  }

  isolate({ reason, forMs }: { readonly reason: string; readonly forMs?: number }): Disposable {
    checkReason(reason)
    if (forMs !== undefined) length('forMs', forMs, '≥ 0')
    const gate = this.#gate
    this.#catchUp()
    const hold = { reason, untilMs: forMs === undefined ? Infinity : gate.nowMs() + forMs }
    gate.hold(hold)
    const { era } = gate.state
    gate.note({ kind: 'breaker.isolated', breaker: this.name, era, reason, forMs: forMs ?? null })
    this.#finish()
    const release = (): void => {
      this.#catchUp()
      if (!gate.holds.includes(hold)) return
      gate.letGo([hold], 'handle')
      this.#finish()
    }
    return { [Symbol.dispose]: release }
  }

  trip(options: {
    readonly reason: string
    readonly kind?: FailureKind
    readonly forMs?: number
  }): void {
    const { reason, kind = 'anomaly', forMs } = options
    checkReason(reason)
    choice('kind', kind, FAILURE_KINDS)
    if (forMs !== undefined) length('forMs', forMs, '≥ 0')
    const gate = this.#gate
    this.#catchUp()
    const { state } = gate
    if (state.kind === 'disabled' || gate.rules.weights[codeOf(kind)] === 0) return
    const cause = causeOf('tripped', { failure: kind, reason })
    const nowMs = gate.nowMs()
    if (state.kind === 'observing') gate.wouldOpen(cause)
    else if (state.kind !== 'open' || (forMs ?? 0) > state.retryAtMs - nowMs) {
      gate.open(cause, nowMs, forMs)
    }
    this.#finish()
  }

  reset(): void {
    this.#catchUp()
    const { state } = this.#gate
    if (this.#gate.isActive()) this.#gate.close('reset')
    else this.#gate.moveTo({ ...state, era: state.era + 1 })
    this.#finish()
  }

  setMode(mode: Mode): void {
    choice('mode', mode, ['active', 'disabled', 'observing'])
    this.#catchUp()
    const gate = this.#gate
    const { kind } = gate.state
    const from = kind === 'disabled' || kind === 'observing' ? kind : 'active'
    if (from === mode) return
    const era = gate.state.era + 1
    gate.moveTo(initial(mode, era))
    gate.note({ kind: 'breaker.mode-set', breaker: this.name, era, from, to: mode })
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
    while ((this.#line?.length ?? 0) > 0) this.#line?.giveFirst(this.#refusal())
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

  #serve(line: Line<GivenPass | CircuitOpenError>): void {
    const gate = this.#gate
    while (line.length > 0) {
      const pass = gate.take()
      if (pass === null && gate.state.kind === 'probing' && gate.holds.length === 0) break
      line.giveFirst(pass ?? refusal(gate, gate.nowMs()))
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

function isFailureOf(judgement: Judgement): boolean {
  return judgement !== 'ignore' && judgement !== 'success' && codeOf(judgement) !== SUCCESS
}

function checkReason(reason: string): void {
  if (typeof reason === 'string' && reason !== '') return
  throw new TypeError(`reason must be a text that is not empty, got ${shown(reason)}`)
}
