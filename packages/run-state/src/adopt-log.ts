import { failedAgain } from './failures.ts'
import type { Progress, RunMarks } from './progress.ts'
import { parseRunRecordsFromFile } from './run-records.ts'

/** What is known from a file that knows only the two marks, and its failure log. */
export interface Adopted extends RunMarks {
  readonly failures: number
}

/**
 * Takes a failure log in with a file that no tracker has written: each run in it has failed once.
 * @returns null when neither says anything.
 * @throws {RunFileError} when the log could not be read.
 */
export async function adoptLog(
  progress: Progress,
  { contiguous, attempted }: RunMarks,
  failureLog: string | undefined,
): Promise<Adopted | null> {
  const log = failureLog === undefined ? null : await parseRunRecordsFromFile(failureLog)
  for (const run of log?.kind === 'ok' ? log.runs : []) {
    if (run >= 1) progress.failures.set(run, failedAgain(undefined, run, 0, false))
  }
  const failures = progress.failures.size
  return contiguous + attempted + failures === 0 ? null : { contiguous, attempted, failures }
}
