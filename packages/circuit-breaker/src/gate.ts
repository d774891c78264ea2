import { ignore } from '@holdfast/seams'
import { causeOf, crossedBy, type OpenCause } from './cause.ts'
import type { BreakerFact } from './facts.ts'
import { expiredAt, type Hold } from './holds.ts'
import {
  codeOf,
  IGNORED,
  kindOf,
  OPEN_FOR,
  SLOW,
  SUCCESS,
  WEIGHT_UNIT,
  type Outcome,
} from './kinds.ts'
import { crossing, type Crossing, type Limits } from './limits.ts'
import { openTime } from './open-time.ts'
import type { Rules } from './options.ts'
import {
  attemptAfter,
  initial,
  modeOf,
  nameOf,
  opened,
  permitGivenBack,
  permitTaken,
  probeRecorded,
  probesSay,
  probing,
  renewed,
  type Observing,
  type Open,
  type State,
} from './state.ts'
import { createWindow, type CallWindow, type Sums } from './window.ts'

const NO_HOLDS: readonly Hold[] = []
/** In the place of an era: no leave to call. */
export const REFUSED = -1

/**
 * Carries out what `state.ts` decides, without promises: reads the clock where time matters, and keeps what is to be told until
 * `tell`, so that whoever hears it finds everything in its place and may call back.
 */
export class Gate {
  readonly rules: Rules
  readonly window: CallWindow
  state: State
  holds: readonly Hold[] = NO_HOLDS
  recorded = 0
  refused = 0
  stale = 0
  readonly news: BreakerFact[] = []
  readonly #isTimed: boolean
  #lastOpenMs: number | null = null
  #isOpening = false

  constructor(rules: Rules, state: State) {
    this.rules = rules
    this.#isTimed = rules.window.kind === 'time'
    this.window = createWindow(rules.window, rules.weights)
    this.state = state
  }

  /** Leave to make one call: the era in which its result counts. Or `REFUSED`. */
  take(): number {
    const { state } = this
    const { kind } = state
    if (kind === 'closed' ? this.holds.length === 0 : kind !== 'open' && kind !== 'probing') {
      return state.era
    }
    return this.#takeGuarded()
  }

