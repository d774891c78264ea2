import { fanOut, ignore, systemClock, type Clock, type Observe } from '@holdfast/seams'
import { LifecycleStoppingError } from './errors.ts'
import type { LifecycleFact } from './facts.ts'
import { aFunction, lengthMs, onlyOptions, shown, someText } from './option-rules.ts'
import { pledge } from './pledge.ts'
import { ringWith } from './phases.ts'
import { runStop, type Phase, type PhaseResult, type PhaseWork, type StopResult } from './stop.ts'

export interface LifecycleOptions {
  /** How long to go on answering after readiness went red, so that nobody sends new requests any more, in ms. Default 0. */
  readonly drainMs?: number
  /** How long the whole stop may take, with the drain, in ms > `drainMs`. Default 10 000. */
  readonly deadlineMs?: number
  /** Whose readiness goes red first, such as a `Health`. */
  readonly health?: { setStopping(reason: string): void }
  readonly clock?: Clock
  readonly observe?: Observe<LifecycleFact>
}

export interface PhaseOptions {
  /** Phases that must be over before this one begins, also such as are added later. Default none. */
  readonly after?: readonly string[]
  /** How long it may take before what comes after it goes on without it, in ms > 0. Default: as long as there is. */
  readonly timeoutMs?: number
}

/** How a process ends: in order, and in time. */
export interface Lifecycle {
  readonly isStopping: boolean
  /**
   * Adds a phase to the stop. Disposing of what is returned takes it away.
   * @throws {TypeError} if the name is taken, or the phases would wait for one another in a ring.
   * @throws {LifecycleStoppingError} if the stop has begun.
   */
  onStop(name: string, work: PhaseWork, options?: PhaseOptions): Disposable
  /**
   * Readiness goes red at once; after the drain the phases run, each as soon as those it comes after are over, however
   * they ended. Never rejects, and resolves by the deadline, naming what hung or failed; what fails as `readiness` could
   * not go red. A second call gets the same stop.
   */
  stop(reason: string): Promise<StopResult>
}

/** @throws {TypeError | RangeError} naming the option, what it may be and what it was. */
export function createLifecycle(options: LifecycleOptions = {}): Lifecycle {
  const names = ['drainMs', 'deadlineMs', 'health', 'clock', 'observe']
  onlyOptions('createLifecycle', options, names)
  const { drainMs = 0, deadlineMs = 10_000, health, clock = systemClock } = options
  lengthMs('drainMs', drainMs)
  lengthMs('deadlineMs', deadlineMs)
  if (deadlineMs <= drainMs) {
    throw new RangeError(`deadlineMs must be > drainMs, got ${deadlineMs} and ${drainMs}`)
  }
  aFunction('observe', options.observe ?? ignore)
  const observe = options.observe === undefined ? ignore : fanOut(options.observe)
  const phases = new Map<string, Phase>()
  // A phase that was taken away is over; one that never was is a mistake, which the stop tells.
  const known = new Set<string>()
  let stopped: { readonly reason: string; readonly result: Promise<StopResult> } | null = null

  return {
    get isStopping() {
      return stopped !== null
    },

    onStop(name, work, options = {}) {
      someText('name', name)
      aFunction(`phase ${name}`, work)
      const phase = { name, work, ...phaseSettings(name, options) }
      if (stopped !== null) throw new LifecycleStoppingError(name, stopped.reason)
      if (phases.has(name)) {
        throw new TypeError(`name must be one that is free, and there is a phase named ${name}`)
      }
      const ring = ringWith([...phases.values()], phase)
      if (ring !== null) {
        throw new TypeError(`after must not lead back to the phase, got ${ring.join(' after ')}`)
      }
      phases.set(name, phase)
      known.add(name)
      return {
        [Symbol.dispose]: () => {
          if (phases.get(name) === phase) phases.delete(name)
        },
      }
    },

    stop(reason) {
      if (stopped !== null) return stopped.result
      // Told to the second caller too, should a listener call back.
      const { promise: result, resolve: begin } = pledge<StopResult>()
      stopped = { reason, result }
      const before = redden(health, reason)
      observe({ kind: 'lifecycle.stopping', reason, drainMs, deadlineMs })
      const place = { reason, before, known, drainMs, deadlineMs, clock, observe }
      begin(runStop([...phases.values()], place))
      return result
    },
  }
}

/** Readiness that cannot go red shows as a phase that failed: it must keep nobody from saving. */
function redden(health: LifecycleOptions['health'], reason: string): readonly PhaseResult[] {
  try {
    health?.setStopping(reason)
    return []
  } catch (error) {
    return [{ name: 'readiness', outcome: 'failed', tookMs: 0, error }]
  }
}

function phaseSettings(name: string, options: PhaseOptions): Pick<Phase, 'after' | 'timeoutMs'> {
  onlyOptions(`phase ${name}`, options, ['after', 'timeoutMs'])
  const { after = [], timeoutMs = null } = options
  if (!Array.isArray(after)) throw new TypeError(`after must be a list, got ${shown(after)}`)
  for (const other of after) someText('after', other)
  if (timeoutMs !== null) {
    lengthMs('timeoutMs', timeoutMs)
    if (timeoutMs === 0) throw new RangeError('timeoutMs must be > 0, got 0')
  }
  return { after: [...after], timeoutMs }
}
