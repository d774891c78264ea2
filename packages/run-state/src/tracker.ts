import { ignore, systemClock, systemRandom } from '@holdfast/seams'
import {
  codeOf,
  RunStateCorruptError,
  RunStateNotRecordedError,
  RunTrackerRefusedError,
} from './errors.ts'
import type { RunFailure } from './failures.ts'
import { Group } from './group.ts'
import { LogMirror } from './log-mirror.ts'
import type { RunFileOptions } from './options.ts'
import { Progress, type RunMarks, type RunResult, type TimedResult } from './progress.ts'
import { planRetries, type RetryPlan, type RetryPolicy } from './retry-plan.ts'
import { parseRunRecordsFromFile } from './run-records.ts'
import type { RunRange } from './run-set.ts'
import { marksOf, progressOf, stateOf, trackedOf, type RunState } from './state-file.ts'
import { readShape, updateState } from './state.ts'
import {
  checkResult,
  checkTrackerOptions,
  type RunStanding,
  type RunTrackerOptions,
} from './tracker-options.ts'

/**
 * Opens the state of one stage. Nothing is written before the first result. A file that knows only the two marks is taken over: all up
 * to `last_contiguous_run` is done, and what the failure log names has failed.
 * @throws {RunStateCorruptError} when there is a file that cannot be trusted. It is as it was.
 * @throws {TypeError | RangeError} naming a bad option.
 */
export async function openRunTracker(
  path: string,
  options: RunTrackerOptions = {},
): Promise<RunTracker> {
  checkTrackerOptions(options)
  const tracker = new RunTracker(path, options)
  await tracker.refresh()
  return tracker
}

/** What goes into one write, and who waits for it. */
interface Batch {
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
  /** What the file said last, and all of `#unsaved`. */
  #progress = new Progress()
  /** The file's content that `#progress` builds on; null before there is one. */
  #base: { readonly stamp: string; readonly marks: RunMarks } | null = null
  /** Told, and not known to be in the file; oldest first. */
  readonly #unsaved: TimedResult[] = []
  #group: Group | null = null
  #writing: Promise<void> | null = null
  readonly #log: LogMirror | null
  /** What is known from a file that no tracker has written yet. */
  #adopted: (RunMarks & { readonly failures: number }) | null = null
  #isClosed = false

  constructor(path: string, options: RunTrackerOptions) {
    this.path = path
    this.#options = options
    const { failureLog } = options
    this.#log = failureLog === undefined ? null : new LogMirror(path, failureLog, this.#io())
    this.#progress = this.#begun(new Progress())
  }

  /**
   * Takes in what came of one run. Tell it when it has happened, not at the end of a batch: then nothing is lost by a stop.
   * @throws {RunStateNotRecordedError} when it could not be written. It is not forgotten, and goes with the next write; do not tell it again.
   * @throws {RunTrackerRefusedError} when the tracker is closed, or too many wait. It was not taken in.
   * @throws {RangeError} for what is no run. It was not taken in.
   */
  record(result: RunResult): Promise<void> {
    return this.recordAll([result])
  }

