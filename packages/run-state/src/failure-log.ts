import { withLock } from '@holdfast/file-lock'
import { keepAside } from './keep-aside.ts'
import { checkedOptions, checkList, checkRun, type RunFileOptions } from './options.ts'
import { replaceText } from './replace-text.ts'
import { parseRunRecordsFromFile, type RunRecords } from './run-records.ts'
import type { RunLineProblem } from './run-lines.ts'

/** What is in a failure log now. */
export interface FailureLogWritten {
  /** Ascending, each once. */
  readonly runs: readonly number[]
  /** The lines of the old log that were no runs. */
  readonly problems: readonly RunLineProblem[]
  /** Where the old log is kept, if it had such lines: they are not in the new one. Else null. */
  readonly keptAt: string | null
}

/**
 * Adds runs to a failure log. It stays in order, and each run is in it once. The log and its directory are made if need be.
 * @throws {RunFileError} when it could not be read or replaced. It is as it was.
 * @throws {LockTimeoutError} if others held the log's lock for `waitMs`.
 * @throws {RangeError} for what is no run.
 */
export async function appendToFailureLog(
  path: string,
  failedRuns: Iterable<number>,
  options: RunFileOptions = {},
): Promise<FailureLogWritten> {
  checkList('failedRuns', failedRuns)
  const added = [...failedRuns]
  return await rewriteLog(path, (old) => [...runsIn(old), ...added], checkedOptions(options))
}

/**
 * Puts these runs in the place of a failure log, whole or not at all: in order, and each once.
 * @throws as `appendToFailureLog`.
 */
export async function writeFailureLog(
  path: string,
  failedRuns: Iterable<number>,
  options: RunFileOptions = {},
): Promise<FailureLogWritten> {
  checkList('failedRuns', failedRuns)
  const runs = [...failedRuns]
  return await rewriteLog(path, () => runs, checkedOptions(options))
}

/** Puts in the log what `next` makes of what it was, under its lock; null: it stays. `next` is called once, within. */
export async function rewriteLog(
  path: string,
  next: (old: RunRecords) => readonly number[] | null | Promise<readonly number[] | null>,
  options: RunFileOptions,
): Promise<FailureLogWritten> {
  return await withLock(path, { ...options, createDirectory: true }, async (lock) => {
    const old = await parseRunRecordsFromFile(path)
    const named = await next(old)
    if (named === null) return { runs: runsIn(old), problems: [], keptAt: null }
    for (const run of named) checkRun('every failed run', run, 0)
    const runs = named
      .toSorted((a, b) => a - b)
      .filter((run, index, sorted) => run !== sorted[index - 1])
    const problems = lost(old)
    const keptAt = problems.length > 0 ? keepAside(path, reasonOf(problems), options) : null
    lock.assertValid()
    await replaceText(path, runs.map((run) => `${run}\n`).join(''))
    return { runs, problems, keptAt }
  })
}

const runsIn = (records: RunRecords): readonly number[] =>
  records.kind === 'ok' ? records.runs : []

/** What the new log will not say: a byte order mark is no loss. */
function lost(old: RunRecords): RunLineProblem[] {
  return old.kind === 'ok' ? old.problems.filter(({ kind }) => kind !== 'byte-order-mark') : []
}

const reasonOf = ([first]: readonly RunLineProblem[]): string =>
  `line ${first?.line} is no run: ${first?.kind}`
