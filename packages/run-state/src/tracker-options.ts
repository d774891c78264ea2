import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { RunFileError } from './errors.ts'
import { checkedOptions, checkRun, shown, type RunFileOptions } from './options.ts'
import type { RunMarks, RunResult } from './progress.ts'

export interface RunTrackerOptions extends RunFileOptions {
  /** Where the numbers begin: a whole number ≥ 1. Default: the lowest run that is told of. */
  readonly firstRun?: number
  /** A failure log to keep beside the state, for people and programs that read it. Taken in with a file that is no tracker's yet. Default: none. */
  readonly failureLog?: string
  /** Most results that may wait for a disk that does not take them. Integer ≥ 1. Default 1 000 000. */
  readonly maxWaiting?: number
  /** `true`: directories that are missing are made, with the first result. Default `false`: a path with a misspelt one is refused. */
  readonly createDirectory?: boolean
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

/**
 * @returns the options, with an ear that does not disturb the work when it throws.
 * @throws {TypeError | RangeError} naming the option.
 */
export function checkedTrackerOptions(options: RunTrackerOptions): RunTrackerOptions {
  const own = ['firstRun', 'failureLog', 'maxWaiting', 'createDirectory'] as const
  const checked = checkedOptions(options, ...own)
  const { firstRun, failureLog, maxWaiting, createDirectory = false } = checked
  if (firstRun !== undefined) checkRun('firstRun', firstRun)
  if (maxWaiting !== undefined) checkRun('maxWaiting', maxWaiting)
  if (failureLog !== undefined && (typeof failureLog !== 'string' || failureLog === '')) {
    throw new TypeError(`failureLog must be a path, got ${shown(failureLog)}`)
  }
  if (typeof createDirectory !== 'boolean') {
    throw new TypeError(`createDirectory must be true or false, got ${shown(createDirectory)}`)
  }
  return checked
}

/** @throws {RunFileError} `RUN_FILE_NO_DIRECTORY`, when a file that is to be kept has no directory. */
export function checkDirectories(path: string, options: RunTrackerOptions): void {
  const { createDirectory = false, failureLog } = options
  if (createDirectory) return
  for (const file of failureLog === undefined ? [path] : [path, failureLog]) {
    if (statSync(dirname(file), { throwIfNoEntry: false }) !== undefined) continue
    const reason = new Error(
      `there is no directory ${dirname(file)}; createDirectory would make it`,
    )
    throw new RunFileError('RUN_FILE_NO_DIRECTORY', file, reason)
  }
}

/** @throws {TypeError | RangeError} naming the field, for what is no result. */
export function checkResult(result: RunResult): void {
  if (typeof result !== 'object' || result === null) {
    throw new TypeError(`a result must be {run, outcome}, got ${shown(result)}`)
  }
  const { run, outcome, permanent, ...more } = result as RunResult & {
    readonly permanent?: unknown
  }
  const [unknown] = Object.keys(more)
  if (unknown !== undefined) {
    throw new TypeError(`a result has no ${unknown}; it has run, outcome, permanent`)
  }
  checkRun('run', run)
  if (!['done', 'failed', 'absent'].includes(outcome)) {
    throw new TypeError(`outcome must be done, failed or absent, got ${shown(outcome)}`)
  }
  if (permanent === undefined) return
  if (outcome !== 'failed') {
    throw new TypeError(
      `permanent must be left out when a run is ${outcome}, got ${shown(permanent)}`,
    )
  }
  if (typeof permanent !== 'boolean') {
    throw new TypeError(`permanent must be true or false, got ${shown(permanent)}`)
  }
}