  /** Takes in what came of many runs, all or none, with one write. Rejects as `record`. */
  async recordAll(results: readonly RunResult[]): Promise<void> {
    const { clock = systemClock, maxWaiting = 1_000_000 } = this.#options
    if (this.#isClosed) {
      throw new RunTrackerRefusedError('RUN_TRACKER_CLOSED', this.path, 'the tracker is closed')
    }
    for (const result of results) checkResult(result)
    if (this.#unsaved.length + results.length > maxWaiting) {
      const reason = `${this.#unsaved.length} results wait to be written, and no more than ${maxWaiting} may`
      throw new RunTrackerRefusedError('RUN_TRACKER_FULL', this.path, reason)
    }
    if (results.length === 0) return
    const atMs = clock.wallMs()
    for (const result of results) {
      const timed = { ...result, atMs }
      this.#progress.take(timed)
      this.#unsaved.push(timed)
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
      waiting: this.#unsaved.length,
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
    // A write that came in between has read a newer content than we have.
    if (this.#base === before) await this.#buildOn(read.kind === 'ok' ? read.state : undefined)
  }

  /**
   * Resolves when all that was told is in the file, and the failure log agrees with it. Tries once more what failed before.
   * @throws {RunStateNotRecordedError} when it cannot be written. Nothing is forgotten.
   */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#unsaved.length > 0) await this.#nextWrite()
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
    const batch: Batch = { group: null, results: [] }
    let failed: string
    try {
      failed = await this.#write(batch)
    } catch (error) {
      const group = batch.group ?? this.#take(batch)
      const waiting = this.#unsaved.length
      group?.fail(new RunStateNotRecordedError(path, waiting, error))
      observe({ kind: 'run-state.record-failed', path, code: codeOf(error), waiting })
      return
    }
    await this.#log?.keep(failed)
    batch.group?.succeed()
    const tookMs = clock.monotonicMs() - startMs
    if (this.#adopted !== null) observe({ kind: 'run-state.adopted', path, ...this.#adopted })
    this.#adopted = null
    observe({ kind: 'run-state.recorded', path, ...countsOf(batch), ...this.#marks(), tookMs })
  }

  /** Writes all that waits when the lock is ours. Answers the failures that the file has then. */
  async #write(batch: Batch): Promise<string> {
    const stamp = (this.#options.random ?? systemRandom).hex(8)
    const change = async (state: RunState | undefined): Promise<RunState> => {
      await this.#buildOn(state)
      this.#take(batch)
      return stateOf(this.#progress, state ?? {}, stamp)
    }
    const { value: state = {} } = await updateState(this.path, change, this.#io())
    this.#base = { stamp, marks: marksOf(state) }
    this.#unsaved.splice(0, batch.results.length)
    return trackedOf(state)?.failed ?? ''
  }

  #take(batch: Batch): Group | null {
    batch.group = this.#group
    batch.results = this.#unsaved.slice()
    this.#group = null
    return batch.group
  }

  #marks() {
    return { ...this.#progress.marks(), failures: this.#progress.failures.size }
  }

  /** Makes `#progress` what the file says, and what was told since. */
  async #buildOn(state: RunState | undefined): Promise<void> {
    // A file that goes missing under our hands is written again, with all we know.
    if (state === undefined && this.#base !== null) return
    const tracked = state === undefined ? null : trackedOf(state)
    const marks = marksOf(state ?? {})
    if (this.#base !== null && tracked?.stamp === this.#base.stamp) {
      const { contiguous, attempted } = this.#base.marks
      if (marks.contiguous > contiguous || marks.attempted > attempted) {
        this.#progress.raiseTo(marks)
      }
      return
    }
    const before = this.#base
    const progress = progressOf(state ?? {})
    if ('problem' in progress) {
      throw new RunStateCorruptError({ path: this.path, reason: progress.problem })
    }
    this.#begun(progress)
    const adopted = tracked === null ? await this.#adopt(progress, marks) : null
    // A write that ended meanwhile has read a newer content.
    if (this.#base !== before) return
    this.#adopted = adopted
    for (const result of this.#unsaved) progress.take(result)
    this.#progress = progress
    this.#base = tracked === null ? null : { stamp: tracked.stamp, marks }
  }

  #begun(progress: Progress): Progress {
    const { firstRun } = this.#options
    if (firstRun !== undefined) progress.first = { run: firstRun, is: 'given' }
    return progress
  }

  /** Takes the failure log in with a file that no tracker has written. Null when there is nothing to take in. */
  async #adopt(progress: Progress, { contiguous, attempted }: RunMarks) {
    const { failureLog } = this.#options
    const log = failureLog === undefined ? null : await parseRunRecordsFromFile(failureLog)
    for (const run of log?.kind === 'ok' ? log.runs : []) {
      if (run < 1) continue
      progress.failures.set(run, { run, attempts: 1, failedAtMs: 0, isPermanent: false })
    }
    const failures = progress.failures.size
    return contiguous + attempted + failures === 0 ? null : { contiguous, attempted, failures }
  }

  /** The options that files take. */
  #io(): RunFileOptions {
    const { firstRun: _first, failureLog: _log, maxWaiting: _most, ...io } = this.#options
    return io
  }
}

const countsOf = ({ results }: Batch): { results: number; failed: number } => ({
  results: results.length,
  failed: results.filter(({ outcome }) => outcome === 'failed').length,
})
