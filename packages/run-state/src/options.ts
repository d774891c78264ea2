import type { UpdateSharedJsonOptions } from '@holdfast/shared-json'
import type { Clock, Observe, Random } from '@holdfast/seams'
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
 * @throws {TypeError} naming the option.
 */
export function checkNames(options: object, ...own: readonly string[]): void {
  const known = [...COMMON, ...own]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new TypeError(`there is no option ${unknown}; there are ${known.join(', ')}`)
}

/** @throws {RangeError} naming the option, for what is no run. */
export function checkRun(name: string, run: unknown, lowest = 1): void {
  if (Number.isSafeInteger(run) && (run as number) >= lowest) return
  throw new RangeError(`${name} must be a whole number ≥ ${lowest}, got ${String(run)}`)
}
