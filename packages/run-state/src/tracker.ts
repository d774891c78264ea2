import { ignore, systemClock, systemRandom } from '@holdfast/seams'
import { adoptLog, type Adopted } from './adopt-log.ts'
import {
  codeOf,
  RunStateCorruptError,
  RunStateNotRecordedError,
  RunTrackerRefusedError,
} from './errors.ts'
import type { RunFailure } from './failures.ts'
import { Group } from './group.ts'
import { LogMirror } from './log-mirror.ts'
import { checkList, checkRun, shown, type RunFileOptions } from './options.ts'
import { Progress, type RunMarks, type RunResult, type TimedResult } from './progress.ts'
import { planRetries, type RetryPlan, type RetryPolicy } from './retry-plan.ts'
import type { RunRange } from './run-set.ts'
import { marksOf, progressOf, stampsOf, stateOf, trackedOf, type RunState } from './state-file.ts'
import { readShape, updateState } from './state.ts'
import {
  checkDirectories,
  checkedTrackerOptions,
  checkResult,
  type RunStanding,
  type RunTrackerOptions,
} from './tracker-options.ts'
import { countsOf, Unsaved } from './unsaved.ts'

/**
 * Opens the state of one stage. Nothing is written before the first result. A file that knows only the two marks is taken over: all up
 * to `last_contiguous_run` is done, and what the failure log names has failed.
 * @throws {RunStateCorruptError} when there is a file that cannot be trusted. It is as it was.
 * @throws {RunStateVersionError} when a later release has written it. It is as it was.
 * @throws {RunFileError} `RUN_FILE_NO_DIRECTORY`, when there is no directory for it and `createDirectory` is not set.
 * @throws {TypeError | RangeError} naming a bad option.
 */
export async function openRunTracker(
  path: string,
  options: RunTrackerOptions = {},
): Promise<RunTracker> {
  const checked = checkedTrackerOptions(options)
  checkDirectories(path, checked)
  const tracker = new RunTracker(path, checked)
  await tracker.refresh()
  return tracker
}

/** What goes into one write, and who waits for it. */
interface Batch {
  readonly stamp: string
  group: Group | null
  results: readonly TimedResult[]
}

/**
 * Keeps the state of one stage up to date, result by result, together with all others who do so. A result is in the file when its
 * promise resolves, with everything that follows from it, in one write. Those that come while a write is under way share the next.
 */
export class RunTracker implements AsyncDisposable {
  readonly path: string
  readonly #options: RunTrackerOptions
  /** Those that files take. */
  readonly #io: RunFileOptions & { readonly createDirectory: boolean }
  /** What the file said last, and all of `#unsaved`. */
  #progress = new Progress()
  /** The file's content that `#progress` builds on; null before there is one. */
  #base: { readonly stamp: string; readonly marks: RunMarks } | null = null
  readonly #unsaved = new Unsaved()
  #group: Group | null = null
  #writing: Promise<void> | null = null
  readonly #log: LogMirror | null
  /** What is known from a file that no tracker has written yet. */
  #adopted: Adopted | null = null
  #isClosed = false

  constructor(path: string, options: RunTrackerOptions) {
    this.path = path
    this.#options = options
    const { firstRun: _first, failureLog, maxWaiting: _most, ...io } = options
    this.#io = { createDirectory: false, ...io }
    this.#log = failureLog === undefined ? null : new LogMirror(path, failureLog, io)
    this.#progress = this.#begun(new Progress())
  }

  /**
   * Takes in what came of one run. Tell it when it has happened, not at the end of a batch: then nothing is lost by a stop.
   * @throws {RunStateNotRecordedError} when it could not be written. It is not forgotten, and goes with the next write; do not tell it again.
   * @throws {RunTrackerRefusedError} when the tracker is closed, or too many wait. It was not taken in.
   * @throws {TypeError | RangeError} for what is no result or no run. It was not taken in.
   */
  record(result: RunResult): Promise<void> {
    return this.recordAll([result])
  }

  /** Takes in what came of many runs, all or none, with one write. Rejects as `record`. */
  async recordAll(results: readonly RunResult[]): Promise<void> {
    const { clock = systemClock } = this.#options
    this.#refuseIfClosed()
    if (!Array.isArray(results)) {
      throw new TypeError(`results must be an array, got ${shown(results)}`)
    }
    for (const result of results) checkResult(result)
    const atMs = clock.wallMs()
    await this.#tell(results.map((result: RunResult) => ({ ...result, atMs })))
  }

