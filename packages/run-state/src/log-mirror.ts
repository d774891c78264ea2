import { ignore } from '@holdfast/seams'
import { codeOf, RunStateCorruptError } from './errors.ts'
import { rewriteLog } from './failure-log.ts'
import { parseFailures } from './failures.ts'
import type { RunFileOptions } from './options.ts'
import type { RunRecords } from './run-records.ts'
import { trackedOf } from './state-file.ts'
import { readShape } from './state.ts'

/**
 * A failure log that is kept beside a state, for people and for programs that know nothing else. The state is the truth: who is killed
 * between the two writes leaves a log that is one write behind, until someone's next one.
 */
export class LogMirror {
  readonly #statePath: string
  readonly #logPath: string
  readonly #options: RunFileOptions

  constructor(statePath: string, logPath: string, options: RunFileOptions) {
    this.#statePath = statePath
    this.#logPath = logPath
    this.#options = options
  }

  /** `agree` after a write of the state. When that fails it is told, and costs no result. */
  async follow(): Promise<void> {
    const { observe = ignore } = this.#options
    try {
      await this.agree()
    } catch (error) {
      observe({ kind: 'run-state.log-behind', path: this.#logPath, code: codeOf(error) })
    }
  }

  /**
   * Writes the log unless it says what the state says. Both are read under the log's lock, also when there is nothing to write: another
   * process may be about to write a log that is older than the state.
   * @throws {RunFileError} when it cannot be written.
   */
  async agree(): Promise<void> {
    await rewriteLog(this.#logPath, (log) => this.#correction(log), this.#options)
  }

  /** The runs that the log should name; null when it names them. */
  async #correction(log: RunRecords): Promise<readonly number[] | null> {
    const read = await readShape(this.#statePath, {})
    if (read.kind === 'corrupt') throw new RunStateCorruptError(read)
    const failed = read.kind === 'ok' ? trackedOf(read.state)?.failed : undefined
    const failures = parseFailures(failed ?? '')
    const runs = failures instanceof Map ? [...failures.keys()] : []
    const agrees =
      log.kind === 'ok' &&
      log.problemCount === 0 &&
      log.runs.length === runs.length &&
      log.runs.every((run, index) => run === runs[index])
    return agrees ? null : runs
  }
}
