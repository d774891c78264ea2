import { readJson, replaceJson, type JsonCorruptError, type JsonRead } from '@holdfast/atomic-json'
import { withLock } from '@holdfast/file-lock'
import {
  unchanged,
  updateSharedJson,
  type Change,
  type SharedJsonUpdate,
  type UpdateSharedJsonOptions,
} from '@holdfast/shared-json'
import { RunStateCorruptError, RunStateVersionError, type CorruptState } from './errors.ts'
import { keepAside } from './keep-aside.ts'
import { checkedOptions, checkList, checkRun, type RunFileOptions } from './options.ts'
import { RunSet } from './run-set.ts'
import { attemptedAfter, contiguousAfter } from './seed-rules.ts'
import {
  laterVersionOf,
  marksOf,
  objectionTo,
  objectionToWrite,
  progressOf,
  runStateSchema,
  type RunState,
} from './state-file.ts'

/** What a state file holds. */
export type RunStateRead = RunStateOk | RunStateMissing | CorruptState

export interface RunStateOk {
  readonly kind: 'ok'
  readonly path: string
  readonly state: RunState
}

/** No file: nothing was ever written. */
export interface RunStateMissing {
  readonly kind: 'missing'
  readonly path: string
}

/**
 * Reads a state file and says what it found. A corrupt one (no JSON, no object, bad UTF-8, marks that are no whole numbers ≥ 0) is
 * never an empty one, and is left in its place: whoever replaces it keeps it aside.
 * @throws {RunStateVersionError} when a later release has written it. All functions here do so then, and change nothing.
 * @throws {JsonNotReadError} when the system would not give the bytes.
 */
export async function readState(
  path: string,
  options: Pick<RunFileOptions, 'observe' | 'clock'> = {},
): Promise<RunStateRead> {
  return sound(await readShape(path, checkedOptions(options)))
}

/** What is there, the trackers' ranges unread: they may be long, and whoever needs them finds out. */
export async function readShape(
  path: string,
  { signal, clock, observe }: RunFileOptions,
): Promise<RunStateRead> {
  const read: JsonRead<RunState> = await readJson(path, {
    onCorrupt: 'answer',
    schema: runStateSchema,
    ...(signal && { signal }),
    ...(clock && { clock }),
    ...(observe && { observe }),
  })
  if (read.kind === 'missing') return { kind: 'missing', path }
  if (read.kind !== 'ok') return { kind: 'corrupt', path, reason: read.reason }
  refuseLater(path, read.value)
  return { kind: 'ok', path, state: read.value }
}

function refuseLater(path: string, state: RunState): void {
  const version = laterVersionOf(state)
  if (version !== null) throw new RunStateVersionError(path, version)
}

/** The same, the ranges read too: a file whose ranges are nonsense is corrupt. */
function sound(read: RunStateRead): RunStateRead {
  if (read.kind !== 'ok') return read
  const progress = progressOf(read.state)
  return 'problem' in progress
    ? { kind: 'corrupt', path: read.path, reason: progress.problem }
    : read
}

/** What was in the place of a state that was written whole. */
export interface ReplacedState {
  readonly found: RunStateRead['kind']
  /** The second name of a corrupt file that was replaced; null when it was none. */
  readonly keptAt: string | null
}

/**
 * Puts `state` in the place of whatever is there, whole or not at all, under the file's lock. Missing directories are made. A
 * corrupt file is kept aside. To change one mark, use the functions below: they lose nothing that others wrote meanwhile.
 * Other keys than the marks are kept for those who need them; only one that looks like a mark (it begins with `last` and holds a number) and is
 * neither one nor in the file already is taken for a misspelt one.
 * @throws {TypeError} for what is no state, {JsonValueError} for what JSON cannot say, such as NaN. Nothing was written.
 * @throws {JsonNotWrittenError} when the disk is full, or refuses otherwise. The file is as it was.
 * @throws {LockTimeoutError} if others held the lock for `waitMs`.
 */
export async function writeState(
  path: string,
  state: RunState,
  options: RunFileOptions = {},
): Promise<ReplacedState> {
  const io = checkedOptions(options)
  refuse(objectionTo(state))
  const make = (found: RunStateRead): RunState => {
    refuse(objectionToWrite(state, found.kind === 'ok' ? found.state : {}))
    return state
  }
  return await replaceState(path, make, io)
}

function refuse(objection: string | null): void {
  if (objection !== null) throw new TypeError(objection)
}

