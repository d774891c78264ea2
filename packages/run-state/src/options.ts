import type { UpdateSharedJsonOptions } from '@holdfast/shared-json'
import { fanOut, type Clock, type Observe, type Random } from '@holdfast/seams'
import type { RunStateFact } from './facts.ts'
import type { RunState } from './state-file.ts'

/** What reading and writing a state file or a failure log have in common. */
export interface RunFileOptions extends Pick<
  UpdateSharedJsonOptions<RunState>,
  'waitMs' | 'engine' | 'durability'
> {
  /** Ends the wait for the lock. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<RunStateFact>
}

const COMMON = ['waitMs', 'engine', 'durability', 'signal', 'clock', 'random', 'observe']

/**
 * Values are checked where they are used; names here, since a misspelt one would not be missed.
 * @returns the options, with an ear that does not disturb the work when it throws.
 * @throws {TypeError} naming the option.
 */
export function checkedOptions<T extends RunFileOptions>(options: T, ...own: readonly string[]): T {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, got ${shown(options)}`)
  }
  const known = [...COMMON, ...own]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`there is no option ${unknown}; there are ${known.join(', ')}`)
  }
  const { observe } = options
  if (observe === undefined) return options
  if (typeof observe !== 'function') {
    throw new TypeError(`observe must be a function, got ${shown(observe)}`)
  }
  return { ...options, observe: fanOut(observe) }
}

/** A value as a message shows it: text in quotes, so that "5" and 5 are not the same. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? 'an array' : 'an object'
}

/** @throws {TypeError} naming what must be a list of runs and is none. What is in it is looked at later. */
export function checkList(name: string, runs: unknown): void {
  const isList = typeof runs === 'object' && runs !== null && Symbol.iterator in runs
  if (!isList) throw new TypeError(`${name} must be an iterable of runs, got ${shown(runs)}`)
}

/** @throws {RangeError} naming the option, for what is no run. */
export function checkRun(name: string, run: unknown, lowest = 1): void {
  if (Number.isSafeInteger(run) && (run as number) >= lowest) return
  throw new RangeError(`${name} must be a whole number ≥ ${lowest}, got ${shown(run)}`)
}
