import { ignore } from '@holdfast/seams'
import { codeOf, RunStateCorruptError } from './errors.ts'
import { rewriteLog } from './failure-log.ts'
import { parseFailures } from './failures.ts'
import type { RunFileOptions } from './options.ts'
import { trackedOf } from './state-file.ts'
import { readShape } from './state.ts'

/**
 * A failure log that is kept beside a state, for people and for programs that know nothing else. The state is the truth: who is killed
 * between the two writes leaves a log that is one write behind, until the next one.
 */
export class LogMirror {
  readonly #statePath: string
  readonly #logPath: string
  readonly #options: RunFileOptions
  /** The failures that the log names, as in the state; null when that is not known. */
  #logged: string | null = null

  constructor(statePath: string, logPath: string, options: RunFileOptions) {
    this.#statePath = statePath
    this.#logPath = logPath
    this.#options = options
  }

  /** Brings the log up to date after a write, unless it is. When that fails it is told, and costs no result. */
  async keep(failed: string): Promise<void> {
    if (failed === this.#logged) return
    const { observe = ignore } = this.#options
    try {
      await this.write()
    } catch (error) {
      observe({ kind: 'run-state.log-behind', path: this.#logPath, code: codeOf(error) })
    }
  }

  /** Writes the log unless it is known to agree. Rejects as `write`. */
  async agree(): Promise<void> {
    if (this.#logged === null) await this.write()
  }

  /**
   * Writes the log as the state says. The state is read under the log's lock: so who writes last has read last.
   * @throws {RunFileError} when it cannot be written.
   */
  async write(): Promise<void> {
    this.#logged = null
    let failed = ''
    const next = async (): Promise<Iterable<number>> => {
      const read = await readShape(this.#statePath, {})
      if (read.kind === 'corrupt') throw new RunStateCorruptError(read)
      failed = (read.kind === 'ok' ? trackedOf(read.state)?.failed : undefined) ?? ''
      const failures = parseFailures(failed)
      return failures instanceof Map ? failures.keys() : []
    }
    await rewriteLog(this.#logPath, next, this.#options)
    this.#logged = failed
  }
}
