import { createReadStream } from 'node:fs'
import { codeOf, RunFileError } from './errors.ts'
import { RunLines, type RunLineProblem } from './run-lines.ts'

/** What a run file holds. */
export type RunRecords =
  | {
      readonly kind: 'ok'
      readonly path: string
      /** As they stand there, one as often as it is named. */
      readonly runs: readonly number[]
      /** The lines that are no runs: the first thousand. */
      readonly problems: readonly RunLineProblem[]
      /** How many there are in all. */
      readonly problemCount: number
    }
  | { readonly kind: 'missing'; readonly path: string }

/**
 * Reads a text file of run numbers, one a line: what someone wants to be processed, or a failure log. A bad line is told and
 * spoils no other. It is read in pieces, so a line may be of any length.
 * @throws {RunFileError} `RUN_FILE_NOT_READ`, when the system would not give the bytes.
 */
export async function parseRunRecordsFromFile(path: string): Promise<RunRecords> {
  const lines = new RunLines()
  try {
    for await (const chunk of createReadStream(path)) lines.take(chunk as Buffer)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { kind: 'missing', path }
    throw new RunFileError('RUN_FILE_NOT_READ', path, error)
  }
  lines.end()
  const { runs, problems, problemCount } = lines
  return { kind: 'ok', path, runs, problems, problemCount }
}
