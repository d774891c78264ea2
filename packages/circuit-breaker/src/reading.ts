import { ignore } from '@holdfast/seams'
import type { BreakerReading, BreakerStateName } from './breaker.ts'
import { causeOf, type OpenCause } from './cause.ts'
import { CircuitOpenError, withoutStack } from './errors.ts'
import type { Gate } from './gate.ts'
import { heldUntilMs } from './holds.ts'
import { ratios } from './limits.ts'
import { agedMs, timeLeftMs, type BreakerSnapshot } from './snapshot.ts'
import { initial, nameOf, type State } from './state.ts'
import type { Rules } from './options.ts'

/** What others may know of a gate. Each is asked after the gate has done what time alone has done. */

export function stateName({ state, holds }: Gate): BreakerStateName {
  return nameOf(state, holds.length)
}

/** How long until a call may be let through; null when nothing is refused. */
export function retryInMs(gate: Gate, nowMs: number): number | null {
  const { state, holds } = gate
  const openUntilMs = state.kind === 'open' ? state.retryAtMs : 0
  switch (stateName(gate)) {
    case 'isolated':
      return Math.max(heldUntilMs(holds), openUntilMs) - nowMs
    case 'open':
      return Math.max(0, openUntilMs - nowMs)
    case 'probing':
      return 0
    default:
      return null
  }
}

/** Why calls are refused, or were until it began to probe. */
function causeNow(gate: Gate): OpenCause | null {
  const { state, holds } = gate
  const held = stateName(gate) === 'isolated' ? holds.at(-1) : undefined
  if (held !== undefined) return causeOf('isolated', { reason: held.reason })
  return state.kind === 'open' || state.kind === 'probing' ? state.cause : null
}

/** Counts a refusal. */
export function refuse(gate: Gate, nowMs: number): void {
  gate.refused += 1
  if (gate.rules.observe === ignore) return
  const { name: breaker } = gate.rules
  const state = refusingState(gate)
  gate.note({ kind: 'breaker.refused', breaker, state, retryInMs: retryInMs(gate, nowMs) ?? 0 })
}

/** Counts a refusal, and makes the error that tells the caller. */
export function refusal(gate: Gate, nowMs: number): CircuitOpenError {
  refuse(gate, nowMs)
  const { name, errorStack } = gate.rules
  const cause = causeNow(gate) ?? causeOf('isolated')
  const waitMs = retryInMs(gate, nowMs) ?? 0
  const make = (): CircuitOpenError =>
    new CircuitOpenError(name, refusingState(gate), waitMs, cause)
  return errorStack ? make() : withoutStack(make)
}

function refusingState(gate: Gate): 'open' | 'probing' | 'isolated' {
  const name = stateName(gate)
  return name === 'probing' || name === 'isolated' ? name : 'open'
}

export function readingOf(gate: Gate, nowMs: number): BreakerReading {
  const { state, window, rules, holds, recorded, refused, stale } = gate
  window.moveTo(Math.floor(nowMs / 1000))
  const isProbing = state.kind === 'probing'
  const sums = isProbing ? state : window
  return {
    name: rules.name,
    state: stateName(gate),
    era: state.era,
    calls: sums.calls,
    ...ratios(sums, isProbing ? rules.probeLimits : rules.limits),
    attempt: state.attempt,
    retryInMs: retryInMs(gate, nowMs),
    cause: causeNow(gate),
    isolations: holds.map(({ reason, untilMs }) => ({
      reason,
      leftMs: untilMs === Infinity ? null : untilMs - nowMs,
    })),
    recorded,
    rejected: refused,
    stale,
  }
}

export function snapshotOf(gate: Gate, nowMs: number): BreakerSnapshot {
  const { state, window, rules } = gate
  window.moveTo(Math.floor(nowMs / 1000))
  const isOpen = state.kind === 'open' || state.kind === 'probing'
  const { error: _, ...cause } = isOpen ? state.cause : causeOf('asked')
  return {
    version: 1,
    name: rules.name,
    state: isOpen ? 'open' : 'closed',
    era: state.era,
    attempt: state.attempt,
    takenAtMs: rules.clock.wallMs(),
    retryInMs: state.kind === 'open' ? Math.max(0, state.retryAtMs - nowMs) : 0,
    cause: isOpen ? cause : null,
    window: window.content(),
  }
}

/** A breaker that counted on from the largest safe integer would not tell one era from the next. */
const MOST_RESTORED = 2 ** 52

/** The state that a snapshot gives a new breaker. */
export function restoredState(
  { mode, clock }: Rules,
  snapshot: BreakerSnapshot | undefined,
): State {
  if (snapshot === undefined) return initial(mode, 0)
  const { cause } = snapshot
  const era = Math.min(snapshot.era + 1, MOST_RESTORED)
  const attempt = Math.min(snapshot.attempt, MOST_RESTORED)
  if (snapshot.state !== 'open' || cause === null || mode !== 'active') return initial(mode, era)
  const retryAtMs = clock.monotonicMs() + timeLeftMs(snapshot, clock.wallMs())
  return { kind: 'open', era, attempt, retryAtMs, cause }
}

/** Fills the window with what a snapshot has, as far as it has not become too old. */
export function refill(
  { window, rules }: Gate,
  { window: content, takenAtMs }: BreakerSnapshot,
): void {
  const { clock } = rules
  const agedSeconds = Math.floor(agedMs(takenAtMs, clock.wallMs()) / 1000)
  window.refill(content, agedSeconds, Math.floor(clock.monotonicMs() / 1000))
}
