import { ignore, systemRandom } from '@holdfast/seams'
import { writeFailureLog } from './failure-log.ts'
import type { RunFailure } from './failures.ts'
import { checkedOptions, checkList, checkRun, type RunFileOptions } from './options.ts'
import { Progress } from './progress.ts'
import { RunSet } from './run-set.ts'
import { stateOf } from './state-file.ts'
import { replaceState, type ReplacedState } from './state.ts'

export interface RecoverOptions extends RunFileOptions {
  /** All runs there are at the source. */
  readonly source: Iterable<number>
  /** All runs that have arrived at the destination. */
  readonly destination: Iterable<number>
  /** Where the numbers begin: a whole number ≥ 1. Default: the lowest run at the destination. */
  readonly firstRun?: number
  /** The failure log to write anew. Default: none. */
  readonly failureLog?: string
}

/** What the listings said. */
export interface RecoveredState extends ReplacedState {
  readonly contiguous: number
  readonly attempted: number
  /** At the source, not at the destination, and not after the highest run there. Ascending. */
  readonly failures: readonly number[]
  /** How many numbers in between exist on neither side. They are no gaps. */
  readonly absent: number
  /** How many runs at the source come after `attempted`. They are no failures: nobody has tried them, and they come next. */
  readonly newRuns: number
}

/**
 * Makes the state anew from what is really there, when the file is lost, corrupt or not believed. What is at the destination is
 * done; the highest run there counts as tried last; what the source has up to that and the destination has not is to be retried, at
 * once. Where nothing has arrived, both marks are 0 and nothing has failed, whatever the first run. Other keys of a file that was whole are kept; a
 * corrupt one is kept aside.
 * @throws as `writeState` and `writeFailureLog`. The state is written first.
 * @throws {TypeError | RangeError} for what is no list, or no run. Nothing was written.
 */
export async function recoverRunState(
  path: string,
  options: RecoverOptions,
): Promise<RecoveredState> {
  const own = ['source', 'destination', 'firstRun', 'failureLog'] as const
  const { source, destination, firstRun, failureLog, ...io } = checkedOptions(options, ...own)
  if (firstRun !== undefined) checkRun('firstRun', firstRun)
  const sets = { source: listed('source', source), destination: listed('destination', destination) }
  const progress = recoveredProgress(sets.source, sets.destination, firstRun)
  const stamp = (io.random ?? systemRandom).hex(8)
  const replaced = await replaceState(
    path,
    // It builds on no earlier update, so it names none.
    (found) => stateOf(progress, found.kind === 'ok' ? found.state : {}, [stamp]),
    io,
  )
  const failures = [...progress.failures.keys()]
  if (failureLog !== undefined) await writeFailureLog(failureLog, failures, io)
  const { contiguous, attempted } = progress.marks()
  const { observe = ignore } = io
  observe({ kind: 'run-state.recovered', path, contiguous, attempted, failures: failures.length })
  const newRuns = countFrom(Math.max(attempted + 1, firstRun ?? 1), sets.source)
  return { ...replaced, contiguous, attempted, failures, absent: progress.absent.size, newRuns }
}

const countFrom = (first: number, runs: RunSet): number =>
  [...runs.ranges()].reduce(
    (sum, { from, to }) => sum + Math.max(0, to - Math.max(from, first) + 1),
    0,
  )

function listed(name: string, runs: Iterable<number>): RunSet {
  checkList(name, runs)
  const set = new RunSet()
  for (const run of runs) {
    checkRun(`every run of ${name}`, run)
    set.add(run)
  }
  return set
}

const foundMissing = (run: number): RunFailure => ({
  run,
  attempts: 0,
  earlierAttempts: 0,
  failedAtMs: 0,
  isPermanent: false,
})

/** What two listings say of the runs. */
function recoveredProgress(
  source: RunSet,
  destination: RunSet,
  firstRun: number | undefined,
): Progress {
  const progress = new Progress()
  const first = firstRun ?? destination.lowest
  const highest = destination.highest
  // Nothing of ours has arrived, so nothing has begun.
  if (first === null || highest === null || highest < first) return progress
  progress.first = { run: first, is: 'given' }
  progress.attempted = highest
  const there = new RunSet()
  there.addAll(source)
  there.addAll(destination)
  for (const { from, to } of destination.ranges()) progress.markDone(from, to)
  for (const { from, to } of there.gaps(first, progress.attempted)) progress.markAbsent(from, to)
  for (const { from, to } of source.minus(destination).ranges()) {
    // Runs before a first run that was given are none of ours.
    const last = Math.min(to, progress.attempted)
    for (let run = Math.max(from, firstRun ?? from); run <= last; run += 1) {
      progress.failures.set(run, foundMissing(run))
    }
  }
  return progress
}