  /**
   * Has failed runs tried anew: they are due at once, and their attempts are counted from 0; those they had are kept as `earlierAttempts`. No
   * mark moves, and what is no failure (any more) stays as it is.
   * @param runs which. Those named are tried anew also when their failure was permanent; `all` leaves the permanent ones out.
   * @returns those that are due now, ascending.
   * @throws as `record` and `refresh`.
   */
  async retry(runs: Iterable<number> | 'all'): Promise<number[]> {
    const { clock = systemClock } = this.#options
    this.#refuseIfClosed()
    if (runs !== 'all') checkList("runs, where it is not 'all',", runs)
    const named = runs === 'all' ? null : new Set(runs)
    for (const run of named ?? []) checkRun('every one of runs', run)
    await this.refresh()
    const wanted = this.failures().filter(({ run, isPermanent }) => named?.has(run) ?? !isPermanent)
    const atMs = clock.wallMs()
    await this.#tell(wanted.map(({ run }) => ({ run, outcome: 'again', atMs })))
    // Someone may have had success with one meanwhile.
    return wanted.map(({ run }) => run).filter((run) => this.statusOf(run) === 'failed')
  }

  #refuseIfClosed(): void {
    if (!this.#isClosed) return
    throw new RunTrackerRefusedError('RUN_TRACKER_CLOSED', this.path, 'the tracker is closed')
  }

