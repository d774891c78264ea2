import type { UpdateSharedJsonOptions } from '@holdfast/shared-json'
import { parseFailures, printFailures } from './failures.ts'
import { Progress, type FirstRun, type RunMarks } from './progress.ts'
import { parseRuns, printRuns } from './run-text.ts'

/** A state file: the two marks, and whatever else someone keeps there. Marks that are missing count as 0. */
export interface RunState {
  /** The last of an unbroken row of runs that succeeded. Whole number ≥ 0. */
  readonly last_contiguous_run?: number
  /** The highest run ever tried. Whole number ≥ 0. */
  readonly last_attempted_run?: number
  readonly [key: string]: unknown
}

/** The version of the trackers' part that this release reads and writes. */
const VERSION = 1
/** How many updates a file remembers by their stamps. */
const MOST_STAMPS = 16

/** What a `RunTracker` adds to the two marks, under the key `holdfast`. */
export interface TrackedPart {
  readonly version: 1
  /** Another with every update, so that its writer knows its own work again. */
  readonly stamp: string
  /** Those of the updates before, newest first: whoever could not confirm his own learns by them that it was made. */
  readonly earlierStamps: string
  readonly firstRun: number | null
  readonly firstRunIs: FirstRun['is']
  readonly done: string
  readonly absent: string
  readonly failed: string
}

export function marksOf(state: RunState): RunMarks {
  const { last_contiguous_run: contiguous = 0, last_attempted_run: attempted = 0 } = state
  return { contiguous, attempted }
}

/** What `RunTracker`s have added; null in a file that none has written. The state has passed `runStateSchema`. */
export function trackedOf(state: RunState): TrackedPart | null {
  return (state['holdfast'] as TrackedPart | undefined) ?? null
}

/** The stamps of the updates that the file is built of, newest first, as far as it remembers. */
export function stampsOf(state: RunState): string[] {
  const tracked = trackedOf(state)
  if (tracked === null) return []
  return [tracked.stamp, ...tracked.earlierStamps.split(' ')].filter((stamp) => stamp !== '')
}

/** The version of a part that a later release has written; null when none has. */
export function laterVersionOf(state: RunState): number | null {
  const { version = VERSION } = (state['holdfast'] ?? {}) as { readonly version?: number }
  return version > VERSION ? version : null
}

/**
 * Reads the part of the trackers, and takes in what other programs wrote into the marks since.
 * @returns what is wrong, when a text there is not what a tracker writes: then the file is corrupt.
 */
export function progressOf(state: RunState): Progress | { readonly problem: string } {
  const tracked = trackedOf(state)
  const done = parseRuns(tracked?.done ?? '')
  const absent = parseRuns(tracked?.absent ?? '')
  const failures = parseFailures(tracked?.failed ?? '')
  if ('problem' in done) return { problem: `holdfast.done: ${done.problem}` }
  if ('problem' in absent) return { problem: `holdfast.absent: ${absent.problem}` }
  if (done.has(0) || absent.has(0)) return { problem: 'holdfast.done or absent: 0 is no run' }
  if ('problem' in failures) return { problem: `holdfast.failed: ${failures.problem}` }
  const progress = new Progress(done, absent, failures)
  if (tracked !== null) progress.first = { run: tracked.firstRun, is: tracked.firstRunIs }
  progress.raiseTo(marksOf(state))
  return progress
}

/**
 * The file's new content. Keys of others are kept.
 * @param stamps of this update, and of those it builds on.
 */
export function stateOf(
  progress: Progress,
  others: RunState,
  [stamp, ...earlier]: readonly [string, ...string[]],
): RunState {
  const { contiguous, attempted } = progress.marks()
  const holdfast: TrackedPart = {
    version: VERSION,
    stamp,
    earlierStamps: earlier.slice(0, MOST_STAMPS - 1).join(' '),
    firstRun: progress.first.run,
    firstRunIs: progress.first.is,
    done: printRuns(progress.done),
    absent: printRuns(progress.absent),
    failed: printFailures(progress.failures.values()),
  }
  return { ...others, last_contiguous_run: contiguous, last_attempted_run: attempted, holdfast }
}

type Schema = NonNullable<UpdateSharedJsonOptions<RunState>['schema']>

/** Takes what is a state file, whoever wrote it. What it refuses is a corrupt file. */
export const runStateSchema: Schema = {
  '~standard': {
    version: 1,
    vendor: '@holdfast/run-state',
    validate: (value) => {
      const message = objectionTo(value)
      return message === null ? { value: value as RunState } : { issues: [{ message }] }
    },
  },
}

const MARKS: readonly string[] = ['last_contiguous_run', 'last_attempted_run']

/** What keeps a value from being a state; null when nothing does. */
export function objectionTo(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'a state must be an object'
  }
  const state = value as Readonly<Record<string, unknown>>
  for (const key of MARKS) {
    const mark = state[key]
    if (mark !== undefined && !(Number.isSafeInteger(mark) && (mark as number) >= 0)) {
      return `${key} must be a whole number ≥ 0, got ${JSON.stringify(mark)}`
    }
  }
  return Object.hasOwn(state, 'holdfast') ? objectionToPart(state['holdfast']) : null
}

/** What keeps a caller's value from being written; null when nothing does. `found`: what is in the file. */
export function objectionToWrite(value: RunState, found: RunState): string | null {
  const objection = objectionTo(value)
  if (objection !== null) return objection
  const version = laterVersionOf(value)
  if (version !== null) return `holdfast.version must be ${VERSION}, got ${version}`
  for (const [key, content] of Object.entries(value)) {
    // A misspelt mark would be kept as a key of someone else's, and the mark would be 0.
    const isLikeAMark = /^last/i.test(key) && typeof content === 'number' && !MARKS.includes(key)
    if (isLikeAMark && !Object.hasOwn(found, key)) {
      return `there is no mark ${key}; there are ${MARKS.join(', ')}`
    }
  }
  return null
}

function objectionToPart(value: unknown): string | null {
  const part = (value ?? {}) as { readonly [Key in keyof TrackedPart]?: unknown }
  const { version } = part
  // What a later release has written is not for us to judge; `laterVersionOf` tells it apart.
  if (Number.isSafeInteger(version) && (version as number) > VERSION) return null
  if (version !== VERSION) return `holdfast.version must be 1, got ${JSON.stringify(version)}`
  const { firstRun, firstRunIs } = part
  if (firstRun !== null && !(Number.isSafeInteger(firstRun) && (firstRun as number) >= 1)) {
    return `holdfast.firstRun must be a whole number ≥ 1 or null, got ${JSON.stringify(firstRun)}`
  }
  if (firstRunIs !== 'given' && firstRunIs !== 'lowest') {
    return `holdfast.firstRunIs must be given or lowest, got ${JSON.stringify(firstRunIs)}`
  }
  for (const key of ['stamp', 'earlierStamps', 'done', 'absent', 'failed'] as const) {
    if (typeof part[key] !== 'string') return `holdfast.${key} must be text`
  }
  return null
}
