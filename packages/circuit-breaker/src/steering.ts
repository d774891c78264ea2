import type { IsolateOptions, TripOptions } from './breaker.ts'
import { causeOf } from './cause.ts'
import { choice, known, length, shown } from './check.ts'
import type { Gate } from './gate.ts'
import type { Hold } from './holds.ts'
import { codeOf, FAILURE_KINDS } from './kinds.ts'
import { initial, modeOf, type Mode } from './state.ts'

/** What people and other parts do to a gate. Each is done after the gate has done what time alone has done. */

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function isolate(gate: Gate, options: IsolateOptions): Hold {
  known('options', options, ['reason', 'forMs'])
  const { reason, forMs } = options
  checkReason(reason)
  if (forMs !== undefined) length('forMs', forMs, '≥ 0')
  const hold = { reason, untilMs: forMs === undefined ? Infinity : gate.nowMs() + forMs }
  gate.hold(hold)
  const { era } = gate.state
  const { name: breaker } = gate.rules
  gate.note({ kind: 'breaker.isolated', breaker, era, reason, forMs: forMs ?? null })
  return hold
}

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function trip(gate: Gate, options: TripOptions): void {
  known('options', options, ['reason', 'kind', 'forMs'])
  const { reason, kind = 'anomaly', forMs } = options
  checkReason(reason)
  choice('kind', kind, FAILURE_KINDS)
  if (forMs !== undefined) length('forMs', forMs, '≥ 0')
  const { state } = gate
  if (state.kind === 'disabled' || gate.rules.weights[codeOf(kind)] === 0) return
  const cause = causeOf('tripped', { failure: kind, reason })
  const nowMs = gate.nowMs()
  // What is open already stays so for as long as it would, or as this asks if that is longer.
  const isLonger = state.kind !== 'open' || nowMs + (forMs ?? 0) > state.retryAtMs
  if (state.kind === 'observing') gate.wouldOpen(cause)
  else if (isLonger) gate.open(cause, nowMs, forMs)
}

export function reset(gate: Gate): void {
  const { state } = gate
  if (gate.isActive()) gate.close('reset')
  else gate.moveTo(initial(modeOf(state), state.era + 1))
}

/** @throws {TypeError} for a mode that there is not. */
export function setMode(gate: Gate, mode: Mode): void {
  choice('mode', mode, ['active', 'disabled', 'observing'])
  const from = modeOf(gate.state)
  if (from === mode) return
  const era = gate.state.era + 1
  gate.moveTo(initial(mode, era))
  gate.note({ kind: 'breaker.mode-set', breaker: gate.rules.name, era, from, to: mode })
}

function checkReason(reason: string): void {
  if (typeof reason === 'string' && reason !== '') return
  throw new TypeError(`reason must be a text that is not empty, got ${shown(reason)}`)
}