  async #tell(results: readonly TimedResult[]): Promise<void> {
    const { maxWaiting = 1_000_000 } = this.#options
    if (this.#unsaved.size + results.length > maxWaiting) {
      const reason = `${this.#unsaved.size} results wait to be written, and no more than ${maxWaiting} may`
      throw new RunTrackerRefusedError('RUN_TRACKER_FULL', this.path, reason)
    }
    if (results.length === 0) return
    for (const result of results) {
      this.#progress.take(result)
      this.#unsaved.add(result)
    }
    await this.#nextWrite()
  }

  standing(): RunStanding {
    const { first, done, absent, failures } = this.#progress
    const { contiguous, attempted } = this.#progress.marks()
    return {
      firstRun: first.run,
      contiguous,
      attempted,
      startRun: Math.max(contiguous, attempted),
      done: done.size,
      absent: absent.size,
      failed: failures.size,
      waiting: this.#unsaved.size,
    }
  }

  /** A run that was done and has failed since is `failed`. */
  statusOf(run: number): 'done' | 'failed' | 'absent' | 'unknown' {
    const { failures, done, absent } = this.#progress
    if (failures.has(run)) return 'failed'
    if (done.has(run)) return 'done'
    return absent.has(run) ? 'absent' : 'unknown'
  }

  /** The runs that failed, ascending, each once. */
  failures(): RunFailure[] {
    return [...this.#progress.failures.values()].toSorted((a, b) => a.run - b.run)
  }

  /** From the first run to the highest tried, what is neither done nor absent, as ranges. */
  gaps(): RunRange[] {
    return this.#progress.gaps()
  }

  /**
   * What is to be done now about the runs that failed.
   * @throws {TypeError | RangeError} naming a bad field of the policy.
   */
  retryPlan(policy: RetryPolicy = {}): RetryPlan {
    const { clock = systemClock } = this.#options
    return planRetries(this.#progress.failures.values(), clock.wallMs(), policy)
  }

  /**
   * Learns what others have recorded since. Every write does so too.
   * @throws {RunStateCorruptError} when there is a file that cannot be trusted.
   */
  async refresh(): Promise<void> {
    await this.#writing
    const before = this.#base
    const read = await readShape(this.path, this.#options)
    if (read.kind === 'corrupt') throw new RunStateCorruptError(read)
    await this.#buildOn(read.kind === 'ok' ? read.state : undefined, before)
  }

  /**
   * Resolves when all that was told is in the file, and the failure log agrees with it. Tries once more what failed before.
   * @throws {RunStateNotRecordedError} when it cannot be written. Nothing is forgotten.
   */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#unsaved.size > 0) await this.#nextWrite()
    if (this.#base !== null) await this.#log?.agree()
  }

  /** Writes what waits, and takes nothing more. Rejects as `flush`; a second call tries again. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.flush()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #nextWrite(): Promise<void> {
    this.#group ??= new Group()
    const { written } = this.#group
    this.#writing ??= this.#writeAll()
    return written
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#group !== null) await this.#writeGroup()
    } finally {
      this.#writing = null
    }
  }

  /** One write, for all who wait when the lock is ours. */
  async #writeGroup(): Promise<void> {
    const { clock = systemClock, observe = ignore } = this.#options
    const { path } = this
    const startMs = clock.monotonicMs()
    const stamp = (this.#options.random ?? systemRandom).hex(8)
    const batch: Batch = { stamp, group: null, results: [] }
    try {
      await this.#write(batch)
    } catch (error) {
      const group = batch.group ?? this.#take(batch)
      if (!IN_DOUBT.has(codeOf(error))) this.#unsaved.failed(stamp)
      const waiting = this.#unsaved.size
      group?.fail(new RunStateNotRecordedError(path, waiting, error))
      observe({ kind: 'run-state.record-failed', path, code: codeOf(error), waiting })
      return
    }
    await this.#log?.follow()
    batch.group?.succeed()
    const tookMs = clock.monotonicMs() - startMs
    if (this.#adopted !== null) observe({ kind: 'run-state.adopted', path, ...this.#adopted })
    this.#adopted = null
    observe({
      kind: 'run-state.recorded',
      path,
      ...countsOf(batch.results),
      ...this.#marks(),
      tookMs,
    })
  }

  /** Writes all that waits when the lock is ours. */
  async #write(batch: Batch): Promise<void> {
    const { stamp } = batch
    const change = async (state: RunState | undefined): Promise<RunState> => {
      await this.#buildOn(state)
      this.#take(batch)
      return stateOf(this.#progress, state ?? {}, [stamp, ...stampsOf(state ?? {})])
    }
    const { value: state = {} } = await updateState(this.path, change, this.#io)
    this.#base = { stamp, marks: marksOf(state) }
    this.#unsaved.succeeded(batch.results.length)
  }

  #take(batch: Batch): Group | null {
    batch.group = this.#group
    batch.results = this.#unsaved.begin(batch.stamp)
    this.#group = null
    return batch.group
  }

  #marks() {
    return { ...this.#progress.marks(), failures: this.#progress.failures.size }
  }

  /**
   * Makes `#progress` what the file says, and what was told since.
   * @param before what `#progress` was built on when the file was about to be read.
   */
  async #buildOn(state: RunState | undefined, before = this.#base): Promise<void> {
    // A file that goes missing under our hands is written again, with all we know.
    if (state === undefined && before !== null) return
    const tracked = state === undefined ? null : trackedOf(state)
    const marks = marksOf(state ?? {})
    const isOurs = before !== null && tracked?.stamp === before.stamp
    const progress = isOurs ? this.#progress : this.#read(state)
    const adopted =
      tracked === null ? await adoptLog(progress, marks, this.#options.failureLog) : null
    // A write that has ended meanwhile has read a newer content.
    if (this.#base !== before) return
    if (isOurs) {
      // Only the marks may have been moved since.
      const { contiguous, attempted } = before.marks
      const isMoved = marks.contiguous > contiguous || marks.attempted > attempted
      if (isMoved) this.#progress.raiseTo(marks)
      return
    }
    this.#adopted = adopted
    for (const result of this.#unsaved.notIn(stampsOf(state ?? {}))) progress.take(result)
    this.#progress = progress
    this.#base = tracked === null ? null : { stamp: tracked.stamp, marks }
  }

  #read(state: RunState | undefined): Progress {
    const progress = progressOf(state ?? {})
    if (!('problem' in progress)) return this.#begun(progress)
    throw new RunStateCorruptError({ path: this.path, reason: progress.problem })
  }

  #begun(progress: Progress): Progress {
    const { firstRun } = this.#options
    if (firstRun !== undefined) progress.first = { run: firstRun, is: 'given' }
    return progress
  }
}

/** The codes of writes that may have been made all the same. */
const IN_DOUBT: ReadonlySet<string> = new Set(['JSON_NOT_DURABLE', 'SHARED_JSON_UNCONFIRMED'])
