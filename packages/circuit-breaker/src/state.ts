/**
 * A breaker as a value, and the functions that change it. No clock, no timer, no promise, no chance: `breaker.ts`
 * supplies those. Every change of state starts a new era, and that one number makes late results harmless.
 */
import type { OpenCause } from './cause.ts'
import type { Crossing, Limits } from './limits.ts'
import { crossing } from './limits.ts'
import type { Sums } from './window.ts'

export interface Closed {
  readonly kind: 'closed'
  readonly era: number
  readonly attempt: 0
}

export interface Open {
  readonly kind: 'open'
  readonly era: number
  /** How many times it has opened since it was last closed. Integer ≥ 1. */
  readonly attempt: number
  readonly retryAtMs: number
  readonly cause: OpenCause
}

export interface Probing extends Sums {
  readonly kind: 'probing'
  readonly era: number
  readonly attempt: number
  readonly cause: OpenCause
  /** When the probes have had time enough. */
  readonly endsAtMs: number
  /** Permits nobody has. */
  readonly free: number
}

export interface Unguarded {
  readonly kind: 'disabled'
  readonly era: number
  readonly attempt: 0
}

export interface Observing {
  readonly kind: 'observing'
  readonly era: number
  readonly attempt: 0
  /** Whether a limit is reached now, which has then been told. */
  readonly isOver: boolean
}

export type State = Closed | Open | Probing | Unguarded | Observing

/** `disabled`: nothing is measured or refused. `observing`: measured, and nothing is refused. */
export type Mode = 'active' | 'disabled' | 'observing'

/** What a breaker in this mode begins as. */
export function initial(mode: Mode, era: number): State {
  if (mode === 'disabled') return { kind: 'disabled', era, attempt: 0 }
  if (mode === 'observing') return { kind: 'observing', era, attempt: 0, isOver: false }
  return { kind: 'closed', era, attempt: 0 }
}

/** @param retryAtMs from when on a call may be let through to look. */
export function opened(state: State, cause: OpenCause, retryAtMs: number): Open {
  return {
    kind: 'open',
    era: state.era + 1,
    attempt: attemptAfter(state),
    retryAtMs,
    cause,
  }
}

/** Which opening the next one is. Opening what is open goes on with the same. */
export function attemptAfter(state: State): number {
  return state.kind === 'open' ? state.attempt : state.attempt + 1
}

/** @param calls how many permits there are. @param maxMs how long they may take. */
export function probing(state: Open, nowMs: number, calls: number, maxMs: number): Probing {
  return {
    kind: 'probing',
    era: state.era + 1,
    attempt: state.attempt,
    cause: state.cause,
    endsAtMs: nowMs + maxMs,
    free: calls,
    calls: 0,
    failures: 0,
    slow: 0,
  }
}

export function permitTaken(state: Probing): Probing {
  return { ...state, free: state.free - 1 }
}

export function permitGivenBack(state: Probing): Probing {
  return { ...state, free: state.free + 1 }
}

/** @param failure weight of the failure, 0 for a success. @param slow weight of being slow, else 0. */
export function probeRecorded(state: Probing, failure: number, slow: number): Probing {
  return {
    ...state,
    calls: state.calls + 1,
    failures: state.failures + failure,
    slow: state.slow + slow,
  }
}

/** What the probes say: which limit they reach, `good`, or null while too few are in. */
export function probesSay(state: Probing, limits: Limits): Crossing | 'good' | null {
  if (state.calls < limits.minimumCalls) return null
  const over = crossing(state, limits)
  if (over === null) return 'good'
  return over === 'slow-ratio' ? 'probes-slow' : 'probes-failed'
}

/** What is beneath when isolation begins or ends: what is open stays open, in a new era; anything else is closed. */
export function renewed(state: State): State {
  const era = state.era + 1
  return state.kind === 'open' ? { ...state, era } : initial('active', era)
}

/** What the outside sees. Holds are an overlay on what is beneath, and have no effect where nothing is refused. */
export function nameOf(state: State, holds: number): State['kind'] | 'isolated' {
  return holds > 0 && modeOf(state) === 'active' ? 'isolated' : state.kind
}

export function modeOf({ kind }: State): Mode {
  return kind === 'disabled' || kind === 'observing' ? kind : 'active'
}