/** Writes what `make` makes of what is there, corrupt or not. */
export async function replaceState(
  path: string,
  make: (found: RunStateRead) => RunState,
  options: RunFileOptions,
): Promise<ReplacedState> {
  return await withLock(path, { ...options, createDirectory: true }, async (lock) => {
    const found = sound(await readShape(path, options))
    const state = make(found)
    const keptAt = found.kind === 'corrupt' ? keepAside(path, found.reason, options) : null
    lock.assertValid()
    await replaceJson(path, state, { ...options, ...FORM, createDirectory: true })
    return { found: found.kind, keptAt }
  })
}

/** How state files are written: for people to read. */
const FORM: Pick<UpdateSharedJsonOptions<RunState>, 'pretty' | 'schema'> = {
  pretty: true,
  schema: runStateSchema,
}

/** What became of a mark. */
export interface MarkUpdate {
  /** `unchanged`: nothing was written. */
  readonly kind: 'updated' | 'unchanged'
  readonly state: RunState
}

/**
 * Moves `last_contiguous_run` on over runs that succeeded, in whatever order they are named: over those that follow it one by one, and
 * not over the first that is missing. What succeeded behind a gap is forgotten, which a `RunTracker` does not.
 * @throws {RunStateCorruptError} when there is a file that cannot be trusted. Nothing was written.
 * @throws {RangeError} for what is no run.
 */
export async function updateContiguousRunState(
  path: string,
  successfulRuns: Iterable<number>,
  options: RunFileOptions = {},
): Promise<MarkUpdate> {
  const runs = runsOf('successfulRuns', successfulRuns)
  return await updateMark(path, 'last_contiguous_run', options, (state) =>
    contiguousAfter(marksOf(state).contiguous, runs),
  )
}

/**
 * Raises `last_attempted_run` to the highest of these runs. It never falls.
 * @throws {RunStateCorruptError} when there is a file that cannot be trusted. Nothing was written.
 * @throws {RangeError} for what is no run.
 */
export async function updateAttemptedRunState(
  path: string,
  attemptedRuns: Iterable<number>,
  options: RunFileOptions = {},
): Promise<MarkUpdate> {
  const runs = runsOf('attemptedRuns', attemptedRuns)
  return await updateMark(path, 'last_attempted_run', options, (state) =>
    attemptedAfter(marksOf(state).attempted, runs),
  )
}

function runsOf(name: string, runs: Iterable<number>): RunSet {
  checkList(name, runs)
  const set = new RunSet()
  for (const run of runs) {
    checkRun(`every one of ${name}`, run, 0)
    set.add(run)
  }
  return set
}

async function updateMark(
  path: string,
  key: 'last_contiguous_run' | 'last_attempted_run',
  options: RunFileOptions,
  next: (state: RunState) => number,
): Promise<MarkUpdate> {
  const io = checkedOptions(options)
  const change = (state: RunState = {}): RunState | typeof unchanged => {
    const [before, after] = [state[key] ?? 0, next(state)]
    return after === before ? unchanged : { ...state, [key]: after }
  }
  const update = await updateState(path, change, { ...io, createDirectory: true })
  return { kind: update.kind, state: update.value ?? {} }
}

/** `updateSharedJson` for state files: a corrupt one is an error of this package. */
export async function updateState(
  path: string,
  change: Change<RunState, RunState | typeof unchanged>,
  options: RunFileOptions & { readonly createDirectory: boolean },
): Promise<SharedJsonUpdate<RunState>> {
  const guarded: typeof change = (state, context) => {
    if (state !== undefined) refuseLater(path, state)
    return change(state, context)
  }
  try {
    return await updateSharedJson<RunState>(path, guarded, { ...options, ...FORM })
  } catch (error) {
    // By its code, since two copies of a package can meet.
    if ((error as { code?: unknown }).code !== 'JSON_CORRUPT') throw error
    throw new RunStateCorruptError(
      { path, reason: (error as JsonCorruptError).found.reason },
      error,
    )
  }
}

/** Where incremental work goes on. */
export type IncrementalStart =
  /** The runs after `startRun` are new. 0 when the file is missing. */
  | { readonly kind: 'ok' | 'missing'; readonly path: string; readonly startRun: number }
  | CorruptState

/** The higher of the two marks: the next new run is the one after it. A corrupt file is told, and is not a 0. */
export async function getIncrementalStartRun(
  path: string,
  options: Pick<RunFileOptions, 'observe' | 'clock'> = {},
): Promise<IncrementalStart> {
  const read = await readState(path, options)
  if (read.kind === 'corrupt') return read
  if (read.kind === 'missing') return { kind: 'missing', path, startRun: 0 }
  const { contiguous, attempted } = marksOf(read.state)
  return { kind: 'ok', path, startRun: Math.max(contiguous, attempted) }
}
