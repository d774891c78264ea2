import { failedAgain, triedAnew, type RunFailure } from './failures.ts'
import { RunSet, type RunRange } from './run-set.ts'

/**
 * What came of a run. `done`: it succeeded. `failed`: it did not; `permanent` when another try is of no use. `absent`: there is
 * no such run and never will be, so that nothing waits for it.
 */
export type RunResult =
  | { readonly run: number; readonly outcome: 'done' | 'absent' }
  | {
      readonly run: number
      readonly outcome: 'failed'
      readonly permanent?: boolean
    }

/** What a tracker was told, with the moment, in ms since 1970. `again`: someone wants the run tried anew, if it has failed. */
export type TimedResult = (RunResult | { readonly run: number; readonly outcome: 'again' }) & {
  readonly atMs: number
}

/** Where the numbers begin. `given`: by the caller. `lowest`: it is the lowest run that was told of. */
export interface FirstRun {
  readonly run: number | null
  readonly is: 'given' | 'lowest'
}

/** How far things are. */
export interface RunMarks {
  /** The last run before the first gap; the first run less one, while that is missing. 0 when nothing is known. */
  readonly contiguous: number
  /** The highest run ever tried. 0 when none was. */
  readonly attempted: number
}

/**
 * All that is known of the runs of one stage, and what a result makes of it. Taking in one result takes some microseconds. A
 * failure that is taken in twice counts as two tries.
 */
export class Progress {
  first: FirstRun = { run: null, is: 'lowest' }
  /** The highest run ever tried. 0 when none was. */
  attempted = 0
  readonly done: RunSet
  readonly absent: RunSet
  readonly failures: Map<number, RunFailure>
  /** Done or absent: what the mark walks over. */
  readonly #passed: RunSet

  constructor(
    done: RunSet = new RunSet(),
    absent: RunSet = new RunSet(),
    failures: Map<number, RunFailure> = new Map(),
  ) {
    this.done = done
    this.absent = absent
    this.failures = failures
    this.#passed = done.clone()
    this.#passed.addAll(absent)
  }

  markDone(from: number, to: number): void {
    this.done.addRange(from, to)
    this.#passed.addRange(from, to)
  }

  markAbsent(from: number, to: number): void {
    this.absent.addRange(from, to)
    this.#passed.addRange(from, to)
  }

  take(result: TimedResult): void {
    const { run, outcome } = result
    const before = this.failures.get(run)
    if (outcome === 'again') {
      if (before !== undefined) this.failures.set(run, triedAnew(before))
      return
    }
    if (outcome === 'failed') {
      const { atMs, permanent = false } = result
      this.failures.set(run, failedAgain(before, run, atMs, permanent))
    } else {
      this.failures.delete(run)
      if (outcome === 'done') this.markDone(run, run)
      else this.markAbsent(run, run)
    }
    if (outcome === 'absent') return
    this.attempted = Math.max(this.attempted, run)
    const { run: first, is } = this.first
    if (is === 'lowest' && (first === null || run < first)) this.first = { run, is }
  }

  /** Takes in marks that a program wrote which knows only them: it has done all up to the one, and tried up to the other. */
  raiseTo({ contiguous, attempted }: RunMarks): void {
    if (contiguous > this.marks().contiguous) {
      const first = this.first.run ?? 1
      this.first = { run: first, is: this.first.is }
      this.markDone(first, contiguous)
      for (const run of this.failures.keys()) if (run <= contiguous) this.failures.delete(run)
    }
    this.attempted = Math.max(this.attempted, attempted)
  }

  marks(): RunMarks {
    const first = this.first.run
    const contiguous = first === null ? 0 : (this.#passed.rangeOf(first)?.to ?? first - 1)
    return { contiguous, attempted: this.attempted }
  }

  /** From the first run to the highest tried: what is neither done nor absent. The failed ones are among them. */
  gaps(): RunRange[] {
    const { run } = this.first
    return run === null ? [] : [...this.#passed.gaps(run, this.attempted)]
  }
}