  #takeGuarded(): number {
    const nowMs = this.rules.clock.monotonicMs()
    this.lapse(nowMs)
    if (this.holds.length > 0) return REFUSED
    if (this.state.kind === 'open' && nowMs >= this.state.retryAtMs) this.#probe(this.state, nowMs)
    const { state } = this
    if (state.kind === 'probing' && state.free > 0) this.state = permitTaken(state)
    else if (state.kind !== 'closed') return REFUSED
    return state.era
  }

  #probe(state: Open, nowMs: number): void {
    const { name: breaker, probeCalls, probeMaxMs } = this.rules
    const next = probing(state, nowMs, probeCalls, probeMaxMs)
    this.moveTo(next)
    this.note({ kind: 'breaker.probing', breaker, era: next.era, attempt: next.attempt })
  }

  /**
   * Takes in what became of a call that was let through in `era`. To be done once for each.
   * @param error what the call threw, if that is known.
   */
  settle(era: number, outcome: Outcome, tookMs: number, error?: unknown): void {
    const { state } = this
    // Nearly every call is a quick success in a closed breaker; written out, it takes half the time.
    if (
      outcome === 'success' &&
      state.kind === 'closed' &&
      state.era === era &&
      this.holds.length === 0 &&
      !(tookMs > this.rules.slowMs)
    ) {
      this.#lookAt(SUCCESS, false, undefined)
      return
    }
    this.#settleAny(era, outcome, tookMs, error)
  }

  #settleAny(era: number, outcome: Outcome, tookMs: number, error: unknown): void {
    const code = codeOf(outcome)
    if (this.state.kind === 'probing' || this.holds.length > 0) this.lapse(this.nowMs())
    const { state } = this
    if (era !== state.era) {
      this.drop(era)
      return
    }
    // No pass has an era in which it was open; where nothing is measured, nothing is taken in.
    if (state.kind === 'open' || state.kind === 'disabled') return
    if (code === IGNORED || (code > SUCCESS && this.rules.weights[code] === 0)) {
      if (state.kind === 'probing') this.state = permitGivenBack(state)
    } else if (code === OPEN_FOR) this.#doAsAsked(outcome, error)
    else this.#record(state, code, tookMs, error)
  }

  /** Counts a result that came too late, or twice. */
  drop(passEra: number): void {
    this.stale += 1
    const { era } = this.state
    this.note({ kind: 'breaker.stale', breaker: this.rules.name, passEra, era })
  }

  #doAsAsked(outcome: Outcome, error: unknown): void {
    const forMs = typeof outcome === 'object' ? outcome.openForMs : 0
    const failure = 'resource-exhausted'
    this.recorded += 1
    this.#noteCall(codeOf(failure), false, 0, error)
    const cause = causeOf('asked', { failure, error })
    if (this.state.kind === 'observing') this.wouldOpen(cause)
    else this.open(cause, this.nowMs(), forMs)
  }

  #record(
    state: Exclude<State, Open | { kind: 'disabled' }>,
    code: number,
    tookMs: number,
    error: unknown,
  ): void {
    const { rules } = this
    const isSlow = tookMs > rules.slowMs
    if (code !== SUCCESS || isSlow) this.#noteCall(code, isSlow, tookMs, error)
    if (state.kind === 'probing') {
      const { weights, probeLimits } = rules
      this.recorded += 1
      const next = probeRecorded(state, weights[code]!, isSlow ? weights[SLOW]! : 0)
      this.state = next
      const says = probesSay(next, probeLimits)
      if (says === 'good') this.close('probes')
      else if (says !== null) this.#openFor(says, next, probeLimits, code, error)
      return
    }
    this.#lookAt(code, isSlow, error)
  }

  /** Takes a call into the window, and looks what the window says now. */
  #lookAt(code: number, isSlow: boolean, error: unknown): void {
    const { window, state } = this
    this.recorded += 1
    window.record(code, isSlow, this.#isTimed ? Math.floor(this.nowMs() / 1000) : 0)
    const over = crossing(window, this.rules.limits)
    if (over !== null || state.kind === 'observing') this.#heed(over, code, error)
  }

  #heed(over: Crossing | null, code: number, error: unknown): void {
    const { state, window, rules } = this
    if (state.kind === 'observing') this.#observe(state, over, code, error)
    else if (over !== null) this.#openFor(over, window, rules.limits, code, error)
  }

  #openFor(over: Crossing, sums: Sums, limits: Limits, code: number, error: unknown): void {
    this.open(crossedBy(over, sums, limits, code, error), this.nowMs())
  }

  #observe(state: Observing, over: Crossing | null, code: number, error: unknown): void {
    const isOver = over !== null
    if (isOver === state.isOver) return
    this.state = { ...state, isOver }
    if (isOver) this.wouldOpen(crossedBy(over, this.window, this.rules.limits, code, error))
  }

  /** @param atMs when it opens. @param forMs for exactly how long; else as `openMs` says. */
  open(cause: OpenCause, atMs: number, forMs?: number): void {
    const { state, rules } = this
    // The function `openMs` has called back, and what it did would open a breaker that is opening.
    if (this.#isOpening) return
    const attempt = attemptAfter(state)
    let openMs = forMs
    if (openMs === undefined) {
      this.#isOpening = true
      const opening = { attempt, failureRatio: cause.failureRatio ?? 1, cause }
      const { ms, givenMs, failed } = openTime(rules, opening, this.#lastOpenMs)
      this.#isOpening = false
      openMs = ms
      this.#lastOpenMs = givenMs
      if (failed !== null) {
        const { error } = failed
        this.note({ kind: 'breaker.open-ms-failed', breaker: rules.name, usedMs: givenMs, error })
      }
      // The function `openMs` may have called back and moved the breaker: then that is what counts.
      if (this.state.era !== state.era) return
    }
    const era = state.era + 1
    this.moveTo(opened(state, cause, atMs + openMs))
    const because = cause.kind
    this.note({ kind: 'breaker.opened', breaker: rules.name, era, attempt, openMs, because, cause })
  }

  close(because: 'probes' | 'reset'): void {
    const era = this.state.era + 1
    this.moveTo(initial('active', era))
    this.note({ kind: 'breaker.closed', breaker: this.rules.name, era, because })
  }

  moveTo(next: State): void {
    this.state = next
    this.window.clear()
  }

  hold(hold: Hold): void {
    const isFirst = this.holds.length === 0
    this.holds = [...this.holds, hold]
    if (isFirst && this.isActive()) this.moveTo(renewed(this.state))
  }

  /** Ends holds. After the last, the breaker is in a new era. */
  letGo(gone: readonly Hold[], because: 'handle' | 'expired'): void {
    this.holds = this.holds.filter((hold) => !gone.includes(hold))
    if (this.holds.length === 0 && this.isActive()) this.moveTo(renewed(this.state))
    const { name: breaker } = this.rules
    const { era } = this.state
    const to = nameOf(this.state, this.holds.length)
    for (const { reason } of gone) {
      this.note({ kind: 'breaker.released', breaker, era, reason, because, to })
    }
  }

  isActive(): boolean {
    return modeOf(this.state) === 'active'
  }

  /** Does what time alone has done by `nowMs`. */
  lapse(nowMs: number): void {
    if (this.holds.length > 0) {
      const expired = expiredAt(this.holds, nowMs)
      if (expired.length > 0) this.letGo(expired, 'expired')
    }
    const { state } = this
    if (state.kind === 'probing' && nowMs >= state.endsAtMs) {
      this.open(causeOf('unanswered'), state.endsAtMs)
    }
  }

  nowMs(): number {
    return this.rules.clock.monotonicMs()
  }

  #noteCall(code: number, isSlow: boolean, tookMs: number, error: unknown): void {
    const { name: breaker, weights } = this.rules
    const { era } = this.state
    const failure = kindOf(code)
    if (failure !== null) {
      const fact = { kind: 'breaker.failure', breaker, era, failure } as const
      const weight = weights[code]! / WEIGHT_UNIT
      this.note(error === undefined ? { ...fact, weight } : { ...fact, weight, error })
    }
    if (isSlow) this.note({ kind: 'breaker.slow', breaker, era, tookMs })
  }

  wouldOpen(cause: OpenCause): void {
    const { era } = this.state
    const { name: breaker } = this.rules
    this.note({ kind: 'breaker.would-open', breaker, era, because: cause.kind, cause })
  }

  note(fact: BreakerFact): void {
    if (this.rules.observe !== ignore) this.news.push(fact)
  }

  /** Tells what happened, in order, also when whoever hears it calls back. */
  tell(): void {
    for (let fact = this.news.shift(); fact !== undefined; fact = this.news.shift()) {
      this.rules.observe(fact)
    }
  }
}
