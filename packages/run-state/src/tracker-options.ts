import { checkNames, checkRun, type RunFileOptions } from './options.ts'
import type { RunMarks, RunResult } from './progress.ts'

export interface RunTrackerOptions extends RunFileOptions {
  /** Where the numbers begin: a whole number ≥ 1. Default: the lowest run that is told of. */
  readonly firstRun?: number
  /** A failure log to keep beside the state, for people and programs that read it. Taken in with a file that is no tracker's yet. Default: none. */
  readonly failureLog?: string
  /** Most results that may wait for a disk that does not take them. Integer ≥ 1. Default 1 000 000. */
  readonly maxWaiting?: number
}

/** Where the runs stand, what this process was told and has not written yet included. */
export interface RunStanding extends RunMarks {
  /** Where the numbers begin; null as long as nothing is known. */
  readonly firstRun: number | null
  /** The higher of the two marks: runs after it are new. */
  readonly startRun: number
  /** How many are done, absent, and failed. */
  readonly done: number
  readonly absent: number
  readonly failed: number
  /** Results that are not in the file yet. */
  readonly waiting: number
}

/** @throws {TypeError | RangeError} naming the option. */
export function checkTrackerOptions(options: RunTrackerOptions): void {
  const { firstRun, failureLog, maxWaiting } = options
  checkNames(options, 'firstRun', 'failureLog', 'maxWaiting')
  if (firstRun !== undefined) checkRun('firstRun', firstRun)
  if (maxWaiting !== undefined) checkRun('maxWaiting', maxWaiting)
  if (failureLog !== undefined && (typeof failureLog !== 'string' || failureLog === '')) {
    throw new TypeError(`failureLog must be a path, got ${JSON.stringify(failureLog)}`)
  }
}

/** @throws {TypeError | RangeError} naming the field, for what is no result. */
export function checkResult(result: RunResult): void {
  const { run, outcome, permanent } = result as RunResult & { readonly permanent?: unknown }
  checkRun('run', run)
  if (!['done', 'failed', 'absent'].includes(outcome)) {
    throw new TypeError(`outcome must be done, failed or absent, got ${JSON.stringify(outcome)}`)
  }
  if (permanent !== undefined && typeof permanent !== 'boolean') {
    throw new TypeError(`permanent must be true or false, got ${JSON.stringify(permanent)}`)
  }
}
